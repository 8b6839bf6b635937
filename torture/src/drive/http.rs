//! HTTP/1.1 of few words, over connections that are kept.

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::apps::COOKIE;

type Io<T> = std::io::Result<T>;

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// The value that our cookie is to have; empty if it is to go.
    pub(super) cookie: Option<String>,
    pub(super) body: Vec<u8>,
}

/// A connection to one application, made when it is needed.
#[derive(Debug)]
pub(super) struct Line {
    port: u16,
    stream: Option<BufReader<TcpStream>>,
}

impl Line {
    pub(super) fn to(port: u16) -> Self {
        Self { port, stream: None }
    }

    /// Asks for a page. If this is dropped before the reply is there, the connection is closed: the application sees
    /// somebody hang up.
    pub(super) async fn get(&mut self, path: &str, cookie: Option<&str>) -> Io<Reply> {
        // Taken out, so that it does not come back if anything fails.
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
                stream.set_nodelay(true)?;
                BufReader::new(stream)
            }
        };
        let cookie = cookie.map(|value| format!("Cookie: {COOKIE}={value}\r\n")).unwrap_or_default();
        let request = format!("GET {path} HTTP/1.1\r\nHost: torture\r\n{cookie}\r\n");
        stream.get_mut().write_all(request.as_bytes()).await?;
        let (reply, is_last) = reply(&mut stream).await?;
        if !is_last {
            self.stream = Some(stream);
        }
        Ok(reply)
    }
}

async fn reply(stream: &mut BufReader<TcpStream>) -> Io<(Reply, bool)> {
    let line = line(stream).await?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| broken(format!("no status: {line:?}")))?;
    let (mut cookie, mut length, mut is_last) = (None, 0, false);
    loop {
        let line = self::line(stream).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(broken)?,
            "connection" => is_last = value.eq_ignore_ascii_case("close"),
            "set-cookie" => cookie = set_cookie(value),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok((Reply { status, cookie, body }, is_last))
}

async fn line(stream: &mut BufReader<TcpStream>) -> Io<String> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn set_cookie(header: &str) -> Option<String> {
    let (pair, attributes) = header.split_once(';').unwrap_or((header, ""));
    let value = pair.strip_prefix(COOKIE)?.strip_prefix('=')?;
    let is_removal = attributes.split(';').any(|attribute| attribute.trim() == "Max-Age=0");
    Some(if is_removal { String::new() } else { value.to_owned() })
}

fn broken(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::set_cookie;

    #[test]
    fn a_cookie_is_set_or_removed_and_others_are_not_ours() {
        assert_eq!(set_cookie("sid=abc; Path=/; Max-Age=6").as_deref(), Some("abc"));
        assert_eq!(set_cookie("sid=; Path=/; Max-Age=0").as_deref(), Some(""));
        assert_eq!(set_cookie("sid2=abc; Path=/"), None);
    }
}
