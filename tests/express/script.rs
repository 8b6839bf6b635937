//! What is asked of both drivers.
//!
//! | operation | does | result |
//! | --- | --- | --- |
//! | `["get", k]` | reads | the value, or null |
//! | `["set", k, v]`, `["delete", k]` | assigns, deletes | `"ok"` |
//! | `["keys"]` | own keys without `cookie` | sorted list |
//! | `["id"]` | the session's id | string |
//! | `["regenerate"]`, `["destroy"]`, `["save"]`, `["reload"]` | awaited | `"ok"` or `"error"` |
//! | `["touch"]` | begins the lifetime anew | `"ok"` |
//! | `["maxAge", ms or null]` | assigns `cookie.maxAge` | `"ok"` |
//! | `["getMaxAge"]` | what is left, in whole seconds | number or null |
//! | `["originalMaxAge"]` | | number or null |
//! | `["null"]` | `req.session = null` | `"ok"` |
//!
//! Where there is no session, each answers `"no-session"`.

use std::fmt;
use std::time::Duration;

use super::presented::Presented;

/// One story of a few visitors.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Ask(Request),
    /// Time passes: really where the sessions are in memory; in a table, the rows are moved back.
    Pass(Duration),
}

impl Script {
    /// Exchanges the operations of every request.
    pub(crate) fn change_ops(&mut self, change: impl Fn(Vec<Op>) -> Vec<Op>) {
        for step in &mut self.steps {
            if let Step::Ask(request) = step {
                request.ops = change(std::mem::take(&mut request.ops));
            }
        }
    }
}

/// One request, without what each driver's own cookies make of it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) visitor: usize,
    /// As it stands in the request line.
    pub(crate) target: &'static str,
    /// The values of the `X-Forwarded-Proto` headers.
    pub(crate) proto: &'static [&'static str],
    pub(crate) cookie: Presented,
    pub(crate) ops: Vec<Op>,
}

/// One operation on a session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
    Get(&'static str),
    /// The value is JSON as it is sent, so that it can be spelled in any way.
    Set(&'static str, &'static str),
    Delete(&'static str),
    Keys,
    Id,
    Regenerate,
    Destroy,
    Save,
    Reload,
    Touch,
    MaxAge(Option<i64>),
    GetMaxAge,
    OriginalMaxAge,
    Null,
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get(key) => write!(f, "[\"get\",{}]", quoted(key)),
            Self::Set(key, value) => write!(f, "[\"set\",{},{value}]", quoted(key)),
            Self::Delete(key) => write!(f, "[\"delete\",{}]", quoted(key)),
            Self::Keys => f.write_str("[\"keys\"]"),
            Self::Id => f.write_str("[\"id\"]"),
            Self::Regenerate => f.write_str("[\"regenerate\"]"),
            Self::Destroy => f.write_str("[\"destroy\"]"),
            Self::Save => f.write_str("[\"save\"]"),
            Self::Reload => f.write_str("[\"reload\"]"),
            Self::Touch => f.write_str("[\"touch\"]"),
            Self::MaxAge(Some(ms)) => write!(f, "[\"maxAge\",{ms}]"),
            Self::MaxAge(None) => f.write_str("[\"maxAge\",null]"),
            Self::GetMaxAge => f.write_str("[\"getMaxAge\"]"),
            Self::OriginalMaxAge => f.write_str("[\"originalMaxAge\"]"),
            Self::Null => f.write_str("[\"null\"]"),
        }
    }
}

fn quoted(key: &str) -> String {
    serde_json::to_string(key).expect("a string is JSON")
}

impl Request {
    /// The operations as JSON.
    pub(crate) fn ops(&self) -> String {
        let ops: Vec<_> = self.ops.iter().map(Op::to_string).collect();
        format!("[{}]", ops.join(","))
    }
}

/// A line for a person.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass(time) => write!(f, "{} s pass", time.as_secs()),
            Self::Ask(request) => {
                write!(f, "visitor {} {} {}", request.visitor, request.target, request.ops())?;
                if request.cookie != Presented::Own {
                    write!(f, " cookie: {:?}", request.cookie)?;
                }
                if !request.proto.is_empty() {
                    write!(f, " X-Forwarded-Proto: {:?}", request.proto)?;
                }
                Ok(())
            }
        }
    }
}
