//! The events, by their stable names, over a whole story; and that none says what it must not.
//!
//! A process of its own, since one that listens and one that does not disturb each other.

#[path = "http/story/mod.rs"]
mod story;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use actix_pg_session::test_util::{Op, When};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, Subscriber};
use tracing::{Event, Metadata};

use story::{
    Counted, HOUR, OTHER_SECRET, SECRET, SID, Shelf, counted_memory, counted_postgres, digest_hex, encoded,
    over, signed, visit,
};

/// Writes down everything that anybody says at any level.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    everything: String,
    /// Names and levels of this crate's events.
    ours: Vec<(&'static str, tracing::Level)>,
}

impl Visit for Heard {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = writeln!(self.everything, "{field}={value:?}");
    }
}

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::always()
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut *self.0.lock().expect("one thread"));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut *self.0.lock().expect("one thread"));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut heard = self.0.lock().expect("one thread");
        if event.metadata().target() == "actix_pg_session" {
            heard.ours.push((event.metadata().name(), *event.metadata().level()));
        }
        event.record(&mut *heard);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Everything that can happen to a session, with the cookies that were about.
async fn a_whole_story(store: &Counted<impl Shelf>) -> Vec<String> {
    let ids = ["a", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"].map(|letter| letter.repeat(40));
    let next = std::sync::atomic::AtomicUsize::new(0);
    let draw = move || ids[next.fetch_add(1, std::sync::atomic::Ordering::Relaxed).min(11)].clone();
    let browser = visit(over(store).id_generator(draw)).await;
    let mut cookies = Vec::new();
    let mut note = || cookies.extend(browser.cookie(SID).map(|cookie| cookie.value));
    browser.set_cookie(SID, &encoded(&signed("forged-forged-forged", OTHER_SECRET)));
    note();
    browser.get("/put:card=the-card-of-ann").await;
    note();
    browser.another().get("/put:card=the-card-of-ann").await;
    browser.get("/renew").await;
    note();
    browser.get("/login:ann/put:card=the-card-of-ann").await;
    note();
    let late = browser.get("/put:card=the-card-of-ann");
    let late_and_saving = browser.get("/put:card=the-card-of-ann/save");
    browser.get("/renew").await;
    note();
    late.await;
    late_and_saving.await;
    // Another writer comes first.
    let gate = store.hold_next(Op::Update, When::Before);
    let meanwhile = async {
        gate.reached().await;
        browser.get("/count:n").await;
        gate.open();
    };
    futures_util::future::join(browser.get("/count:n"), meanwhile).await;
    // The session ends meanwhile.
    let gate = store.hold_next(Op::Update, When::Before);
    let meanwhile = async {
        gate.reached().await;
        browser.get("/logout").await;
        gate.open();
    };
    futures_util::future::join(browser.get("/put:card=another-card-of-ann"), meanwhile).await;
    browser.set_cookie(SID, &encoded(&signed("unknown-unknown-unknown", SECRET)));
    note();
    browser.get("/get:card").await;
    store.fail_next(Op::Load, When::Before);
    browser.get("/get:card").await.assert_status(503);
    store.fail_next(Op::Create, When::Before);
    browser.another().get("/put:card=the-card-of-ann").await.assert_status(503);
    browser.get("/put:card=the-card-of-ann").await;
    note();
    browser.get("/number:card").await.assert_status(500);
    store.elapse(1000 * HOUR).await;
    browser.get("/get:card").await;
    cookies
}

const EXPECTED: &[(&str, tracing::Level)] = &[
    ("session.cookie_refused", tracing::Level::DEBUG),
    ("session.unknown", tracing::Level::DEBUG),
    ("session.late", tracing::Level::DEBUG),
    ("session.late_change_dropped", tracing::Level::INFO),
    ("session.created", tracing::Level::DEBUG),
    ("session.renewed", tracing::Level::DEBUG),
    ("session.restarted", tracing::Level::INFO),
    ("session.destroyed", tracing::Level::INFO),
    ("session.gone", tracing::Level::INFO),
    ("session.replayed", tracing::Level::DEBUG),
    ("session.collision", tracing::Level::WARN),
    ("session.failed", tracing::Level::ERROR),
    ("session.misused", tracing::Level::ERROR),
];

async fn tell(ear: &Ear, store: Counted<impl Shelf>) {
    *ear.0.lock().expect("one thread") = Heard::default();
    let cookies = a_whole_story(&store).await;
    let heard = ear.0.lock().expect("one thread");
    for event in EXPECTED {
        assert!(heard.ours.contains(event), "{event:?} was not heard in {:?}", heard.ours);
    }
    for event in &heard.ours {
        assert!(EXPECTED.contains(event), "{event:?} is not in the list");
    }
    let dropped = heard.ours.iter().filter(|(name, _)| *name == "session.late_change_dropped").count();
    assert_eq!(dropped, 2, "a save in the middle of the request drops as much as one at its end");
    let failed = heard.ours.iter().filter(|(name, _)| *name == "session.failed").count();
    assert_eq!(failed, 2, "a load and a save");
    assert!(cookies.len() >= 7, "{cookies:?}");
    for cookie in &cookies {
        let plain = percent_encoding::percent_decode_str(cookie).decode_utf8().expect("text").into_owned();
        let (id, mac) = plain[2..].rsplit_once('.').expect("an id and a mac");
        for secret in [cookie.as_str(), &plain, id, mac, &digest_hex(id)] {
            assert!(!heard.everything.contains(secret), "{secret} was said");
        }
    }
    for value in ["card-of-ann", SECRET, OTHER_SECRET] {
        assert!(!heard.everything.contains(value), "{value} was said");
    }
}

#[actix_web::test]
async fn the_events_of_a_whole_story_have_stable_names_and_nobody_tells_a_secret() {
    let ear = Ear::default();
    tracing::subscriber::set_global_default(ear.clone()).expect("nobody else listens");
    tell(&ear, counted_memory()).await;
    tell(&ear, counted_postgres().await).await;
    assert!(ear.0.lock().expect("one thread").everything.contains("update"), "sqlx was not heard");
}

#[test]
fn the_design_notes_list_every_event_with_its_level() {
    let design = include_str!("../docs/design.md");
    for (name, level) in EXPECTED {
        let line = design.lines().find(|line| line.starts_with("| ") && line.contains(&format!("`{name}`")));
        let line = line.unwrap_or_else(|| panic!("{name} is not in docs/design.md"));
        assert!(line.contains(&level.to_string().to_lowercase()), "{line}");
    }
}

#[test]
fn every_event_that_can_be_told_is_in_the_design_notes_with_its_level() {
    let design = include_str!("../docs/design.md");
    let telemetry = include_str!("../src/telemetry.rs");
    let mut events = 0;
    for told in telemetry.split("tracing::").filter(|rest| rest.contains("!(name: \"")) {
        let (level, rest) = told.split_once("!(name: \"").expect("a level");
        let (name, _) = rest.split_once('"').expect("a name");
        let line = design.lines().find(|line| line.starts_with("| ") && line.contains(&format!("`{name}`")));
        let line = line.unwrap_or_else(|| panic!("{name} is not in docs/design.md"));
        assert!(line.contains(level), "{name}: {line}");
        events += 1;
    }
    assert!(events > 20, "{events}");
}
