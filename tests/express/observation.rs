//! What can be seen of one exchange, the same for both drivers if they behave in the same way: ids are
//! labels, and times are relative.

use std::collections::{BTreeMap, HashSet};

use chrono::DateTime;
use serde_json::{Map, Value};

use super::http::Reply;
use super::options::Options;
use super::script::{Op, Request};
use super::set_cookie::{Lifetime, SetCookie};
use super::signed;
use super::wallet::{Label, Wallet};

#[derive(Clone, Debug)]
pub(crate) struct Observation {
    pub(crate) status: u16,
    pub(crate) results: Vec<Outcome>,
    pub(crate) cookies: Vec<Issued>,
    pub(crate) store: BTreeMap<Label, Stored>,
}

/// The result of an operation.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Value(Value),
    Session(Label),
    Seconds(f64),
}

/// A cookie that a reply brings.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) name: String,
    pub(crate) session: Option<Label>,
    pub(crate) is_signed: bool,
    pub(crate) attributes: Vec<String>,
    pub(crate) lifetime: Option<Lifetime>,
}

/// A session in the store. All times are in seconds.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) data: Value,
    pub(crate) expires: Option<f64>,
    pub(crate) original_max_age: Option<f64>,
    /// The column of that name, where there is a table.
    pub(crate) column: Option<f64>,
}

impl Observation {
    /// What the reply to `request` shows, and the store after it. The visitor keeps the cookie.
    pub(crate) fn of(
        request: &Request,
        reply: &Reply,
        store: Sessions,
        wallet: &mut Wallet,
        options: &Options,
        now: f64,
    ) -> Self {
        let results = results(request, &reply.body, wallet);
        let cookies = reply.set_cookies.iter();
        let cookies = cookies.map(|header| SetCookie::parsed(header, reply.sent, reply.arrived));
        let cookies = cookies.map(|cookie| {
            if cookie.name == options.name {
                wallet.keep(request.visitor, &cookie, now);
            }
            Issued {
                session: signed::sid(&cookie.value).map(|sid| wallet.label(&sid)),
                is_signed: signed::is_signed_by(&cookie.value, options.secret[0]),
                name: cookie.name,
                attributes: cookie.attributes,
                lifetime: cookie.lifetime,
            }
        });
        let cookies = cookies.collect();
        Self { status: reply.status, results, cookies, store: store.labelled(wallet) }
    }
}

/// What the operations answered; for a reply that is about something else, its body.
fn results(request: &Request, body: &str, wallet: &mut Wallet) -> Vec<Outcome> {
    let parsed: Option<Value> = serde_json::from_str(body).ok();
    let results = parsed.as_ref().and_then(|body| body["results"].as_array());
    let Some(results) = results else {
        return vec![Outcome::Value(body.into())];
    };
    let outcomes = results.iter().enumerate().map(|(at, result)| match (request.ops.get(at), result) {
        (Some(Op::Id), Value::String(sid)) if sid != "no-session" => Outcome::Session(wallet.label(sid)),
        (Some(Op::GetMaxAge), Value::Number(seconds)) => {
            Outcome::Seconds(seconds.as_f64().unwrap_or(f64::NAN))
        }
        (Some(Op::OriginalMaxAge), Value::Number(milliseconds)) => {
            Outcome::Seconds(milliseconds.as_f64().unwrap_or(f64::NAN) / 1e3)
        }
        _ => Outcome::Value(result.clone()),
    });
    outcomes.collect()
}

/// The live sessions of a store, by id.
#[derive(Debug)]
pub(crate) struct Sessions(BTreeMap<String, Stored>);

impl Sessions {
    /// Reads a driver's answer to `GET /__store`. An error is a sentence.
    pub(crate) fn parsed(body: &str) -> Result<Self, String> {
        let sessions: Map<String, Value> =
            serde_json::from_str(body).map_err(|error| format!("no view of a store: {error}: {body}"))?;
        Ok(Self(sessions.into_iter().map(|(sid, session)| (sid, Stored::parsed(session))).collect()))
    }

    pub(crate) fn ids(&self) -> HashSet<String> {
        self.0.keys().cloned().collect()
    }

    /// Leaves out those that are somebody else's business.
    pub(crate) fn without(mut self, strangers: &HashSet<String>) -> Self {
        self.0.retain(|sid, _| !strangers.contains(sid));
        self
    }

    /// Notes what the table's column says.
    pub(crate) fn with_column(mut self, expiries: &BTreeMap<String, f64>) -> Self {
        for (sid, session) in &mut self.0 {
            session.column = expiries.get(sid).copied();
        }
        self
    }

    /// A request rarely leaves more than one session that nobody has heard of; what is in them decides
    /// about the order then.
    fn labelled(self, wallet: &mut Wallet) -> BTreeMap<Label, Stored> {
        let mut sessions: Vec<_> = self.0.into_iter().collect();
        sessions.sort_by_cached_key(|(sid, session)| (!wallet.knows(sid), session.data.to_string()));
        sessions.into_iter().map(|(sid, session)| (wallet.label(&sid), session)).collect()
    }
}

impl Stored {
    fn parsed(session: Value) -> Self {
        let date = |text| DateTime::parse_from_rfc3339(text).ok();
        Self {
            data: session["data"].clone(),
            expires: session["expires"].as_str().and_then(date).map(|at| at.timestamp_millis() as f64 / 1e3),
            original_max_age: session["originalMaxAge"].as_f64().map(|milliseconds| milliseconds / 1e3),
            column: None,
        }
    }
}
