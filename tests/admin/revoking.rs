//! Ending sessions from outside.

use std::time::Duration;

use actix_pg_session::admin::{Filter, Position, State};
use actix_pg_session::{
    Change, Client, Data, Lifetime, Loaded, NewSession, PostgresStore, Renewal, SessionId, SessionStore,
    Updated,
};
use sqlx::PgPool;

use crate::LAYOUTS;
use crate::planted::Planted;
use crate::support::gate::{at_once, until};
use crate::support::{blocked, count};

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn session(store: &impl SessionStore, owner: &str) -> SessionId {
    let id = SessionId::generate().expect("randomness");
    let new = NewSession {
        data: Data::from_json("{}").expect("an object"),
        owner: Some(owner.into()),
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(HOUR, HOUR),
        cookie: None,
    };
    store.create(&id, new).await.expect("a session");
    id
}

async fn is_live(store: &impl SessionStore, id: &SessionId) -> bool {
    matches!(store.load(id).await.expect("an answer"), Loaded::Live(_))
}

#[tokio::test]
async fn one_or_an_owners_or_those_that_match_or_all_are_ended() {
    for layout in LAYOUTS {
        let Planted { store, admin, pool, .. } = Planted::none(layout).await;
        let [ann, ben, cem] =
            [session(&store, "ann").await, session(&store, "ben").await, session(&store, "cem").await];
        session(&store, "ann").await;

        let handle =
            admin.list(&Filter::new().owner("cem"), Position::Newest, 1).await.expect("a page").sessions[0]
                .handle;
        assert!(admin.revoke(handle).await.expect("done"));
        assert!(!admin.revoke(handle).await.expect("done"), "it was ended already");
        assert!(!is_live(&store, &cem).await, "{layout:?}");

        assert_eq!(admin.revoke_owner("ann").await.expect("done").sessions, Some(2), "{layout:?}");
        assert!(!is_live(&store, &ann).await && is_live(&store, &ben).await, "{layout:?}");

        let idle = Filter::new().idle_for(HOUR);
        assert_eq!(admin.revoke_matching(&idle).await.expect("done").sessions, Some(0));
        assert_eq!(admin.revoke_matching(&Filter::new().owner("ben")).await.expect("done").sessions, Some(1));

        let last = session(&store, "dan").await;
        admin.revoke_everything().await.expect("done");
        assert!(!is_live(&store, &last).await, "{layout:?}");
        assert_eq!(count(&pool, "select count(*) from sessions").await, 0);
    }
}

#[tokio::test]
async fn thousands_are_ended_step_by_step_and_all_of_them() {
    for layout in LAYOUTS {
        let planted = Planted::none(layout).await;
        let rows = "insert into sessions (key, owner, idle_timeout, expires_at, purge_at)
            select sha256(n::text::bytea), case when n % 10 = 0 then 'ann' else 'bob' end, '1 h', now() + '1 h', now() + '1 h'
            from generate_series(1, 60000) n";
        sqlx::raw_sql(rows).execute(&planted.pool).await.expect("rows");
        let revoked = planted.admin.revoke_owner("bob").await.expect("done");
        assert_eq!(revoked.sessions, Some(54_000), "{layout:?}");
        assert_eq!(count(&planted.pool, "select count(*) from sessions").await, 6_000);
    }
}

/// Holds the first session's row in a transaction of its own.
async fn hold(pool: &PgPool) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut holding = pool.begin().await.expect("a transaction");
    sqlx::raw_sql("select from sessions for update").execute(&mut *holding).await.expect("locked");
    holding
}

#[tokio::test]
async fn a_session_that_is_renewed_while_it_is_revoked_is_ended_under_its_new_id() {
    for layout in LAYOUTS {
        let planted = Planted::none(layout).await;
        let old = session(&planted.store, "ann").await;
        let holding = hold(&planted.pool).await;
        let renewal = {
            let (store, old) = (planted.place.store(planted.place.pool().await), old.clone());
            async move {
                let new = SessionId::generate().expect("randomness");
                let change = Change::default();
                let renewal = Renewal { change, restart: None, proof: None, late_grace: Duration::ZERO };
                let renewed = store.renew(&old, &new, renewal).await.expect("an answer");
                (store, new, renewed)
            }
        };
        let renewal = tokio::spawn(renewal);
        blocked(&planted.pool, 1).await;
        let admin = planted.admin.clone();
        let revoked = tokio::spawn(async move { admin.revoke_owner("ann").await });
        blocked(&planted.pool, 2).await;
        holding.commit().await.expect("the renewal goes first");
        let (store, new, renewed) = at_once(renewal).await.expect("no panic");
        at_once(revoked).await.expect("no panic").expect("done");
        assert!(!is_live(&store, &old).await, "{layout:?}");
        assert!(!is_live(&store, &new).await, "{layout:?}: {renewed:?}");
        assert!(matches!(renewed, Updated::Saved(_) | Updated::Gone), "{renewed:?}");
    }
}

