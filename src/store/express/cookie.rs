//! The `cookie` object of a row, read and written as express-session does.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use super::template::Template;
use super::text::Members;
use crate::cookie::{CookieAttributes, Priority, SameSite};

/// The member's name.
pub(super) const NAME: &str = "cookie";

const EXPIRES: &str = "expires";
const ORIGINAL_MAX_AGE: &str = "originalMaxAge";

/// What express-session's own defaults would have written, for a session that came without.
const PLAIN: &str = r#"{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}"#;

/// The object of one row.
#[derive(Clone, Debug)]
pub(super) struct Cookie(Members);

impl Cookie {
    /// Reads the row's. Express cannot do without one; here a row that lacks it gets one when it is
    /// saved.
    pub(super) fn of(row: &Members) -> Self {
        Self(row.parse(NAME).unwrap_or_else(Self::plain))
    }

    /// A new session's, in express-session's order of names. What is not set is left out.
    pub(super) fn new(attributes: Option<&CookieAttributes>) -> Self {
        let Some(attributes) = attributes else { return Self(Self::plain()) };
        let mut members = Members::default();
        let mut set = |name: &str, value: Option<String>| {
            if let Some(value) = value.and_then(|text| RawValue::from_string(text).ok()) {
                members.set(name, value);
            }
        };
        let text = |text: &str| serde_json::to_string(text).ok();
        let if_true = |yes: bool| yes.then(|| "true".to_owned());
        set(ORIGINAL_MAX_AGE, Some("null".into()));
        set("partitioned", if_true(attributes.partitioned));
        set("priority", attributes.priority.and_then(|priority| text(priority_text(priority))));
        set(EXPIRES, Some("null".into()));
        set("secure", if_true(attributes.secure));
        set("httpOnly", Some(attributes.http_only.to_string()));
        set("domain", attributes.domain.as_deref().and_then(text));
        set("path", Some(attributes.path.as_deref().and_then(text).unwrap_or_else(|| "null".into())));
        set("sameSite", attributes.same_site.and_then(same_site_text).and_then(text));
        Self(members)
    }

    fn plain() -> Members {
        Members::read(PLAIN).unwrap_or_default()
    }

    /// How long each use gives the session anew. `None`: until the browser closes.
    pub(super) fn idle(&self) -> Option<Duration> {
        if !self.is_persistent() {
            return None;
        }
        let milliseconds: f64 = self.0.parse(ORIGINAL_MAX_AGE)?;
        // Anybody may have written it: below zero is over, and too long is for ever.
        Some(Duration::try_from_secs_f64(milliseconds.max(0.0) / 1000.0).unwrap_or(Duration::MAX))
    }

    /// Whether the browser keeps the cookie when it closes.
    pub(super) fn is_persistent(&self) -> bool {
        self.expires().is_some()
    }

    /// When the cookie expires, as it was last written. connect-pg-simple does not write it at a touch.
    pub(super) fn expires(&self) -> Option<DateTime<Utc>> {
        self.0.parse(EXPIRES)
    }

    pub(super) fn attributes(&self) -> CookieAttributes {
        // As JavaScript takes it: express-session stores 'auto' as it is if `cookie` is a function.
        let is_true = |name: &str| {
            let value = self.0.get(name).map(RawValue::get);
            value.is_some_and(|value| !["false", "null", "0", "\"\""].contains(&value))
        };
        CookieAttributes {
            path: self.0.parse("path"),
            domain: self.0.parse("domain"),
            secure: is_true("secure"),
            http_only: is_true("httpOnly"),
            same_site: match self.0.get("sameSite").map(RawValue::get) {
                Some("true") => Some(SameSite::Strict),
                _ => self.0.parse::<String>("sameSite").and_then(|text| same_site(&text)),
            },
            partitioned: is_true("partitioned"),
            priority: self.0.parse::<String>("priority").and_then(|text| priority(&text)),
        }
    }

    /// The object with another lifetime, begun now; `expires` is `left` from now. Everything else stays as
    /// it is written.
    pub(super) fn begun(mut self, idle: Option<Duration>, left: Duration) -> Template {
        for name in [ORIGINAL_MAX_AGE, EXPIRES] {
            if self.0.get(name).is_none() {
                self.0.set(name, RawValue::NULL.to_owned());
            }
        }
        // Without a lifetime before and now, what stands there is `null` or `false`, and Node may mean it.
        let changes = idle.is_some() || self.is_persistent();
        Template::object(self.0.named().map(|(name, written, value)| {
            let value = match idle {
                Some(idle) if name == Some(ORIGINAL_MAX_AGE) => milliseconds(idle),
                Some(_) if name == Some(EXPIRES) => {
                    let mut time = Template::default();
                    time.push_time(left);
                    time
                }
                None if changes && [Some(ORIGINAL_MAX_AGE), Some(EXPIRES)].contains(&name) => "null".into(),
                _ => value.into(),
            };
            (written, value)
        }))
    }
}

fn milliseconds(idle: Duration) -> Template {
    idle.as_millis().to_string().as_str().into()
}

fn same_site(text: &str) -> Option<SameSite> {
    match text.to_ascii_lowercase().as_str() {
        "strict" => Some(SameSite::Strict),
        "lax" => Some(SameSite::Lax),
        "none" => Some(SameSite::None),
        _ => None,
    }
}

