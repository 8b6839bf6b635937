//! Whether a contender does what it is measured for.

use std::error::Error;

use crate::visit::Visitor;

/// Visits all its pages once.
pub(crate) fn works(port: u16) -> Result<(), Box<dyn Error>> {
    let mut visitor = Visitor::new(port)?;
    expect("who has no session", &visitor.page("anonymous", None)?.body, "a stranger")?;
    expect("reading without a session", &visitor.get("read", None)?.status.to_string(), "401")?;
    let cookie = visitor.page("create", None)?.cookie.ok_or("/create set no cookie")?;
    expect("reading", &visitor.page("read", Some(&cookie))?.body, "a visitor")?;
    expect("counting", &visitor.page("count", Some(&cookie))?.body, "0")?;
    visitor.page("change", Some(&cookie))?;
    if visitor.page("count", Some(&cookie))?.body == "0" {
        return Err("/change changed nothing".into());
    }
    let renewed = visitor.page("login", Some(&cookie))?.cookie.ok_or("/login set no cookie")?;
    expect("reading after signing in", &visitor.page("read", Some(&renewed))?.body, "a visitor")?;
    expect("the cookie of before", &visitor.get("read", Some(&cookie))?.status.to_string(), "401")
}

fn expect(what: &str, answer: &str, wanted: &str) -> Result<(), Box<dyn Error>> {
    match answer == wanted {
        true => Ok(()),
        false => Err(format!("{what}: the answer is {answer:?}, not {wanted:?}").into()),
    }
}
