//! Calls to the store that wait anyway go together, and nobody pays for a neighbour.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_pg_session::{
    Change, Client, Data, Deleted, Lifetime, Loaded, NewSession, PostgresStore, SessionId, SessionStore as _,
    StoreError, Touched, Updated,
};
use futures_util::future::{join_all, poll_immediate};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use support::{count, gate, store};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A store whose pool has one connection, and another pool to look from.
async fn narrow_store() -> (PostgresStore, PgPool) {
    let url = support::migrated().await;
    let one = PgPoolOptions::new().max_connections(1).connect(&url).await.expect("the database answers");
    let outside = support::pool_on(&url).await;
    // Counts statements, not rows.
    sqlx::raw_sql(
        "create table statements (kind text);
        create function note() returns trigger language plpgsql as
            $$ begin insert into statements values (tg_op); return null; end $$;
        create trigger note after insert or update or delete on sessions
            for each statement execute function note();",
    )
    .execute(&outside)
    .await
    .expect("a trigger");
    (PostgresStore::new(one), outside)
}

fn new(data: &str) -> NewSession {
    NewSession {
        data: Data::from_json(data).expect("an object"),
        owner: None,
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(HOUR, 10 * HOUR),
        cookie: None,
    }
}

fn set(data: &str) -> Change {
    Change { set: Data::from_json(data).expect("an object"), ..Change::default() }
}

async fn sessions(store: &PostgresStore, how_many: usize) -> Vec<SessionId> {
    let ids: Vec<_> = (0..how_many).map(|_| SessionId::generate().expect("randomness")).collect();
    for (n, id) in ids.iter().enumerate() {
        store.create(id, new(&format!("{{\"n\": {n}}}"))).await.expect("a session");
    }
    ids
}

/// Makes the calls while the only connection is taken, so that all of them wait, and then lets them go.
async fn together<T>(store: &PostgresStore, calls: Vec<impl Future<Output = T>>) -> Vec<T> {
    let taken = store.pool().acquire().await.expect("the connection");
    let (answers, ()) = tokio::join!(join_all(calls), async {
        // Every call is in its lane once the futures have been polled, which this is behind.
        tokio::task::yield_now().await;
        drop(taken);
    });
    answers
}

async fn values(store: &PostgresStore, id: &SessionId) -> String {
    match store.load(id).await.expect("an answer") {
        Loaded::Live(record) => record.data.to_json(),
        other => panic!("no session: {other:?}"),
    }
}

async fn statements(outside: &PgPool, kind: &str) -> i64 {
    sqlx::query_scalar("select count(*) from statements where kind = $1")
        .bind(kind)
        .fetch_one(outside)
        .await
        .expect("a count")
}

