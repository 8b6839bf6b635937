//! Each lie, to each way of using the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_pg_session::{
    Change, Client, Created, Data, Deleted, Layout, Lifetime, Loaded, NewSession, OwnerLimit,
    OwnerStore as _, PostgresStore, Renewal, SessionId, SessionStore as _, StoreError, Touched, Updated,
    WhenFull,
};
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

use crate::liar::{Liar, Lie, Lies};
use crate::lies::{LIES, WITHOUT_END, rows_without_end};
use crate::memory::resident;
use crate::support::gate::{PATIENCE, at_once, until};
use crate::support::place::Place;
use crate::support::pool_on;

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

/// A way to use the store.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Alone,
    Unprepared,
    Batched,
}

pub(crate) const WAYS: [Way; 3] = [Way::Alone, Way::Unprepared, Way::Batched];

pub(crate) struct Stage {
    pub(crate) liar: Liar,
    /// Past the liar.
    pub(crate) plain: PostgresStore,
}

pub(crate) fn data(values: &str) -> Data {
    Data::from_json(values).expect("an object")
}

pub(crate) fn session(owner: &str) -> NewSession {
    NewSession {
        data: data(&format!(r#"{{"who":"{owner}"}}"#)),
        owner: Some(owner.to_owned()),
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(10 * HOUR, 100 * HOUR),
        cookie: None,
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::laid_out(Layout::Plain).await
    }

    pub(crate) async fn laid_out(layout: Layout) -> Self {
        let Place { url, .. } = Place::on_this_server(layout).await;
        let plain = PostgresStore::builder(pool_on(&url).await).layout(layout).batching(false);
        Self { liar: Liar::before(&url).await, plain: plain.build().expect("a store") }
    }

    /// A store that has never heard the truth.
    pub(crate) fn store(&self, way: Way) -> PostgresStore {
        let pool = PgPoolOptions::new().max_connections(2).acquire_timeout(PATIENCE);
        let builder = PostgresStore::builder(pool.connect_lazy_with(self.liar.options()));
        match way {
            Way::Alone => builder.batching(false),
            Way::Unprepared => builder.batching(false).prepared_statements(false),
            Way::Batched => builder,
        }
        .build()
        .expect("a store")
    }

    pub(crate) async fn begin(&self, owner: &str) -> (SessionId, Created) {
        let id = SessionId::generate().expect("randomness");
        let created = self.plain.create(&id, session(owner)).await.expect("a session");
        (id, created)
    }

    /// One value of a live session, past the liar.
    async fn value(&self, id: &SessionId, name: &str) -> Option<String> {
        match self.plain.load(id).await.expect("the truth") {
            Loaded::Live(record) => record.data.get(name).map(|value| value.get().to_owned()),
            Loaded::Ended | Loaded::Absent => None,
        }
    }
}

/// The session of `owner`, or an error.
fn is_theirs(loaded: &Result<Loaded, StoreError>, owner: &str) -> bool {
    match loaded {
        Ok(Loaded::Live(record)) => {
            record.owner.as_deref() == Some(owner)
                && record.data.get("who").is_some_and(|who| who.get() == format!("\"{owner}\""))
        }
        Ok(Loaded::Absent | Loaded::Ended) => false,
        Err(_) => true,
    }
}

/// Makes each call, and holds each answer against the rows.
async fn every_call(stage: &Stage, store: &PostgresStore, when: &str, may_have_happened: bool) {
    let (ann, _) = stage.begin("ann").await;
    let (bob, _) = stage.begin("bob").await;
    for (id, owner) in [(&ann, "ann"), (&bob, "bob"), (&ann, "ann"), (&bob, "bob")] {
        let loaded = at_once(store.load(id)).await;
        assert!(is_theirs(&loaded, owner), "{when}: {owner} is {loaded:?}");
    }
    let nobody = SessionId::generate().expect("randomness");
    let loaded = at_once(store.load(&nobody)).await;
    assert!(matches!(loaded, Err(_) | Ok(Loaded::Absent)), "{when}: nobody is {loaded:?}");

    for n in ["1", "2"] {
        let change = Change { set: data(&format!(r#"{{"n":{n}}}"#)), ..Change::default() };
        match at_once(store.update(&ann, change)).await {
            Ok(Updated::Saved(_)) => assert_eq!(stage.value(&ann, "n").await.as_deref(), Some(n), "{when}"),
            Ok(other) => panic!("{when}: a live session is {other:?}"),
            Err(_) => {}
        }
    }
    let touched = at_once(store.touch(&bob, None)).await;
    assert!(matches!(touched, Err(_) | Ok(Touched::Moved { .. })), "{when}: {touched:?}");

    let change = Change { set: data(r#"{"new":true}"#), ..Change::default() };
    let renewal = Renewal { change, restart: None, proof: None, late_grace: HOUR };
    match at_once(store.renew(&bob, &nobody, renewal)).await {
        Ok(Updated::Saved(_)) => {
            assert_eq!(stage.value(&nobody, "new").await.as_deref(), Some("true"), "{when}")
        }
        Ok(other) => assert!(may_have_happened, "{when}: a live session is {other:?}"),
        Err(_) => {}
    }
    // At one moment, since what was answered with an error may yet happen.
    let both = vec![bob.digest().as_bytes().to_vec(), nobody.digest().as_bytes().to_vec()];
    let lives = sqlx::query_scalar("select count(*) from sessions where key = any($1)").bind(both);
    let lives: i64 = lives.fetch_one(stage.plain.pool()).await.expect("a number");
    assert_eq!(lives, 1, "{when}: bob has so many");

    if let Ok(devices) = at_once(store.sessions_of("ann", 1000)).await {
        let hers = stage.plain.sessions_of("ann", 1000).await.expect("the truth");
        assert_eq!(devices.len(), hers.len(), "{when}");
        assert!(devices.iter().all(|device| hers.iter().any(|one| one.handle == device.handle)), "{when}");
    }
    let ended = at_once(store.end_session_of("ann", Uuid::from_u128(7))).await;
    assert!(matches!(ended, Err(_) | Ok(Deleted::Gone)), "{when}: {ended:?}");

    let eve = SessionId::generate().expect("randomness");
    if at_once(store.create(&eve, session("eve"))).await.is_ok() {
        assert!(stage.value(&eve, "who").await.is_some(), "{when}: created, and not there");
    }
    let limit = OwnerLimit { most: 5, when_full: WhenFull::Evict };
    let zoe = SessionId::generate().expect("randomness");
    if at_once(store.create_within(limit, &zoe, session("zoe"))).await.is_ok() {
        assert!(stage.value(&zoe, "who").await.is_some(), "{when}: signed in, and not there");
    }
    match at_once(store.delete(&ann, HOUR)).await {
        Ok(Deleted::Ended) => assert_eq!(stage.value(&ann, "who").await, None, "{when}: ended, and there"),
        Ok(Deleted::Gone) => assert!(may_have_happened, "{when}: a live session is gone"),
        Err(_) => {}
    }
    let _ = at_once(store.prune(10)).await;
    let _ = at_once(store.admin().census()).await;
}

/// One way, or all of them where there is time (`NONSENSE`).
fn ways(one: Way) -> Vec<Way> {
    if std::env::var_os("NONSENSE").is_some() { WAYS.to_vec() } else { vec![one] }
}

/// Whether the lie has the store make the same call again, which then finds what the first one has done.
pub(crate) fn is_told_again(lie: &str) -> bool {
    ["others come first, for ever", "a deadlock, for ever"].contains(&lie)
}

/// With the truth, everything works again, with connections as with any others.
async fn comes_to_its_senses(stage: &Stage, store: &PostgresStore, when: &str) {
    let (ann, _) = stage.begin("ann").await;
    until(&format!("{when}: it works again"), async || {
        let loaded = store.load(&ann).await;
        loaded.is_ok() && is_theirs(&loaded, "ann")
    })
    .await;
    let change = Change { set: data(r#"{"n":3}"#), ..Change::default() };
    let saved = at_once(store.update(&ann, change)).await;
    assert!(matches!(saved, Ok(Updated::Saved(_))), "{when}, afterwards: {saved:?}");
    let mut all = Vec::new();
    for _ in 0..store.pool().options().get_max_connections() {
        all.push(at_once(store.pool().acquire()).await.expect("a connection"));
    }
}

#[tokio::test]
async fn whatever_it_says_the_answer_is_an_error_or_the_truth() {
    let stage = Stage::new().await;
    for ((name, lie), one) in LIES.into_iter().zip(WAYS.into_iter().cycle()) {
        for way in ways(one) {
            let when = format!("{name}, {way:?}");
            stage.liar.says(lie());
            let store = stage.store(way);
            every_call(&stage, &store, &when, is_told_again(name)).await;
            stage.liar.tells_the_truth();
            comes_to_its_senses(&stage, &store, &when).await;
        }
    }
}

/// It has told the truth before, so that statements are prepared and their columns known.
#[tokio::test]
async fn a_server_that_begins_to_talk_nonsense_is_no_more_believed() {
    let stage = Stage::new().await;
    // One way each, and another one than above: what is different is only that it comes later.
    for ((name, lie), way) in LIES.into_iter().zip(WAYS.into_iter().cycle().skip(1)) {
        let when = format!("{name}, after the truth, {way:?}");
        let store = stage.store(way);
        every_call(&stage, &store, &when, false).await;
        stage.liar.says(lie());
        every_call(&stage, &store, &when, is_told_again(name)).await;
        stage.liar.tells_the_truth();
        comes_to_its_senses(&stage, &store, &when).await;
    }
}

#[tokio::test]
async fn whoever_waits_for_a_server_that_says_nothing_more_waits_as_long_as_they_like() {
    let stage = Stage::new().await;
    for way in WAYS {
        let mut stores = Vec::new();
        for (name, lie) in WITHOUT_END {
            let when = format!("{name}, {way:?}");
            stage.liar.says(lie());
            let store = stage.store(way);
            let (ann, _) = stage.begin("ann").await;
            let before = resident();
            for _ in 0..3 {
                // As the middleware does, and a user's patience is.
                let loaded = tokio::time::timeout(Duration::from_millis(300), store.load(&ann)).await;
                assert!(loaded.is_err() || loaded.is_ok_and(|loaded| loaded.is_err()), "{when}");
            }
            assert!(resident() < before + 100, "{when}: from {before} MB to {}", resident());
            stores.push((when, store));
        }
        stage.liar.tells_the_truth();
        for (when, store) in stores {
            comes_to_its_senses(&stage, &store, &when).await;
        }
    }
}

#[tokio::test]
async fn rows_without_end_are_an_error_and_fill_no_memory() {
    let stage = Stage::new().await;
    for way in WAYS {
        let lies: Lies = rows_without_end();
        stage.liar.says(lies);
        let store = stage.store(way);
        let (ann, _) = stage.begin("ann").await;
        let before = resident();
        for _ in 0..10 {
            assert!(at_once(store.load(&ann)).await.is_err(), "{way:?}");
        }
        assert!(resident() < before + 100, "{way:?}: from {before} MB to {}", resident());
        stage.liar.tells_the_truth();
        comes_to_its_senses(&stage, &store, &format!("rows without end, {way:?}")).await;
    }
}

/// At every seventh byte; with `NONSENSE` set, at every one.
#[tokio::test]
async fn a_connection_that_ends_at_any_byte_is_an_error_or_the_truth() {
    let step = if std::env::var_os("NONSENSE").is_some() { 1 } else { 7 };
    let stage = Stage::new().await;
    let (ann, _) = stage.begin("ann").await;
    for way in WAYS {
        for end in (0..).step_by(step) {
            let when = format!("{way:?}, the end after {end} bytes");
            let (mut left, is_cut) = (end, Arc::new(AtomicBool::new(false)));
            let cut = Arc::clone(&is_cut);
            stage.liar.says(move |message| {
                let bytes = message.bytes();
                if cut.load(Ordering::Relaxed) || bytes.len() <= left {
                    left = left.saturating_sub(bytes.len());
                    return Lie::Truth;
                }
                cut.store(true, Ordering::Relaxed);
                Lie::Last(bytes[..left].to_vec())
            });
            let store = stage.store(way);
            let loaded = at_once(store.load(&ann)).await;
            assert!(is_theirs(&loaded, "ann"), "{when}: {loaded:?}");
            if !is_cut.load(Ordering::Relaxed) {
                assert!(end > 100, "{when}: there was an answer");
                break;
            }
            let loaded = at_once(store.load(&ann)).await;
            assert!(matches!(loaded, Ok(Loaded::Live(_))), "{when}, afterwards: {loaded:?}");
        }
    }
}