fn same_site_text(same_site: SameSite) -> Option<&'static str> {
    match same_site {
        SameSite::Strict => Some("strict"),
        SameSite::Lax => Some("lax"),
        SameSite::None => Some("none"),
        SameSite::Auto | SameSite::Unset => None,
    }
}

fn priority(text: &str) -> Option<Priority> {
    match text.to_ascii_lowercase().as_str() {
        "low" => Some(Priority::Low),
        "medium" => Some(Priority::Medium),
        "high" => Some(Priority::High),
        _ => None,
    }
}

fn priority_text(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Medium => "medium",
        Priority::High => "high",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes() -> CookieAttributes {
        CookieAttributes {
            path: Some("/".into()),
            domain: None,
            secure: false,
            http_only: true,
            same_site: None,
            partitioned: false,
            priority: None,
        }
    }

    fn text(template: &Template) -> String {
        template.pieces.join("TIME")
    }

    #[test]
    fn a_new_object_is_written_as_express_session_would() {
        let plain = Cookie::new(Some(&attributes())).begun(None, Duration::ZERO);
        assert_eq!(text(&plain), PLAIN);
        assert_eq!(text(&Cookie::new(None).begun(None, Duration::ZERO)), PLAIN);
        let full = CookieAttributes {
            domain: Some("localhost".into()),
            secure: true,
            same_site: Some(SameSite::Lax),
            partitioned: true,
            priority: Some(Priority::High),
            ..attributes()
        };
        let minute = Duration::from_secs(60);
        let full = Cookie::new(Some(&full)).begun(Some(minute), minute);
        assert_eq!(
            text(&full),
            r#"{"originalMaxAge":60000,"partitioned":true,"priority":"high","expires":"TIME","secure":true,"httpOnly":true,"domain":"localhost","path":"/","sameSite":"lax"}"#
        );
        assert_eq!(full.times, [Some(60.0), None]);
    }

    #[test]
    fn an_object_of_express_session_is_understood() {
        let row = r#"{"cookie":{"originalMaxAge":60000,"partitioned":true,"priority":"high","expires":"2026-11-22T20:39:23.247Z","secure":false,"httpOnly":true,"domain":"localhost","path":"/","sameSite":true},"user":1}"#;
        let cookie = Cookie::of(&Members::read(row).unwrap());
        assert_eq!(cookie.idle(), Some(Duration::from_secs(60)));
        assert_eq!(
            cookie.attributes(),
            CookieAttributes {
                domain: Some("localhost".into()),
                same_site: Some(SameSite::Strict),
                partitioned: true,
                priority: Some(Priority::High),
                ..attributes()
            }
        );
    }

    #[test]
    fn a_name_that_is_spelt_otherwise_is_the_same_name() {
        let row = r#"{"cookie":{"original\u004daxAge":1000,"\u0065xpires":"2026-11-22T20:39:23.247Z"}}"#;
        let minute = Duration::from_secs(60);
        let begun = Cookie::of(&Members::read(row).unwrap()).begun(Some(minute), minute);
        assert_eq!(text(&begun), r#"{"original\u004daxAge":60000,"\u0065xpires":"TIME"}"#);
    }

    #[test]
    fn a_lifetime_below_zero_is_over_and_one_beyond_all_bounds_is_a_long_one() {
        let idle = |milliseconds: &str| {
            let row = format!(
                r#"{{"cookie":{{"originalMaxAge":{milliseconds},"expires":"2026-11-22T20:39:23.247Z"}}}}"#
            );
            Cookie::of(&Members::read(&row).unwrap()).idle()
        };
        assert_eq!(idle("-5"), Some(Duration::ZERO));
        assert_eq!(idle("1e300"), Some(Duration::MAX));
        assert_eq!(idle("1500.5"), Some(Duration::from_micros(1_500_500)));
    }

    #[test]
    fn what_an_object_holds_besides_stays_as_it_is_written() {
        let row = r#"{"cookie":{"path":null,"odd":"\ud800","expires":false,"n":1e400}}"#;
        let cookie = Cookie::of(&Members::read(row).unwrap());
        assert_eq!((cookie.idle(), cookie.attributes().path), (None, None));
        let kept = cookie.clone().begun(None, Duration::ZERO);
        assert_eq!(
            text(&kept),
            r#"{"path":null,"odd":"\ud800","expires":false,"n":1e400,"originalMaxAge":null}"#
        );
        let begun = cookie.begun(Some(Duration::from_millis(1500)), Duration::ZERO);
        assert_eq!(
            text(&begun),
            r#"{"path":null,"odd":"\ud800","expires":"TIME","n":1e400,"originalMaxAge":1500}"#
        );
    }

    #[test]
    fn a_row_without_an_object_is_a_session_until_the_browser_closes() {
        for row in ["{}", r#"{"cookie":null}"#, r#"{"cookie":[]}"#] {
            let cookie = Cookie::of(&Members::read(row).unwrap());
            assert_eq!(cookie.idle(), None, "{row}");
            assert!(cookie.attributes().http_only, "{row}");
        }
    }
}