#[tokio::test]
async fn a_hundred_creations_that_wait_are_a_few_statements() {
    let (store, outside) = narrow_store().await;
    let ids: Vec<_> = (0..100).map(|_| SessionId::generate().expect("randomness")).collect();
    let calls = ids.iter().enumerate().map(|(n, id)| store.create(id, new(&format!("{{\"n\":{n}}}"))));
    let created = together(&store, calls.collect()).await;
    assert!(created.iter().all(Result::is_ok));
    assert_eq!(count(&outside, "select count(distinct id) from sessions").await, 100);
    let handles: std::collections::HashSet<_> =
        created.into_iter().map(|one| one.expect("made").handle).collect();
    assert_eq!(handles.len(), 100);
    assert_eq!(values(&store, &ids[42]).await, r#"{"n":42}"#);
    let sent = statements(&outside, "INSERT").await;
    assert!((1..=4).contains(&sent), "{sent} statements");
}

#[tokio::test]
async fn a_hundred_updates_touches_and_deletions_that_wait_are_a_few_statements_each() {
    let (store, outside) = narrow_store().await;
    let ids = sessions(&store, 100).await;
    let updates = ids.iter().map(|id| store.update(id, set(r#"{"new": true}"#)));
    let updated = together(&store, updates.collect()).await;
    assert!(updated.iter().all(|answer| matches!(answer, Ok(Updated::Saved(saved)) if saved.version == 2)));
    let sent = statements(&outside, "UPDATE").await;
    assert!((1..=4).contains(&sent), "{sent} updates");

    let touched = together(&store, ids.iter().map(|id| store.touch(id, None)).collect()).await;
    assert!(touched.iter().all(|answer| matches!(answer, Ok(Touched::Moved { .. }))));
    let sent = statements(&outside, "UPDATE").await - sent;
    assert!((1..=4).contains(&sent), "{sent} touches");

    let deleted = together(&store, ids.iter().map(|id| store.delete(id, HOUR)).collect()).await;
    assert!(deleted.iter().all(|answer| matches!(answer, Ok(Deleted::Ended))));
    let sent = statements(&outside, "DELETE").await;
    assert!((1..=4).contains(&sent), "{sent} deletions");
    assert!(matches!(store.load(&ids[7]).await, Ok(Loaded::Ended)));
}

#[tokio::test]
async fn loads_that_wait_get_each_its_own_session_and_those_of_one_session_all_the_same() {
    let (store, _) = narrow_store().await;
    let ids = sessions(&store, 30).await;
    let unknown = SessionId::generate().expect("randomness");
    let asked: Vec<_> = ids.iter().chain(&ids).chain([&unknown]).collect();
    let loaded = together(&store, asked.iter().map(|id| store.load(id)).collect()).await;
    for (place, answer) in loaded.into_iter().enumerate() {
        match answer.expect("an answer") {
            Loaded::Live(record) => assert_eq!(record.data.to_json(), format!("{{\"n\":{}}}", place % 30)),
            Loaded::Absent => assert_eq!(place, 60),
            Loaded::Ended => panic!("nothing has ended"),
        }
    }
}

#[tokio::test]
async fn a_value_that_the_database_refuses_fails_alone() {
    let (store, _) = narrow_store().await;
    let ids = sessions(&store, 20).await;
    let change = |n: usize| match n {
        // No verb lets this through; a program that calls the store itself may.
        3 | 17 => set(r#"{"bad": "\u0000"}"#),
        _ => set(r#"{"good": 1}"#),
    };
    let calls = ids.iter().enumerate().map(|(n, id)| store.update(id, change(n)));
    for (n, answer) in together(&store, calls.collect()).await.into_iter().enumerate() {
        let is_bad = n == 3 || n == 17;
        assert_eq!(answer.is_err(), is_bad, "update {n}: {answer:?}");
        let expected = if is_bad { format!("{{\"n\":{n}}}") } else { format!("{{\"n\":{n},\"good\":1}}") };
        let stored = Data::from_json(&values(&store, &ids[n]).await).expect("an object");
        assert_eq!(stored.len(), Data::from_json(&expected).expect("an object").len(), "update {n}");
    }
    let bad: Vec<_> = (0..20).map(|_| SessionId::generate().expect("randomness")).collect();
    let data = |n: usize| if n == 9 { r#"{"half": "\ud800"}"# } else { "{}" };
    let calls = bad.iter().enumerate().map(|(n, id)| store.create(id, new(data(n))));
    let created = together(&store, calls.collect()).await;
    let failed: Vec<_> = (0..20).filter(|n| created[*n].is_err()).collect();
    assert_eq!(failed, [9]);
}

/// Those that go into one row are one value to the database, unless it refuses that.
#[tokio::test]
async fn of_changes_of_one_session_only_the_one_that_the_database_refuses_fails() {
    let (store, outside) = narrow_store().await;
    let rule = "alter table sessions add check (not data ? 'bad')";
    sqlx::raw_sql(rule).execute(&outside).await.expect("a rule");
    let ids = sessions(&store, 2).await;
    let changes = [r#"{"a": 1}"#, r#"{"bad": 1}"#, r#"{"b": 2}"#];
    let calls = ids.iter().flat_map(|id| changes.map(|change| store.update(id, set(change)))).collect();
    let answers: Vec<_> = together(&store, calls).await.iter().map(Result::is_ok).collect();
    assert_eq!(answers, [true, false, true, true, false, true]);
    for (n, id) in ids.iter().enumerate() {
        assert_eq!(values(&store, id).await, format!(r#"{{"a":1,"b":2,"n":{n}}}"#));
    }
}

#[tokio::test]
async fn a_row_that_somebody_holds_holds_up_nobody_else() {
    let url = support::migrated().await;
    let store = PostgresStore::new(support::pool_on(&url).await);
    let outside = support::pool_on(&url).await;
    let ids = sessions(&store, 10).await;
    let mut holder = outside.begin().await.expect("a transaction");
    let held = "select 1 from sessions where data = '{\"n\": 4}' for update";
    sqlx::query(held).execute(&mut *holder).await.expect("a lock");

    let waiting = {
        let (store, id) = (store.clone(), ids[4].clone());
        tokio::spawn(async move { store.update(&id, set(r#"{"late": 1}"#)).await })
    };
    gate::at_once(async {
        let others = ids.iter().enumerate().filter(|(n, _)| *n != 4);
        let calls = others.map(|(_, id)| store.update(id, set(r#"{"soon": 1}"#)));
        let answers: Result<Vec<_>, StoreError> = join_all(calls).await.into_iter().collect();
        assert!(answers.expect("answers").iter().all(|answer| matches!(answer, Updated::Saved(_))));
    })
    .await;
    support::blocked(&outside, 1).await;
    assert!(!waiting.is_finished());
    holder.commit().await.expect("a commit");
    let late = gate::at_once(waiting).await.expect("no panic").expect("an answer");
    assert!(matches!(late, Updated::Saved(_)));
}

#[tokio::test]
async fn changes_of_one_session_that_go_together_are_made_in_their_order() {
    let (store, _) = narrow_store().await;
    let id = &sessions(&store, 1).await[0];
    let changes = [
        set(r#"{"a": 1, "b": 1}"#),
        Change { removed: vec!["a".into(), "n".into()], ..set(r#"{"c": 2}"#) },
        set(r#"{"a": 3}"#),
    ];
    let answers =
        together(&store, changes.into_iter().map(|change| store.update(id, change)).collect()).await;
    assert!(answers.iter().all(|answer| matches!(answer, Ok(Updated::Saved(_)))));
    assert_eq!(values(&store, id).await, r#"{"a": 3, "b": 1, "c": 2}"#.replace(' ', ""));

    let clearing = [set(r#"{"d": 4}"#), Change { cleared: true, ..set(r#"{"e": 5}"#) }, set(r#"{"f": 6}"#)];
    together(&store, clearing.into_iter().map(|change| store.update(id, change)).collect()).await;
    assert_eq!(values(&store, id).await, r#"{"e":5,"f":6}"#);
}

#[tokio::test]
async fn of_several_who_expect_one_version_one_is_saved_and_the_others_are_told() {
    let (store, _) = narrow_store().await;
    let id = &sessions(&store, 1).await[0];
    let expecting = |n: u32| Change { expected_version: Some(1), ..set(&format!("{{\"n\": {n}}}")) };
    let answers = together(&store, (10..20).map(|n| store.update(id, expecting(n))).collect()).await;
    let saved = answers.iter().filter(|answer| matches!(answer, Ok(Updated::Saved(_)))).count();
    let told = answers.iter().filter(|answer| matches!(answer, Ok(Updated::Conflict))).count();
    assert_eq!((saved, told), (1, 9));
}

#[tokio::test]
async fn of_several_creations_and_deletions_of_one_id_one_succeeds() {
    let (store, outside) = narrow_store().await;
    let id = SessionId::generate().expect("randomness");
    let created = together(&store, (0..5).map(|_| store.create(&id, new("{}"))).collect()).await;
    assert_eq!(created.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(created.iter().filter_map(|answer| answer.as_ref().err()).all(StoreError::is_collision));
    let deleted = together(&store, (0..5).map(|_| store.delete(&id, HOUR)).collect()).await;
    let ended = deleted.iter().filter(|answer| matches!(answer, Ok(Deleted::Ended))).count();
    assert_eq!(ended, 1);
    assert_eq!(count(&outside, "select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn who_goes_away_takes_nobody_along() {
    let (store, _) = narrow_store().await;
    let ids = sessions(&store, 10).await;
    let taken = store.pool().acquire().await.expect("the connection");
    let mut calls: Vec<_> = ids.iter().map(|id| Box::pin(store.update(id, set(r#"{"new": 1}"#)))).collect();
    for call in &mut calls {
        assert!(poll_immediate(call.as_mut()).await.is_none());
    }
    // All wait; every second one is given up.
    let mut n = 0;
    calls.retain(|_| {
        n += 1;
        n % 2 == 0
    });
    drop(taken);
    for answer in gate::at_once(join_all(calls)).await {
        assert!(matches!(answer, Ok(Updated::Saved(_))));
    }
}

#[tokio::test]
async fn with_one_connection_the_application_has_its_turn() {
    let (store, _) = narrow_store().await;
    let ids = sessions(&store, 4).await;
    let is_done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let load = |id: SessionId| {
        let (store, is_done) = (store.clone(), is_done.clone());
        async move {
            while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
                assert!(matches!(store.load(&id).await, Ok(Loaded::Live(_))));
            }
        }
    };
    let loads: Vec<_> = ids.iter().cloned().map(|id| tokio::spawn(load(id))).collect();
    // The store is never without something to do, and lets go of the connection all the same.
    for _ in 0..20 {
        let one: i32 =
            gate::at_once(sqlx::query_scalar("select 1").fetch_one(store.pool())).await.expect("a turn");
        assert_eq!(one, 1);
    }
    is_done.store(true, std::sync::atomic::Ordering::Relaxed);
    for load in loads {
        gate::at_once(load).await.expect("no panic");
    }
}

#[tokio::test]
async fn everybody_who_waits_is_told_that_the_database_is_gone() {
    let (store, _) = narrow_store().await;
    let ids = sessions(&store, 10).await;
    let calls: Vec<_> = ids.iter().map(|id| Box::pin(store.load(id))).collect();
    let taken = store.pool().acquire().await.expect("the connection");
    let (answers, ()) = tokio::join!(join_all(calls), async {
        tokio::task::yield_now().await;
        drop(taken);
        store.pool().close().await;
    });
    for answer in answers {
        let error = answer.expect_err("no database");
        assert!(!error.is_collision() && !error.is_corrupt(), "{error}");
    }
}

/// A pool that counts how often a connection is taken out of it again.
async fn counted_store() -> (PostgresStore, Arc<AtomicUsize>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let pool = PgPoolOptions::new().max_connections(4).before_acquire(move |_, _| {
        counter.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(true) })
    });
    let pool = pool.connect(&support::migrated().await).await.expect("the database answers");
    (PostgresStore::new(pool), taken)
}

#[tokio::test]
async fn a_call_that_follows_another_needs_no_turn_of_the_pool() {
    let (store, taken) = counted_store().await;
    let id = sessions(&store, 1).await.remove(0);
    let before = taken.load(Ordering::Relaxed);
    for n in 0..100 {
        assert!(matches!(store.load(&id).await, Ok(Loaded::Live(_))));
        store.update(&id, set(&format!("{{\"n\":{n}}}"))).await.expect("an answer");
    }
    // One for each pair between which this machine was busy with something else for some milliseconds; without
    // the parking it is one for each call.
    let turns = taken.load(Ordering::Relaxed) - before;
    assert!(turns < 180, "{turns} turns for 200 calls");
}

#[tokio::test]
async fn a_connection_that_nobody_needs_any_more_is_back_in_the_pool_soon() {
    let (store, _) = counted_store().await;
    let id = sessions(&store, 1).await.remove(0);
    join_all((0..50).map(|_| store.load(&id))).await;
    store.touch(&id, None).await.expect("an answer");
    let pool = store.pool();
    gate::until("all are back", async || pool.num_idle() == pool.size() as usize).await;
}

#[test]
fn a_store_may_be_dropped_where_its_runtime_has_ended() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (store, id) = runtime.block_on(async {
        let store = support::store().await;
        let id = sessions(&store, 1).await.remove(0);
        store.load(&id).await.expect("an answer");
        (store, id)
    });
    // Its connections may be parked still.
    drop(runtime);
    drop((store, id));
}

#[tokio::test]
async fn a_pool_that_is_closed_is_not_held_open_by_calls_that_keep_coming() {
    let store = store().await;
    let ids = sessions(&store, 1).await;
    let answered = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let (store, id, answered) = (store.clone(), ids[0].clone(), Arc::clone(&answered));
            tokio::spawn(async move {
                while store.load(&id).await.is_ok() {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    gate::until("they are at it", async || answered.load(Ordering::Relaxed) > 100).await;
    let before = answered.load(Ordering::Relaxed);
    store.pool().close().await;
    join_all(callers).await;
    let since = answered.load(Ordering::Relaxed) - before;
    // Those that were under way, and not all of the ten seconds that a connection may be held.
    assert!(since < 100, "{since} calls were answered while the pool was to close");
}