#[tokio::test]
async fn who_has_come_back_meanwhile_is_spared() {
    let planted = Planted::none(LAYOUTS[0]).await;
    planted.insert("('ann', null, null, 7200, '{}')").await;
    let mut holding = hold(&planted.pool).await;
    let admin = planted.admin.clone();
    let revoking = tokio::spawn(async move { admin.revoke_matching(&Filter::new().idle_for(HOUR)).await });
    blocked(&planted.pool, 1).await;
    sqlx::raw_sql("update sessions set seen_at = now()").execute(&mut *holding).await.expect("seen");
    holding.commit().await.expect("committed");
    assert_eq!(at_once(revoking).await.expect("no panic").expect("done").sessions, Some(0));
    assert_eq!(count(&planted.pool, "select count(*) from active_sessions").await, 1);
}

#[tokio::test]
async fn everything_is_ended_even_while_a_report_reads_the_table() {
    let planted = Planted::many(LAYOUTS[0], 20).await;
    let mut report = planted.pool.begin().await.expect("a transaction");
    sqlx::query("select count(*) from sessions").execute(&mut *report).await.expect("it has begun");
    let revoked = at_once(planted.admin.revoke_everything()).await.expect("done");
    assert_eq!(revoked.sessions, Some(20), "they were deleted, since the table could not be emptied");
    assert_eq!(count(&planted.pool, "select count(*) from sessions").await, 0);
    report.rollback().await.expect("it ends");
}

#[tokio::test]
async fn everything_is_ended_without_the_right_to_truncate() {
    let planted = Planted::many(LAYOUTS[0], 20).await;
    let name = planted.place.url.rsplit('/').next().and_then(|rest| rest.split('?').next()).expect("a name");
    let role = format!("deletes_{name}");
    let grants = format!(
        "create role {role} login password 'x'; grant select, insert, update, delete on sessions, sessions_ended to {role}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(grants)).execute(&planted.pool).await.expect("a role");
    let options: sqlx::postgres::PgConnectOptions = planted.place.url.parse().expect("an address");
    let pool = PgPool::connect_lazy_with(options.username(&role).password("x"));
    let revoked = PostgresStore::new(pool).admin().revoke_everything().await.expect("done");
    assert_eq!(revoked.sessions, Some(20));
}

#[cfg(feature = "cache")]
#[tokio::test]
async fn what_an_administrator_ends_is_gone_from_the_cache_when_the_call_returns() {
    let planted = Planted::none(LAYOUTS[0]).await;
    let store = planted.store.clone().cached(100);
    store.migrate().await.expect("the migrations apply");
    let ids = [session(&store, "ann").await, session(&store, "ben").await, session(&store, "cem").await];
    let admin = store.admin();
    store.caught_up().await;
    let known = async || {
        let mut live = Vec::new();
        for id in &ids {
            live.push(is_live(&store, id).await);
        }
        live
    };
    assert_eq!(known().await, [true; 3]);
    admin.revoke_owner("ann").await.expect("done");
    assert_eq!(known().await, [false, true, true]);
    admin.revoke_everything().await.expect("done");
    assert_eq!(known().await, [false; 3]);
    let health = admin.health().await.expect("an answer");
    assert_eq!(health.cache.map(|cache| cache.state), Some(actix_pg_session::CacheState::Live));
}

#[tokio::test]
async fn expired_rows_can_be_ended_too_and_then_are_no_session_of_anybody() {
    let planted = Planted::none(LAYOUTS[0]).await;
    planted.insert("('ann', null, null, 200000, '{}'), ('ann', null, null, 10, '{}')").await;
    let expired = Filter::new().state(State::Expired);
    assert_eq!(planted.admin.revoke_matching(&expired).await.expect("done").sessions, Some(1));
    until("one is left", async || count(&planted.pool, "select count(*) from sessions").await == 1).await;
}

#[tokio::test]
async fn a_row_that_a_renewal_on_a_cluster_has_reserved_is_no_session_and_is_ended_with_its_owners() {
    let planted = Planted::many(LAYOUTS[2], 1).await;
    let reserved = "insert into sessions (key, owner, idle_timeout, expires_at, purge_at)
        values ('reserved', 'ann', '1 h', '-infinity', now() + '1 h')";
    sqlx::raw_sql(reserved).execute(&planted.pool).await.expect("a row");
    let all = Filter::new().state(State::Any);
    assert_eq!(planted.admin.count(&all).await.expect("a number"), 1, "there is one session");
    planted.admin.revoke_owner("ann").await.expect("done");
    assert_eq!(
        count(&planted.pool, "select count(*) from sessions").await,
        0,
        "and no row is left to become one"
    );
}
