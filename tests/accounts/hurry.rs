//! Sign-ins within a limit, when nobody waits for them any more, or the database isolates more than it must.

use std::str::FromStr as _;
use std::time::Duration;

use actix_pg_session::{
    Client, Data, Lifetime, NewSession, OwnerLimit, OwnerStore as _, PostgresStore, SessionId, WhenFull,
};
use futures_util::future::{join_all, poll_immediate};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::support::{count, migrated, pool_on};

const HOUR: Duration = Duration::from_secs(3600);
const LIMIT: OwnerLimit = OwnerLimit { most: 5, when_full: WhenFull::Evict };
/// Sessions of hers.
pub(crate) const LIVE: &str = "select count(*) from sessions where owner = 'ann' and expires_at > now()";

/// Ann signs in within this limit, as a request of hers would.
pub(crate) async fn sign_in_within(limit: OwnerLimit, store: &PostgresStore) {
    let new = NewSession {
        data: Data::default(),
        owner: Some("ann".into()),
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(HOUR, HOUR),
        cookie: None,
    };
    let id = SessionId::generate().expect("randomness");
    store.create_within(limit, &id, new).await.expect("an answer");
}

async fn sign_in(store: &PostgresStore) {
    sign_in_within(LIMIT, store).await;
}

#[tokio::test]
async fn a_sign_in_that_nobody_waits_for_any_more_lets_nobody_in() {
    let url = migrated().await;
    let pool = PgPoolOptions::new().max_connections(1).connect(&url).await.expect("the database answers");
    let store = PostgresStore::new(pool.clone());
    let held = pool.acquire().await.expect("the only connection");
    let mut waiting: Vec<_> = (0..3).map(|_| Box::pin(sign_in(&store))).collect();
    for call in &mut waiting {
        assert!(poll_immediate(call).await.is_none(), "there is no connection");
    }
    drop(waiting);
    drop(held);
    sign_in(&store).await;
    assert_eq!(count(&pool_on(&url).await, LIVE).await, 1);
}

#[tokio::test]
async fn the_limit_holds_where_transactions_see_only_what_was_there_before_them() {
    let url = migrated().await;
    let options = PgConnectOptions::from_str(&url).expect("an address");
    let options = options.options([("default_transaction_isolation", "serializable")]);
    let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await.expect("it answers");
    // Four stores, as in four processes.
    let stores: Vec<_> = (0..4).map(|_| PostgresStore::new(pool.clone())).collect();
    join_all((0..40).map(|n| sign_in(&stores[n % 4]))).await;
    assert_eq!(count(&pool, LIVE).await, 5);
}
