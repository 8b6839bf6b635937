//! What an administrator has typed: as a filter, as a form, as an address.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::gate::Admittance;
use crate::Network;
use crate::admin::{Filter, Position, State};

/// The fields of the form, as they are typed. Empty is not asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Search {
    pub(super) owner: String,
    pub(super) handle: String,
    pub(super) who: String,
    pub(super) ip: String,
    pub(super) browser: String,
    pub(super) idle: String,
    pub(super) began: String,
    pub(super) data: String,
    pub(super) state: String,
    older: String,
    newer: String,
}

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// What can be chosen as a length of time.
pub(super) const TIMES: [(&str, &str, u64); 5] = [
    ("5m", "5 minutes", HOUR / 12),
    ("1h", "1 hour", HOUR),
    ("1d", "1 day", DAY),
    ("7d", "7 days", 7 * DAY),
    ("30d", "30 days", 30 * DAY),
];

impl Search {
    /// The sessions of an owner.
    pub(super) fn of_owner(owner: &str) -> Self {
        Self { owner: owner.to_owned(), ..Self::default() }
    }

    /// As a filter, or a sentence for whoever typed it.
    pub(super) fn filter(&self, by: &Admittance) -> Result<Filter, String> {
        let mut filter = Filter::new();
        // To the letter: somebody else may be called as ann is, with a space behind.
        if !self.owner.is_empty() {
            filter = filter.owner(&*self.owner);
        }
        if let Some(handle) = given(&self.handle) {
            let handle: Result<uuid::Uuid, _> = handle.parse();
            filter = filter.session(handle.map_err(|_| "A handle is 32 digits, as the log has them.")?);
        }
        filter = match &*self.who {
            "" => filter,
            "owner" => filter.signed_in(true),
            "nobody" => filter.signed_in(false),
            _ => return Err("Choose one of the kinds of visitor.".into()),
        };
        if let Some(ip) = given(&self.ip) {
            let network = ip.parse::<Network>();
            filter = filter.network(network.map_err(|_| {
                format!("“{ip}” is not an address or network, such as 10.0.0.7, 10.0.0.0/8 or 2001:db8::/32.")
            })?);
        }
        if let Some(browser) = given(&self.browser) {
            filter = filter.user_agent(browser);
        }
        if let Some(idle) = given(&self.idle) {
            filter = filter.idle_for(time(idle)?);
        }
        if let Some(began) = given(&self.began) {
            filter = filter.began_within(time(began)?);
        }
        if let Some(data) = given(&self.data) {
            if !by.sees_data {
                return Err("You may not search in what sessions contain.".into());
            }
            filter = match data.as_bytes()[0] {
                b'{' => filter.data_contains(data),
                b'$' => filter.data_path(data),
                // The name of a value, quoted as a path wants it, which is as JSON wants it.
                _ => filter.data_path(format!("$.{}", serde_json::Value::from(data))),
            };
        }
        match &*self.state {
            "" | "live" => Ok(filter),
            "expired" => Ok(filter.state(State::Expired)),
            "any" => Ok(filter.state(State::Any)),
            _ => Err("Choose one of the states.".into()),
        }
    }

    /// Where the page begins. What is no place is the beginning.
    pub(super) fn position(&self) -> Position {
        if let Ok(cursor) = self.older.parse() {
            return Position::OlderThan(cursor);
        }
        self.newer.parse().map_or(Position::Newest, Position::NewerThan)
    }

    /// The fields that say which sessions are meant: name and value of each that says something.
    pub(super) fn fields(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("owner", &self.owner),
            ("handle", &self.handle),
            ("who", &self.who),
            ("ip", &self.ip),
            ("browser", &self.browser),
            ("idle", &self.idle),
            ("began", &self.began),
            ("data", &self.data),
            ("state", &self.state),
        ];
        all.into_iter()
            .filter(
                |(name, value)| if *name == "owner" { !value.is_empty() } else { !value.trim().is_empty() },
            )
            .map(|(name, value)| (name, &**value))
            .collect()
    }

    /// The same fields in words, for people.
    pub(super) fn words(&self) -> Vec<(&'static str, String)> {
        let words = |(name, value): (&str, &str)| {
            let time = || TIMES.iter().find(|(time, ..)| *time == value).map_or(value, |(_, title, _)| title);
            match name {
                "owner" => ("Owner", value.to_owned()),
                "handle" => ("Handle", value.to_owned()),
                "who" => ("Visitor", if value == "owner" { "signed in" } else { "anonymous" }.to_owned()),
                "ip" => ("Address", value.to_owned()),
                "browser" => ("Browser", format!("contains {value}")),
                "idle" => ("Idle for at least", time().to_owned()),
                "began" => ("Began within", time().to_owned()),
                "data" => ("Data", value.to_owned()),
                _ => ("State", value.to_owned()),
            }
        };
        self.fields().into_iter().map(words).collect()
    }

    /// Whether any session that is live is meant.
    pub(super) fn is_empty(&self) -> bool {
        self.fields().iter().all(|field| *field == ("state", "live"))
    }

    /// As an address, with more fields at its end.
    pub(super) fn address(&self, base: &str, page: &str, more: &[(&str, &str)]) -> String {
        let mut address = format!("{base}{page}");
        for (place, (name, value)) in self.fields().iter().chain(more).enumerate() {
            address.push(if place == 0 { '?' } else { '&' });
            address.push_str(name);
            address.push('=');
            address.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
        }
        address
    }
}

fn given(field: &str) -> Option<&str> {
    Some(field.trim()).filter(|field| !field.is_empty())
}

fn time(chosen: &str) -> Result<Duration, String> {
    let found = TIMES.iter().find(|(name, ..)| *name == chosen);
    found.map(|(.., seconds)| Duration::from_secs(*seconds)).ok_or_else(|| "Choose one of the times.".into())
}
