//! The targets.

mod actix_session_cookie;
mod announcement;
mod changes;
mod cookie_header;
mod csrf_token;
mod dashboard_inputs;
mod dashboard_pages;
mod express_cookie;
mod express_row;
mod list_cursor;
mod origin;
mod page;
mod proxy_headers;
mod signature;
mod signed;
mod stored_json;
mod table_names;

use std::fmt;

/// A place where something from outside is read.
#[derive(Clone, Copy)]
pub struct Target {
    /// What it is called.
    pub name: &'static str,
    /// What is put into inputs here and there.
    pub tokens: &'static [&'static str],
    /// Panics if the crate does something wrong with the input.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 15] = [
    cookie_header::TARGET,
    signature::TARGET,
    actix_session_cookie::TARGET,
    csrf_token::TARGET,
    origin::TARGET,
    proxy_headers::TARGET,
    stored_json::TARGET,
    changes::TARGET,
    express_row::TARGET,
    express_cookie::TARGET,
    dashboard_inputs::TARGET,
    dashboard_pages::TARGET,
    list_cursor::TARGET,
    announcement::TARGET,
    table_names::TARGET,
];

/// The one of this name.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
