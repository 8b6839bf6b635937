//! The port that a demonstration listens on.

use std::net::{Ipv4Addr, TcpListener};

use xtask::{Error, Result};

/// The port in `--port N`, else in `PORT`, else 8080, for the command `name`.
pub(crate) fn chosen(name: &str, arguments: &[String]) -> Result<u16> {
    choose(name, arguments, std::env::var("PORT").ok())
}

fn choose(name: &str, arguments: &[String], variable: Option<String>) -> Result<u16> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let given = match words.as_slice() {
        [] => variable.unwrap_or_else(|| "8080".to_owned()),
        ["--port", port] => (*port).to_owned(),
        [word] if word.starts_with("--port=") => word.replacen("--port=", "", 1),
        _ => {
            return Err(Error::new(format!("{name} takes only --port N, not {:?}", words.join(" "))));
        }
    };
    match given.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(Error::new(format!("{given:?} is no port: it should be a number from 1 to 65535"))),
    }
}

/// An error if something listens on `port` already; `name` is the command that
/// wanted to.
pub(crate) fn refuse_taken(name: &str, port: u16) -> Result<()> {
    let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) else {
        return Ok(());
    };
    let other = port.checked_add(10).unwrap_or(8080);
    Err(Error::new(format!(
        "{name} cannot listen on port {port} ({error}): end the program that does, or use \
         another port: ./dev {name} --port {other}"
    )))
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn the_port_is_the_argument_then_the_variable_then_8080() {
        let port = |words: &[&str], variable: Option<&str>| {
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            choose("demo", &words, variable.map(str::to_owned)).ok()
        };
        assert_eq!(port(&[], None), Some(8080));
        assert_eq!(port(&[], Some("9000")), Some(9000));
        assert_eq!(port(&["--port", "9001"], Some("9000")), Some(9001));
        assert_eq!(port(&["--port=9002"], None), Some(9002));
        for wrong in [&["--port"][..], &["--port", "0"], &["--port=http"], &["8080"]] {
            assert_eq!(port(wrong, None), None, "{wrong:?}");
        }
        assert_eq!(port(&[], Some("65536")), None);
    }
}
