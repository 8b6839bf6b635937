//! Ways around the triggers.

use actix_pg_session::{CachedStore, Caching, Layout, PostgresStore};

use crate::fleet::{in_psql, knows, record, save, session, two, values};
use crate::support::{self, gate};

/// A cache on a table of four partitions.
async fn partitioned() -> (CachedStore, sqlx::PgPool) {
    let url = support::database().await;
    let store = PostgresStore::builder(support::pool_on(&url).await)
        .layout(Layout::Partitioned { partitions: 4 })
        .build()
        .expect("a store")
        .cached(Caching::new(1000).max_silence(gate::PATIENCE));
    store.migrate().await.expect("the migrations apply");
    store.caught_up().await;
    (store, support::pool_on(&url).await)
}

#[tokio::test]
async fn a_partition_that_psql_changes_by_its_own_name_is_heard_of() {
    let (store, psql) = partitioned().await;
    let changes = [
        "update sessions_p0 set owner = 'bob'; update sessions_p1 set owner = 'bob';
         update sessions_p2 set owner = 'bob'; update sessions_p3 set owner = 'bob'",
        "delete from sessions_p0; delete from sessions_p1; delete from sessions_p2; delete from sessions_p3",
        "truncate sessions_p0, sessions_p1, sessions_p2, sessions_p3",
    ];
    for change in changes {
        let id = session(&store).await;
        record(&store, &id).await;
        assert!(knows(&store, &id).await, "before {change}");
        in_psql(&psql, change).await;
        store.caught_up().await;
        assert!(!knows(&store, &id).await, "after {change}");
    }
}

#[tokio::test]
async fn in_a_partitioned_table_all_that_happens_to_a_row_is_heard_of() {
    let (store, psql) = partitioned().await;
    let plain = store.store().clone();
    let id = session(&store).await;
    assert!(record(&store, &id).await.is_some());
    save(&plain, &id, r#"{"n": 2}"#).await;
    store.caught_up().await;
    assert_eq!(values(&store, &id).await.as_deref(), Some(r#"{"n":2}"#));
    // Another key, and so another partition, for some of them at least.
    let mut ids = vec![id];
    for _ in 0..10 {
        ids.push(session(&store).await);
    }
    for id in &ids {
        assert!(record(&store, id).await.is_some());
    }
    in_psql(&psql, "update sessions set key = sha256(key)").await;
    store.caught_up().await;
    for id in &ids {
        assert!(record(&store, id).await.is_none());
    }
}

#[tokio::test]
async fn a_session_of_psql_that_fires_no_ordinary_triggers_is_heard_all_the_same() {
    let (store, _, psql) = two().await;
    let id = session(&store).await;
    assert!(record(&store, &id).await.is_some());
    in_psql(&psql, "begin; set local session_replication_role = replica; delete from sessions; commit").await;
    store.caught_up().await;
    assert!(record(&store, &id).await.is_none());
}

#[tokio::test]
async fn statements_of_every_kind_are_heard_of() {
    let (store, _, psql) = two().await;
    let statements = [
        "insert into sessions select * from sessions on conflict (key) do update set owner = 'bob'",
        "merge into sessions s using (select key from sessions) o on s.key = o.key
            when matched then update set owner = 'carol'",
        "update active_sessions set owner = 'dora'",
        "begin; savepoint a; update sessions set owner = 'eve'; release a; commit",
        "merge into sessions s using (select key from sessions) o on s.key = o.key when matched then delete",
    ];
    let id = session(&store).await;
    for statement in statements {
        record(&store, &id).await;
        assert!(knows(&store, &id).await, "before {statement}");
        in_psql(&psql, statement).await;
        store.caught_up().await;
        assert!(!knows(&store, &id).await, "after {statement}");
    }
}

#[tokio::test]
async fn two_sessions_that_swap_their_keys_are_not_taken_for_each_other() {
    let (store, _, psql) = two().await;
    let (one, other) = (session(&store).await, session(&store).await);
    save(&store, &one, r#"{"n": 2}"#).await;
    for id in [&one, &other] {
        assert!(record(&store, id).await.is_some());
    }
    in_psql(
        &psql,
        "alter table sessions drop constraint sessions_pkey, add primary key (key) deferrable;
         update sessions s set key = o.key from sessions o where o.key <> s.key",
    )
    .await;
    store.caught_up().await;
    assert_eq!(values(&store, &one).await.as_deref(), Some(r#"{"n":1}"#));
    assert_eq!(values(&store, &other).await.as_deref(), Some(r#"{"n":2}"#));
}

/// As after `alter default privileges revoke execute on functions from public`.
#[tokio::test]
async fn an_application_that_may_execute_no_functions_still_saves_and_announces() {
    let (store, _, psql) = two().await;
    let id = session(&store).await;
    assert!(record(&store, &id).await.is_some());
    in_psql(
        &psql,
        "do $$ begin create role cache_without_rights; exception when others then null; end $$;
         grant select, insert, update, delete on sessions, sessions_ended to cache_without_rights;
         revoke execute on all functions in schema public from public;
         revoke usage on schema public from public",
    )
    .await;
    in_psql(&psql, "grant usage on schema public to cache_without_rights").await;
    in_psql(&psql, "begin; set local role cache_without_rights; delete from sessions; commit").await;
    store.caught_up().await;
    assert!(record(&store, &id).await.is_none());
    in_psql(&psql, "drop owned by cache_without_rights; drop role cache_without_rights").await;
}
