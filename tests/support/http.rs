//! A browser: HTTP/1.1 over a bare socket, with a jar for one cookie.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::gate::PATIENCE;
use super::site::Site;

/// Someone with a cookie jar.
#[derive(Clone, Debug)]
pub struct Browser {
    address: SocketAddr,
    name: &'static str,
    cookie: Option<String>,
}

impl Browser {
    /// A visitor whom the site has never seen.
    pub fn new(site: &Site) -> Self {
        Self { address: site.address, name: "__Host-sid", cookie: None }
    }

    /// The same visitor, of a site whose cookie has this name.
    pub fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The cookie's value, if there is one.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// The same visitor with another cookie in the jar.
    pub fn with_cookie(&self, value: impl Into<String>) -> Self {
        Self { cookie: Some(value.into()), ..self.clone() }
    }

    /// Asks, waits for the reply, and keeps the cookie that it brings.
    pub async fn get(&mut self, path: &str) -> Reply {
        let reply = self.send(path).await.expect("a reply");
        self.keep(&reply);
        reply
    }

    /// Asks with the cookie of now. The reply is a task; its cookie is kept by nobody.
    pub fn send(&self, path: &str) -> JoinHandle<Reply> {
        let (browser, path) = (self.clone(), path.to_owned());
        tokio::spawn(async move {
            let mut connection = browser.dial(&path).await;
            let mut text = Vec::new();
            let read = tokio::time::timeout(2 * PATIENCE, connection.read_to_end(&mut text)).await;
            let so_far = String::from_utf8_lossy(&text);
            read.unwrap_or_else(|_| panic!("{path}: no end of the reply; so far: {so_far:?}"))
                .expect("the reply can be read");
            Reply::parse(&String::from_utf8(text).expect("the reply is text"), browser.name)
        })
    }

    /// Asks, and answers the connection instead of the reply: for somebody who hangs up.
    pub async fn dial(&self, path: &str) -> TcpStream {
        let mut connection = TcpStream::connect(self.address).await.expect("the site takes connections");
        let cookie = match &self.cookie {
            Some(value) => format!("Cookie: {}={value}\r\n", self.name),
            None => String::new(),
        };
        let head = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{cookie}\r\n");
        connection.write_all(head.as_bytes()).await.expect("the request can be sent");
        connection
    }

    /// Does with a reply's cookie what browsers do.
    pub fn keep(&mut self, reply: &Reply) {
        match &reply.cookie {
            Some(CookieMove::Set(value)) => self.cookie = Some(value.clone()),
            Some(CookieMove::Remove) => self.cookie = None,
            None => {}
        }
    }
}

/// What came back. A connection that was closed without a reply has status 0.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub cookie: Option<CookieMove>,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// What a reply says about our cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CookieMove {
    Set(String),
    Remove,
}

impl Reply {
    fn parse(text: &str, cookie_name: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .map_or(0, |status| status.parse().expect("a status is a number"));
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut cookies = headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .filter_map(|(_, value)| value.strip_prefix(cookie_name)?.strip_prefix('='))
            .map(CookieMove::of);
        let cookie = cookies.next();
        assert_eq!(cookies.next(), None, "one Set-Cookie of a name is enough");
        Self { status, cookie, headers, body: body.to_owned() }
    }

    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value that the browser is told to keep.
    pub fn new_cookie(&self) -> &str {
        match &self.cookie {
            Some(CookieMove::Set(value)) => value,
            other => panic!("a Set-Cookie was expected, and there is {other:?}"),
        }
    }

    /// Checks that this is a page, and that it says nothing about the cookie.
    #[track_caller]
    pub fn leaves_the_cookie_alone(&self) {
        assert_eq!((self.status, &self.cookie), (200, &None), "{self:?}");
    }

    /// Checks that this is the refusal of a broken store.
    #[track_caller]
    pub fn is_refusal(&self) {
        assert_eq!(
            (self.status, self.header("retry-after"), &self.cookie),
            (503, Some("1"), &None),
            "{self:?}"
        );
    }
}

impl CookieMove {
    fn of(text: &str) -> Self {
        let (value, attributes) = text.split_once(';').unwrap_or((text, ""));
        match attributes.split(';').any(|attribute| attribute.trim() == "Max-Age=0") {
            true => Self::Remove,
            false => Self::Set(value.to_owned()),
        }
    }
}
