//! What administrators type and see, for `fuzz/`.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use actix_web::http::header::{COOKIE, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::web::Query;
use chrono::{DateTime, Utc};
use maud::Markup;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use uuid::Uuid;

use super::ending::{Sent, question, some};
use super::frame::{Page, alert};
use super::{health, list, overview, session};
use crate::admin::{Census, Counted, Cursor, Filter, Health, Kind, Listed, Page as Rows, Shown};
use crate::dashboard::gate::{Admittance, Admitted, Visit};
use crate::dashboard::search::Search;
use crate::dashboard::{Dashboard, forgery};
use crate::{Data, PostgresStore};

/// The pages, in front of somebody.
#[expect(missing_debug_implementations, reason = "nobody prints it")]
pub struct Pages(Visit);

/// What is stored of a session, and may be anything.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Who is signed in.
    pub owner: Option<String>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// Where it began.
    pub ip: Option<IpAddr>,
    /// The values.
    pub data: Data,
}

/// What was typed.
#[derive(Clone, Debug)]
pub struct Typed {
    search: Search,
    token: String,
}

impl Typed {
    /// Reads a query, or a form.
    #[must_use]
    pub fn read(query: &str) -> Option<Self> {
        let sent = Query::<Sent>::from_query(query).ok()?.into_inner();
        let (token, search) = sent.parts();
        Some(Self { search, token })
    }

    /// The same once more, as an address of ours says it.
    #[must_use]
    pub fn address(&self) -> String {
        self.search.address("", "/sessions", &[("token", &self.token)])
    }

    /// Names and values that say something.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        self.search.fields().into_iter().map(|(name, value)| (name, value.to_owned())).collect()
    }

    /// As a filter, or a sentence that says why it is none.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn filter(&self, by: &Pages) -> Result<Filter, String> {
        let _ = self.search.position();
        self.search.filter(&by.0.by)
    }
}

impl Pages {
    /// Mounted at `base`, for somebody who may do everything. Never asks a database. To be called within a
    /// runtime.
    ///
    /// # Panics
    ///
    /// Without randomness.
    #[must_use]
    pub fn new(base: &str, name: &str, token: &[&[u8]]) -> Self {
        let pool = PgPoolOptions::new().connect_lazy_with(PgConnectOptions::new());
        let nobody = async |_: &actix_web::HttpRequest| Ok(Admittance::full(""));
        let dashboard = Dashboard::new(PostgresStore::new(pool).admin(), nobody);
        let token = forgery::Token::of(&with_cookies(token)).expect("randomness").0;
        let by = Admittance::full(name);
        Self(Visit(Rc::new(Admitted { dashboard, base: base.to_owned(), by, token })))
    }

    /// The same pages in front of somebody else, somewhere else.
    #[must_use]
    pub fn at(&self, base: &str, name: &str) -> Self {
        let Admitted { dashboard, token, .. } = &*self.0;
        let by = Admittance::full(name);
        Self(Visit(Rc::new(Admitted {
            dashboard: dashboard.clone(),
            base: base.to_owned(),
            by,
            token: token.clone(),
        })))
    }

    /// The `Set-Cookie` of the token.
    #[must_use]
    pub fn token_cookie(&self) -> HeaderValue {
        self.0.token.cookie(&self.0.base, true)
    }

    /// One session.
    #[must_use]
    pub fn session(&self, stored: &Stored) -> String {
        let shown = Shown {
            listed: listed(stored),
            data: stored.data.clone(),
            idle_timeout: Duration::from_secs(60),
            deadline: None,
            persistent: true,
            version: 1,
        };
        self.whole("Session", session::page(&self.0, &shown))
    }

    /// The list, and the question before all of it ends.
    #[must_use]
    pub fn list(&self, typed: &Typed, stored: &Stored) -> [String; 2] {
        let search = &typed.search;
        let rows = Rows { sessions: vec![listed(stored)], newer: None, older: None };
        let found = match typed.filter(self) {
            Ok(_) => list::results(&self.0, search, &rows, Some(Counted::Exactly(7))),
            Err(words) => alert(&words),
        };
        let what = some(search, Some(Counted::MoreThan(7)));
        let asked = question(&self.0, "End?", &what, "/end", search, ("End them all", "/back"));
        let form = list::form(&self.0, search);
        [self.whole("Sessions", maud::html! { (form) (found) }), self.whole("End sessions", asked)]
    }

    /// What is seen of many sessions, and of the table.
    #[must_use]
    pub fn overview(&self, stored: &Stored) -> String {
        let kind = Kind { signed_in: true, user_agent: stored.user_agent.clone(), sessions: 3 };
        let census = Census {
            live: 3,
            signed_in: 3,
            expired: Counted::Exactly(0),
            kinds: vec![kind],
            is_estimate: false,
        };
        let whose = stored.owner.clone().unwrap_or_default();
        let health = health::page(&health_of(whose), None);
        self.whole("Overview", maud::html! { (overview::browsers(&census)) (health) })
    }

    fn whole(&self, title: &str, main: Markup) -> String {
        Page::new(title, main).around(&self.0).into_string()
    }
}

/// Whether these cookies hold a token, as it stands there.
#[must_use]
pub fn token(cookies: &[&[u8]]) -> Option<String> {
    let (token, is_new) = forgery::Token::of(&with_cookies(cookies)).ok()?;
    (!is_new).then(|| token.as_str().to_owned())
}

/// Whether a form that brings this is from a page with that token.
#[must_use]
pub fn is_token(cookies: &[&[u8]], brought: &str) -> bool {
    forgery::Token::of(&with_cookies(cookies)).is_ok_and(|(token, _)| token.is(brought))
}

/// Whether a part of an address names a session, and by its place in a list.
#[must_use]
pub fn whom(name: &str) -> Option<Option<Cursor>> {
    session::whom(name).map(|_| name.parse().ok())
}

fn with_cookies(lines: &[&[u8]]) -> actix_web::dev::ServiceRequest {
    let lines = lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok());
    lines.fold(TestRequest::default(), |request, line| request.append_header((COOKIE, line))).to_srv_request()
}

fn listed(stored: &Stored) -> Listed {
    let then = DateTime::<Utc>::UNIX_EPOCH;
    Listed {
        handle: Uuid::nil(),
        owner: stored.owner.clone(),
        ip: stored.ip,
        user_agent: stored.user_agent.clone(),
        created_at: then,
        seen_at: then,
        authenticated_at: Some(then),
        expires_at: then,
        remaining: Duration::from_secs(60),
        idle: Duration::from_secs(60),
        data_bytes: 2,
    }
}

fn health_of(whose: String) -> Health {
    Health {
        rows: 1,
        expired: Counted::Exactly(0),
        pruning_lag: Duration::ZERO,
        dead: 0,
        last_vacuum: None,
        hot_updates: None,
        oldest_transaction: Some((Duration::from_secs(60), whose)),
        table_bytes: 1,
        index_bytes: 0,
        indexes: Vec::new(),
        #[cfg(feature = "cache")]
        cache: None,
    }
}
