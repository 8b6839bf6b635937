//! What one does, all see.

use actix_pg_session::{
    Change, Deleted, Lifetime, PostgresStore, Renewal, SessionId, SessionStore as _, Updated,
};

use crate::fleet::{HOUR, announcing, in_psql, knows, process, record, save, session, two, values};
use crate::support;

#[tokio::test]
async fn a_save_in_one_process_is_seen_in_another() {
    let (here, there, _) = two().await;
    let id = session(&here).await;
    assert_eq!(values(&there, &id).await.as_deref(), Some(r#"{"n":1}"#));
    save(&here, &id, r#"{"n": 2}"#).await;
    there.caught_up().await;
    assert_eq!(values(&there, &id).await.as_deref(), Some(r#"{"n":2}"#));
}

#[tokio::test]
async fn a_session_that_ends_in_one_process_has_ended_in_another() {
    let (here, there, _) = two().await;
    let id = session(&here).await;
    assert!(record(&there, &id).await.is_some());
    assert_eq!(here.delete(&id, HOUR).await.expect("an answer"), Deleted::Ended);
    assert!(record(&here, &id).await.is_none(), "here at once");
    there.caught_up().await;
    assert!(record(&there, &id).await.is_none());
}

#[tokio::test]
async fn an_id_that_was_renewed_in_one_process_names_nothing_in_another() {
    let (here, there, _) = two().await;
    let (old, new) = (session(&here).await, SessionId::generate().expect("randomness"));
    assert!(record(&there, &old).await.is_some());
    let renewal = Renewal { change: Change::default(), restart: None, proof: None, late_grace: HOUR };
    let renewed = here.renew(&old, &new, renewal).await.expect("an answer");
    assert!(matches!(renewed, Updated::Saved(_)));
    assert!(record(&here, &old).await.is_none(), "here at once");
    there.caught_up().await;
    assert!(record(&there, &old).await.is_none());
    assert!(record(&there, &new).await.is_some());
}

#[tokio::test]
async fn a_process_without_a_cache_announces_too() {
    let url = announcing().await;
    let (cached, plain) = (process(&url).await, PostgresStore::new(support::pool_on(&url).await));
    let id = session(&plain).await;
    assert_eq!(values(&cached, &id).await.as_deref(), Some(r#"{"n":1}"#));
    save(&plain, &id, r#"{"n": 2}"#).await;
    cached.caught_up().await;
    assert_eq!(values(&cached, &id).await.as_deref(), Some(r#"{"n":2}"#));
    plain.delete(&id, HOUR).await.expect("an answer");
    cached.caught_up().await;
    assert!(record(&cached, &id).await.is_none());
}

#[tokio::test]
async fn a_delete_in_psql_signs_out_everywhere() {
    let (here, there, psql) = two().await;
    let id = session(&here).await;
    for process in [&here, &there] {
        assert!(record(process, &id).await.is_some());
    }
    in_psql(&psql, "delete from sessions where owner = 'ann'").await;
    for process in [&here, &there] {
        process.caught_up().await;
        assert!(record(process, &id).await.is_none());
    }
}

#[tokio::test]
async fn whatever_an_administrator_changes_in_psql_is_seen() {
    let (cached, _, psql) = two().await;
    let changes = [
        "update sessions set data = '{\"n\": 7}'",
        "update sessions set owner = 'bob'",
        "update sessions set deadline = deadline + interval '1 second'",
        "update sessions set idle_timeout = idle_timeout + interval '1 second'",
        "update sessions set expires_at = expires_at - interval '1 second'",
        "update sessions set authenticated_at = now()",
        "update sessions set id = gen_random_uuid()",
        "update sessions set persistent = not persistent",
        "update sessions set version = version - 1",
    ];
    let id = session(&cached).await;
    for change in changes {
        assert!(record(&cached, &id).await.is_some());
        assert!(knows(&cached, &id).await, "before {change}");
        in_psql(&psql, change).await;
        cached.caught_up().await;
        assert!(!knows(&cached, &id).await, "after {change}");
    }
    let seen = record(&cached, &id).await.expect("it is live");
    assert_eq!((seen.data.to_json(), seen.owner.as_deref()), (r#"{"n":7}"#.to_owned(), Some("bob")));
    in_psql(&psql, "update sessions set expires_at = now()").await;
    cached.caught_up().await;
    assert!(record(&cached, &id).await.is_none());
}

#[tokio::test]
async fn when_psql_empties_the_table_everybody_is_signed_out() {
    let (here, there, psql) = two().await;
    let id = session(&here).await;
    assert!(record(&there, &id).await.is_some());
    in_psql(&psql, "truncate sessions").await;
    there.caught_up().await;
    assert!(record(&there, &id).await.is_none());
}

/// More keys than a message holds, and more than are worth naming.
#[tokio::test]
async fn many_sessions_that_end_at_once_are_announced_all() {
    let (here, there, psql) = two().await;
    let mut ids = Vec::new();
    for _ in 0..500 {
        ids.push(session(&here).await);
    }
    for ids in [&ids[..300], &ids[300..]] {
        for id in ids {
            assert!(record(&there, id).await.is_some());
        }
    }
    in_psql(&psql, "delete from sessions where key in (select key from sessions order by key limit 400)")
        .await;
    there.caught_up().await;
    let mut live = 0;
    for id in &ids {
        live += u32::from(record(&there, id).await.is_some());
    }
    assert_eq!(live, 100);
    in_psql(
        &psql,
        "insert into sessions (key, idle_timeout, expires_at, purge_at)
        select sha256(n::text::bytea), '1 hour', now() + interval '1 hour', now() from generate_series(1, 6000) n;
        delete from sessions",
    )
    .await;
    there.caught_up().await;
    assert_eq!(there.stats().sessions, 0);
}

#[tokio::test]
async fn a_touch_and_pruning_are_not_worth_a_word() {
    let (here, there, psql) = two().await;
    let id = session(&here).await;
    assert!(record(&there, &id).await.is_some());
    here.touch(&id, None).await.expect("an answer");
    in_psql(
        &psql,
        "insert into sessions (key, idle_timeout, expires_at, purge_at)
        values (sha256('over'), '1 hour', now() - interval '1 hour', now() - interval '1 hour');
        update sessions set purge_at = now() - interval '1 second'",
    )
    .await;
    let pruned = here.store().prune(100).await.expect("it prunes");
    assert_eq!(pruned.sessions, 1);
    there.caught_up().await;
    assert!(knows(&there, &id).await);
}

#[tokio::test]
async fn a_touch_that_shortens_a_life_is_announced() {
    let (here, there, _) = two().await;
    let id = session(&here).await;
    assert!(record(&there, &id).await.is_some());
    here.touch(&id, Some(Lifetime::new(HOUR / 2, HOUR))).await.expect("an answer");
    there.caught_up().await;
    let left = record(&there, &id).await.expect("it is live").remaining;
    assert!(left <= HOUR / 2, "{left:?}");
    let left = record(&here, &id).await.expect("it is live").remaining;
    assert!(left <= HOUR / 2, "here too: {left:?}");
}

#[tokio::test]
async fn changes_that_went_as_one_statement_are_all_seen() {
    let (here, _, _) = two().await;
    let id = session(&here).await;
    assert!(knows(&here, &id).await || knows(&here, &id).await);
    let names: Vec<String> = (0..50).map(|n| format!("{{\"k{n}\": {n}}}")).collect();
    futures_util::future::join_all(names.iter().map(|data| save(&here, &id, data))).await;
    let seen = record(&here, &id).await.expect("it is live").data;
    let missing: Vec<_> = (0..50).filter(|n| seen.get(&format!("k{n}")).is_none()).collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}

/// Writers everywhere, for as long as it takes to write so often; a read after all is right.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_a_crowd_of_writers_and_readers_nothing_stale_stays() {
    let url = announcing().await;
    let processes = [process(&url).await, process(&url).await, process(&url).await];
    let ids: Vec<SessionId> = {
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(session(&processes[0]).await);
        }
        ids
    };
    let mut crowd = tokio::task::JoinSet::new();
    for (p, process) in processes.iter().enumerate() {
        for worker in 0..8_usize {
            let (process, ids) = (process.clone(), ids.clone());
            crowd.spawn(async move {
                for round in 0..100_usize {
                    let id = &ids[(worker + round) % ids.len()];
                    if (worker + round) % 4 == 0 {
                        save(&process, id, &format!("{{\"p{p}w{worker}\": {round}}}")).await;
                    } else {
                        assert!(record(&process, id).await.is_some());
                    }
                }
            });
        }
    }
    crowd.join_all().await;
    for process in &processes {
        process.caught_up().await;
        for id in &ids {
            let (cached, fresh) = (values(process, id).await, values(process.store(), id).await);
            // Within this process's cache the order may be another.
            let parse = |text: Option<String>| -> serde_json::Value {
                serde_json::from_str(&text.expect("it is live")).expect("JSON")
            };
            assert_eq!(parse(cached), parse(fresh));
        }
    }
}
