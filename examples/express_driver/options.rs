//! express-session's options as those of the builder.

use std::error::Error;
use std::time::Duration;

use actix_pg_session::{
    ConfigError, Priority, SameSite, Secure, SessionMiddleware, SessionMiddlewareBuilder, Unset,
};
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// What a cookie without a `maxAge` leaves a session in memory, which express-session keeps until the
/// process ends.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// connect-pg-simple's `ttl`.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// `OPTIONS`.
pub(crate) struct Options(Object);

impl Options {
    pub(crate) fn read(text: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self(serde_json::from_str(text).map_err(|error| format!("OPTIONS is no JSON object: {error}"))?))
    }

    pub(crate) fn port(&self) -> Result<u16, Box<dyn Error>> {
        Ok(std::env::var("PORT").unwrap_or_else(|_| "0".into()).parse()?)
    }

    pub(crate) fn store(&self) -> &str {
        self.0.get("store").and_then(Value::as_str).unwrap_or("memory")
    }

    pub(crate) fn table(&self) -> &str {
        self.0.get("table").and_then(Value::as_str).unwrap_or("session")
    }

    /// One secret or several.
    pub(crate) fn secrets(&self) -> Vec<String> {
        match self.0.get("secret") {
            Some(Value::Array(secrets)) => {
                secrets.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(Value::String(secret)) => vec![secret.clone()],
            _ => Vec::new(),
        }
    }

    pub(crate) fn configure(
        &self,
        builder: SessionMiddlewareBuilder,
    ) -> Result<SessionMiddleware, ConfigError> {
        let flag = |object: &Object, name: &str| object.get(name).and_then(Value::as_bool);
        let text = |object: &Object, name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let empty = Object::new();
        let cookie = self.0.get("cookie").and_then(Value::as_object).unwrap_or(&empty);

        let browser = if self.store() == "memory" { FOR_EVER } else { DAY };
        let mut builder =
            builder.express_defaults().allow_insecure(true).max_age(browser).browser_session(true);
        if let Some(name) = text(&self.0, "name") {
            builder = builder.name(name);
        }
        if let Some(yes) = flag(&self.0, "resave") {
            builder = builder.resave(yes);
        }
        if let Some(yes) = flag(&self.0, "saveUninitialized") {
            builder = builder.save_uninitialized(yes);
        }
        if let Some(yes) = flag(&self.0, "rolling") {
            builder = builder.rolling(yes);
        }
        if text(&self.0, "unset").as_deref() == Some("destroy") {
            builder = builder.unset(Unset::Destroy);
        }
        builder = builder.trust_proxy(flag(&self.0, "proxy").unwrap_or(false));

        if let Some(max_age) = cookie.get("maxAge").and_then(Value::as_f64) {
            builder = builder.max_age(milliseconds(max_age));
        }
        if let Some(path) = text(cookie, "path") {
            builder = builder.path(path);
        }
        if let Some(yes) = flag(cookie, "httpOnly") {
            builder = builder.http_only(yes);
        }
        builder = match cookie.get("secure") {
            Some(Value::Bool(yes)) => builder.secure(*yes),
            Some(Value::String(auto)) if auto == "auto" => builder.secure(Secure::Auto),
            _ => builder,
        };
        builder = match cookie.get("sameSite").map(|value| value.as_str().ok_or(value)) {
            Some(Ok("lax")) => builder.same_site(SameSite::Lax),
            Some(Ok("none")) => builder.same_site(SameSite::None),
            Some(Ok("strict") | Err(Value::Bool(true))) => builder.same_site(SameSite::Strict),
            Some(Ok("auto")) => builder.same_site(SameSite::Auto),
            _ => builder,
        };
        if let Some(domain) = text(cookie, "domain") {
            builder = builder.domain(domain);
        }
        if let Some(yes) = flag(cookie, "partitioned") {
            builder = builder.partitioned(yes);
        }
        builder = match text(cookie, "priority").as_deref() {
            Some("low") => builder.priority(Priority::Low),
            Some("medium") => builder.priority(Priority::Medium),
            Some("high") => builder.priority(Priority::High),
            _ => builder,
        };
        builder.build()
    }
}

/// JavaScript's milliseconds. A time that has passed is over, by however much.
pub(crate) fn milliseconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number / 1000.0).unwrap_or(if number > 0.0 {
        FOR_EVER
    } else {
        Duration::ZERO
    })
}
