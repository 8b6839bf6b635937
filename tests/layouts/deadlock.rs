//! A batch that meets somebody who locks rows in another order.

use std::time::Duration;

use actix_pg_session::{
    Change, Client, Data, Lifetime, Loaded, NewSession, SessionId, SessionStore as _, Updated,
};
use futures_util::future::join_all;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::support::gate::until;
use crate::support::place::Place;
use crate::support::{blocked, count};
use crate::{DISTRIBUTED, PARTITIONED};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Long enough for the other side to get in the way meanwhile.
const LOOKS_FOR_DEADLOCKS_AFTER: &str = "3s";

fn new(n: u8) -> NewSession {
    NewSession {
        data: Data::from_json(&format!("{{\"n\":{n}}}")).expect("an object"),
        owner: None,
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(HOUR, HOUR),
        cookie: None,
    }
}

fn set(data: &str) -> Change {
    Change { set: Data::from_json(data).expect("an object"), ..Change::default() }
}

#[tokio::test]
async fn a_batch_that_is_the_victim_of_a_deadlock_fails_none_of_its_calls() {
    let place = Place::on_this_server(DISTRIBUTED).await;
    let options: PgConnectOptions = place.url.parse().expect("an address");
    let options = options.options([("deadlock_timeout", LOOKS_FOR_DEADLOCKS_AFTER)]);
    // One connection, so that what is asked for together goes together.
    let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await.expect("a pool");
    let store = place.store(pool);
    let outside = place.pool().await;

    let ids: Vec<_> = (0..6).map(|_| SessionId::generate().expect("randomness")).collect();
    for (id, n) in ids.iter().zip(0..) {
        store.create(id, new(n)).await.expect("a session");
    }
    // Whichever way the batch comes to its rows, it comes in the order of their keys.
    sqlx::raw_sql("cluster sessions using sessions_pkey").execute(&outside).await.expect("rows in order");
    let mut other = outside.begin().await.expect("a transaction");
    // It never looks for a deadlock itself, so that the batch is the victim.
    sqlx::raw_sql("set local deadlock_timeout = '1h'").execute(&mut *other).await.expect("a setting");
    let held = "select from sessions order by key desc limit 1 for update";
    sqlx::query(held).execute(&mut *other).await.expect("the last row");

    let calls = async { join_all(ids.iter().map(|id| store.update(id, set(r#"{"new":1}"#)))).await };
    let in_the_way = async {
        blocked(&outside, 1).await;
        sqlx::query("update sessions set seen_at = seen_at where key < (select key from sessions order by key desc limit 1)")
            .execute(&mut *other)
            .await
            .expect("the other rows, when the batch has given them up");
        other.commit().await.expect("the locks are released");
    };
    let (answers, ()) = tokio::join!(calls, in_the_way);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(Updated::Saved(_)))), "{answers:?}");
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    until("the batch was a victim", async || count(&outside, deadlocks).await == 1).await;
    for id in &ids {
        let Ok(Loaded::Live(record)) = store.load(id).await else { panic!("a session is gone") };
        assert_eq!(record.data.get("new").map(ToString::to_string).as_deref(), Some("1"));
    }
}

#[tokio::test]
async fn names_of_any_characters_are_removed_in_a_batch_and_others_stay() {
    for layout in [PARTITIONED, DISTRIBUTED] {
        let place = Place::new(layout).await;
        let store = place.store(place.pool().await);
        let names = ["", "a,b", "{}", "\"q\"", "\\", "null", "NULL", "\u{1}", "\u{2}\u{1}", "ü 🍰"];
        let id = SessionId::generate().expect("randomness");
        store.create(&id, new(0)).await.expect("a session");
        let mut all = Data::default();
        for name in names {
            all.insert(name, serde_json::value::to_raw_value("v").expect("a value"));
        }
        store.update(&id, Change { set: all, ..Change::default() }).await.expect("saved");
        for (n, name) in names.iter().enumerate() {
            let change = Change { removed: vec![(*name).to_owned()], ..Change::default() };
            store.update(&id, change).await.expect("saved");
            let Ok(Loaded::Live(record)) = store.load(&id).await else { panic!("it is gone") };
            assert!(record.data.get(name).is_none(), "{layout:?} {name:?}");
            assert_eq!(record.data.len(), names.len() - n, "{layout:?} {name:?}");
        }
    }
}
