//! What the visitors of one script got from one driver.

use std::collections::BTreeMap;

use super::set_cookie::SetCookie;

/// The jars of all visitors, and the labels of all sessions.
///
/// The ids themselves cannot be compared. The order in which they turn up can.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wallet {
    jars: BTreeMap<usize, Cookie>,
    issued: Vec<String>,
    sids: Vec<String>,
}

/// A session's place in the order in which sessions turned up, the same with both drivers.
pub(crate) type Label = usize;

/// A cookie as a browser keeps it.
#[derive(Clone, Debug)]
struct Cookie {
    text: String,
    /// In seconds of the script's time.
    until: Option<f64>,
}

impl Wallet {
    /// The text in a visitor's jar.
    pub(crate) fn own(&self, visitor: usize) -> Option<&str> {
        self.jars.get(&visitor).map(|cookie| cookie.text.as_str())
    }

    /// The text of the so manieth last cookie that anybody got.
    pub(crate) fn issued(&self, last: usize) -> Option<&str> {
        self.issued.iter().rev().nth(last).map(String::as_str)
    }

    /// The so manieth last session that turned up.
    pub(crate) fn seen(&self, last: usize) -> Option<&str> {
        self.sids.iter().rev().nth(last).map(String::as_str)
    }

    /// Puts a reply's cookie into the visitor's jar, in place of what was there; or nothing, if it is
    /// over on arrival. No lifetime of a script is near one second, so rounding does not matter.
    pub(crate) fn keep(&mut self, visitor: usize, cookie: &SetCookie, now: f64) {
        let lifetime = cookie.lifetime.map(|lifetime| lifetime.at_most());
        self.issued.push(cookie.value.clone());
        self.jars.remove(&visitor);
        if lifetime.is_none_or(|seconds| seconds >= 1.0) {
            let until = lifetime.map(|seconds| now + seconds);
            self.jars.insert(visitor, Cookie { text: cookie.value.clone(), until });
        }
    }

    /// Drops what is over by now.
    pub(crate) fn age(&mut self, now: f64) {
        self.jars.retain(|_, cookie| cookie.until.is_none_or(|until| now < until));
    }

    /// The session's label, a new one if it has not turned up before.
    pub(crate) fn label(&mut self, sid: &str) -> Label {
        self.sids.iter().position(|known| known == sid).unwrap_or_else(|| {
            self.sids.push(sid.to_owned());
            self.sids.len() - 1
        })
    }

    /// Whether the session has turned up before.
    pub(crate) fn knows(&self, sid: &str) -> bool {
        self.sids.iter().any(|known| known == sid)
    }
}
