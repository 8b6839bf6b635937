//! One request over a connection of its own: as little HTTP as the drivers need, and nothing that
//! would tidy up what is sent or what comes back.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::support::gate::PATIENCE;

/// What came back, and when.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) set_cookies: Vec<String>,
    pub(crate) body: String,
    /// In seconds since 1970, as `Expires` counts.
    pub(crate) sent: f64,
    pub(crate) arrived: f64,
}

/// Sends a request; `headers` are whole lines. An error is a sentence.
pub(crate) async fn ask(
    address: SocketAddr,
    request_line: &str,
    headers: &[String],
    body: &str,
) -> Result<Reply, String> {
    let mut head = format!("{request_line} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    let length = body.len();
    let request = format!("{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
    let sent = now();
    let exchange = async {
        let mut connection = TcpStream::connect(address).await?;
        connection.write_all(request.as_bytes()).await?;
        let mut reply = String::new();
        connection.read_to_string(&mut reply).await?;
        Ok::<_, std::io::Error>(reply)
    };
    let text = match tokio::time::timeout(PATIENCE, exchange).await {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => return Err(format!("no reply: {error}")),
        Err(_) => return Err("no reply in a minute".to_owned()),
    };
    parsed(&text, sent).ok_or_else(|| format!("no reply but {text:?}"))
}

fn parsed(text: &str, sent: f64) -> Option<Reply> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
    let all = |wanted: &'static str| {
        headers.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value)
    };
    let length: usize = all("content-length").next()?.parse().ok()?;
    let body = body.get(..length).filter(|body| body.len() == length)?.to_owned();
    let set_cookies = all("set-cookie").map(str::to_owned).collect();
    Some(Reply { status, set_cookies, body, sent, arrived: now() })
}

/// By the machine's clock, which is the drivers', too.
#[expect(clippy::disallowed_methods, reason = "the drivers run on this machine and by its clock")]
pub(crate) fn now() -> f64 {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since_1970.expect("it is later than 1970").as_secs_f64()
}
