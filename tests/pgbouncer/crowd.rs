//! Many at once, so that no two messages find the same connection unless they must.

use actix_pg_session::{
    Change, Client, Data, Lifetime, Loaded, NewSession, PostgresStore, SessionId, SessionStore, Updated,
};
use std::time::Duration;

use crate::support::http::Browser;
use crate::support::site::Plan;
use crate::{migrated, pool, store, support};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn new(n: usize) -> NewSession {
    NewSession {
        data: Data::from_json(&format!("{{\"n\":{n}}}")).expect("an object"),
        owner: None,
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(HOUR, HOUR),
        cookie: None,
    }
}

/// Each works on a session of its own, and would notice an answer to somebody else's question.
async fn alone_in_a_crowd(store: impl SessionStore, n: usize) {
    let id = SessionId::generate().expect("randomness");
    store.create(&id, new(n)).await.expect("a session");
    for round in 0..20 {
        let Loaded::Live(record) = store.load(&id).await.expect("an answer") else {
            panic!("session {n} is gone in round {round}");
        };
        assert_eq!(record.data.get("n").map(ToString::to_string), Some(n.to_string()));
        store.touch(&id, None).await.expect("an answer");
        let set = Data::from_json(&format!("{{\"round\":{round}}}")).expect("an object");
        let change = Change { set, ..Change::default() };
        assert!(matches!(store.update(&id, change).await.expect("an answer"), Updated::Saved(_)));
    }
}

async fn crowd(store: impl SessionStore + Clone) {
    let all: Vec<_> = (0..16).map(|n| tokio::spawn(alone_in_a_crowd(store.clone(), n))).collect();
    for one in all {
        one.await.expect("no panic");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_statements_go_one_by_one_gets_the_answers_to_them() {
    crowd(store(|store| store.prepared_statements(false).batching(false)).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_statements_go_together_gets_the_answers_to_them() {
    crowd(store(|store| store.prepared_statements(false)).await).await;
}

/// On the table of an Express application.
#[cfg(feature = "express")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_node_it_gets_the_answers_to_its_statements() {
    let (direct, through) = migrated().await;
    let table = sqlx::raw_sql(support::CONNECT_PG_SIMPLE).execute(&support::pool_on(&direct).await).await;
    table.expect("the table");
    let store = actix_pg_session::ExpressStore::builder(pool(&through).await).prepared_statements(false);
    crowd(store.build().await.expect("the table is understood")).await;
}

#[tokio::test]
async fn a_visitor_signs_in_and_out_and_the_administrator_has_the_last_word() {
    let (direct, through) = migrated().await;
    let site = Plan::on(&through)
        .store(|pool| PostgresStore::builder(pool).prepared_statements(false).build().expect("good settings"))
        .start()
        .await;
    let mut browser = Browser::new(&site);
    for page in ["/?set=a:1&incr=n", "/?incr=n", "/?touch", "/?renew", "/?login=alice"] {
        assert_eq!(browser.get(page).await.status, 200, "{page}");
    }
    assert_eq!(browser.get("/?get=a&get=n&owner").await.body, "\"1\"\n2\nalice");
    let together: Vec<_> = (0..40).map(|_| browser.send("/?incr=n")).collect();
    for reply in together {
        assert_eq!(reply.await.expect("a reply").status, 200);
    }
    assert_eq!(browser.get("/?get=n").await.body, "42");

    let admin = support::pool_on(&direct).await;
    sqlx::query("delete from sessions where owner = 'alice'").execute(&admin).await.expect("a revocation");
    assert_eq!(browser.get("/?get=n&owner").await.body, "nothing\nnobody");
    let store = PostgresStore::builder(pool(&through).await).prepared_statements(false).build().expect("one");
    assert_eq!(store.prune(10).await.expect("it prunes").sessions, 0);
}
