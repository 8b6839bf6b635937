//! Single visits, to make sessions and to look at them.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;

/// Visits at the same time.
const AT_ONCE: usize = 16;

/// A browser of few words, on one connection.
pub(crate) struct Visitor(BufReader<TcpStream>);

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Name and value of the cookie that it sets.
    pub(crate) cookie: Option<String>,
    pub(crate) body: String,
}

impl Visitor {
    pub(crate) fn new(port: u16) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    pub(crate) fn get(&mut self, page: &str, cookie: Option<&str>) -> Result<Answer, Box<dyn Error>> {
        let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let request = format!("GET /{page} HTTP/1.1\r\nHost: 127.0.0.1\r\n{cookie}\r\n");
        self.0.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut answer =
            Answer { status: status.ok_or("the answer has no status")?, cookie: None, body: String::new() };
        let mut length = 0;
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse()?,
                "set-cookie" => {
                    answer.cookie = value.trim().split(';').next().map(str::to_owned);
                }
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        answer.body = String::from_utf8(body)?;
        Ok(answer)
    }

    /// A page that must be there.
    pub(crate) fn page(&mut self, page: &str, cookie: Option<&str>) -> Result<Answer, Box<dyn Error>> {
        let answer = self.get(page, cookie)?;
        match answer.status {
            200 => Ok(answer),
            status => Err(format!("/{page} answered {status}: {}", answer.body).into()),
        }
    }

    fn line(&mut self) -> Result<String, Box<dyn Error>> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

/// Begins so many sessions; their cookies.
pub(crate) fn create(port: u16, how_many: usize) -> Result<Vec<String>, Box<dyn Error>> {
    at_once(port, &vec![(); how_many], |visitor, ()| {
        visitor.page("create", None)?.cookie.ok_or_else(|| "/create set no cookie".into())
    })
}

/// Shows a page to all who have these cookies; what it says.
pub(crate) fn show(port: u16, page: &str, cookies: &[String]) -> Result<Vec<String>, Box<dyn Error>> {
    at_once(port, cookies, |visitor, cookie| Ok(visitor.page(page, Some(cookie))?.body))
}

fn at_once<T: Sync>(
    port: u16,
    all: &[T],
    visit: impl Fn(&mut Visitor, &T) -> Result<String, Box<dyn Error>> + Sync,
) -> Result<Vec<String>, Box<dyn Error>> {
    let share = |part: &[T]| -> Result<Vec<String>, String> {
        let mut visitor = Visitor::new(port).map_err(|error| error.to_string())?;
        let visits = part.iter().map(|one| visit(&mut visitor, one).map_err(|error| error.to_string()));
        visits.collect()
    };
    thread::scope(|scope| {
        let parts = all.chunks(all.len().div_ceil(AT_ONCE).max(1));
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || share(part))).collect();
        let mut answers = Vec::with_capacity(all.len());
        for thread in threads {
            answers.extend(thread.join().map_err(|_| "a visit panicked")??);
        }
        Ok(answers)
    })
}

/// Whether somebody takes connections there.
pub(crate) fn is_open(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}
