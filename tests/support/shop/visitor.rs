//! A visitor with one cookie jar, who goes from counter to counter.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::cookie::Cookie;
use super::page::Page;
use super::{Addresses, Counter};
use crate::support::gate::PATIENCE;

/// The people of `examples/common/users.rs`.
pub(crate) const ADA: (&str, &str) = ("ada", "salt and paper");
pub(crate) const JUN: (&str, &str) = ("jun", "three slow knots");

#[derive(Clone)]
pub(crate) struct Visitor {
    addresses: Addresses,
    /// The jar: the value of `connect.sid`. It outlives the session, as neither counter takes a cookie
    /// back.
    jar: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) cookie: Option<Cookie>,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Visitor {
    pub(crate) fn new(addresses: Addresses) -> Self {
        Self { addresses, jar: None }
    }

    /// The same visitor with this in the jar.
    pub(crate) fn with_cookie(&self, value: impl Into<String>) -> Self {
        Self { jar: Some(value.into()), ..self.clone() }
    }

    pub(crate) fn cookie(&self) -> &str {
        self.jar.as_deref().expect("a cookie is in the jar")
    }

    /// The id in the cookie.
    pub(crate) fn sid(&self) -> String {
        super::cookie::sid(self.cookie())
    }

    /// Looks at the page.
    pub(crate) async fn look(&mut self, counter: Counter) -> Page {
        let reply = self.send(counter, "GET", "/", &[]).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        Page::of(counter, reply)
    }

    /// Looks at the page of each counter, which have to agree. The two differ in nothing but who
    /// answers.
    pub(crate) async fn look_at_both(&mut self) -> Page {
        let [express, actix] = [self.look(Counter::Express).await, self.look(Counter::Actix).await];
        assert_eq!((&express.user, &express.cart), (&actix.user, &actix.cart));
        actix
    }

    /// Puts a book into the cart.
    pub(crate) async fn add(&mut self, counter: Counter, book: &str) -> Option<Cookie> {
        self.post(counter, "/cart", &[("book", book)]).await
    }

    pub(crate) async fn empty_cart(&mut self, counter: Counter) -> Option<Cookie> {
        self.post(counter, "/cart/empty", &[]).await
    }

    pub(crate) async fn sign_in(
        &mut self,
        counter: Counter,
        (name, password): (&str, &str),
    ) -> Option<Cookie> {
        self.post(counter, "/login", &[("name", name), ("password", password)]).await
    }

    pub(crate) async fn sign_out(&mut self, counter: Counter) -> Option<Cookie> {
        self.post(counter, "/logout", &[]).await
    }

    /// Sends a form that is accepted: the reply leads back to the page. The cookie that it brings.
    async fn post(&mut self, counter: Counter, path: &str, fields: &[(&str, &str)]) -> Option<Cookie> {
        let reply = self.send(counter, "POST", path, fields).await;
        assert_eq!((reply.status, reply.location.as_deref()), (303, Some("/")), "{reply:?}");
        reply.cookie
    }

    /// Sends a form from a page of this counter, or asks for a page, and keeps the cookie that comes.
    pub(crate) async fn send(
        &mut self,
        counter: Counter,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Reply {
        let origin = format!("http://{}", self.addresses.of(counter));
        self.send_from(&origin, counter, method, path, fields).await
    }

    /// The same from a page of another origin.
    pub(crate) async fn send_from(
        &mut self,
        origin: &str,
        counter: Counter,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Reply {
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let fields = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
        let form = fields.collect::<Vec<_>>().join("&");
        let address = self.addresses.of(counter);
        let cookie = self.jar.as_ref().map(|value| format!("Cookie: connect.sid={value}\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: {origin}\r\n{}Connection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            cookie.unwrap_or_default(),
            form.len()
        );
        let mut connection = TcpStream::connect(address).await.expect("the application takes connections");
        connection.write_all(request.as_bytes()).await.expect("the request can be sent");
        let mut text = String::new();
        let read = tokio::time::timeout(PATIENCE, connection.read_to_string(&mut text)).await;
        read.expect("the reply ends").expect("the reply is text");
        let reply = Reply::of(&text);
        if let Some(cookie) = &reply.cookie {
            self.jar = Some(cookie.value.clone());
        }
        reply
    }
}

impl Reply {
    fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("a head, then a body");
        let (status, headers) = head.split_once("\r\n").expect("a status, then headers");
        let status = status.split(' ').nth(1).expect("a number in the status line");
        let all = |wanted: &str| -> Vec<&str> {
            let headers = headers.lines().filter_map(|line| line.split_once(": "));
            headers.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value).collect()
        };
        let cookies = all("set-cookie");
        assert!(cookies.len() < 2, "one cookie is enough: {cookies:?}");
        Self {
            status: status.parse().expect("a number in the status line"),
            cookie: cookies.first().map(|header| Cookie::of(header, all("date")[0])),
            location: all("location").first().map(|&location| location.to_owned()),
            body: body.to_owned(),
        }
    }
}
