//! Two applications on one table at once.

use futures_util::future::join_all;

use crate::counter::{SID, application, ask, node_sets, store, table, text, visitor};

#[actix_web::test]
async fn requests_that_change_different_values_at_once_lose_nothing() {
    let pool = table("").await;
    node_sets(&pool, SID, r#""node":"was here""#, "UTC").await;
    let browser = visitor(&application(store(&pool).await).await, SID);
    let requests = (0..30).map(|n| browser.get(&format!("/?set=n{n}:{n}&incr=count")));
    for reply in join_all(requests.collect::<Vec<_>>()).await {
        reply.assert_status(200);
    }
    let row = text(&pool, SID).await;
    assert!(row.contains(r#""node":"was here""#) && row.contains(r#""count":30"#), "{row}");
    assert!((0..30).all(|n| row.contains(&format!(r#""n{n}":"{n}""#))), "{row}");
}

#[actix_web::test]
async fn a_save_that_node_overtakes_is_merged_into_what_node_has_written() {
    let pool = table("").await;
    node_sets(&pool, SID, r#""count":1"#, "UTC").await;
    let browser = visitor(&application(store(&pool).await).await, SID);
    let mut blocker = pool.begin().await.expect("a transaction");
    sqlx::query(
        "update session set sess = replace(sess::text, '\"count\":1', '\"count\":5,\"late\":true')::json",
    )
    .execute(&mut *blocker)
    .await
    .expect("Node's save");
    let ours = actix_web::rt::spawn(browser.get("/?incr=count"));
    crate::support::blocked(&pool, 1).await;
    blocker.commit().await.expect("Node's commit");
    ours.await.expect("a reply").assert_status(200);
    let row = text(&pool, SID).await;
    assert!(row.contains(r#""count":6"#) && row.contains(r#""late":true"#), "{row}");
}

#[actix_web::test]
async fn a_save_that_a_sign_out_overtakes_brings_nothing_back() {
    let pool = table("").await;
    node_sets(&pool, SID, "", "UTC").await;
    let browser = visitor(&application(store(&pool).await).await, SID);
    for script in ["set=a:1", "touch", "incr=n", "renew"] {
        node_sets(&pool, SID, "", "UTC").await;
        browser.set_cookie("connect.sid", &crate::counter::cookie(SID));
        let mut blocker = pool.begin().await.expect("a transaction");
        sqlx::query("delete from session").execute(&mut *blocker).await.expect("Node's sign-out");
        let ours = actix_web::rt::spawn(browser.get(&format!("/?{script}")));
        crate::support::blocked(&pool, 1).await;
        blocker.commit().await.expect("Node's commit");
        let reply = ours.await.expect("a reply");
        assert!(reply.set_cookies().is_empty(), "{script}: {:?}", reply.set_cookies());
        let rows: i64 = ask(&pool, "select count(*) from session").await;
        assert_eq!(rows, 0, "{script}");
    }
}

#[actix_web::test]
async fn pruning_takes_what_is_over_and_leaves_what_is_not() {
    let pool = table("").await;
    let store = store(&pool).await;
    for n in 0..25 {
        node_sets(&pool, &format!("session number {n:02} of a visitor of Node"), "", "UTC").await;
    }
    sqlx::query("update session set expire = expire - interval '2 hours' where sid < 'session number 20'")
        .execute(&pool)
        .await
        .expect("twenty are over");
    let first = store.prune(15).await.expect("a step");
    assert_eq!((first.sessions, first.more), (15, true));
    let second = store.prune(15).await.expect("a step");
    assert_eq!((second.sessions, second.more), (5, false));
    let rows: i64 = ask(&pool, "select count(*) from session").await;
    assert_eq!(rows, 5);

    let mut pruner = store.start_pruning_with(actix_pg_session::Pruning {
        every: std::time::Duration::from_millis(1),
        batch: 10,
        ..Default::default()
    });
    sqlx::query("update session set expire = expire - interval '2 hours'")
        .execute(&pool)
        .await
        .expect("all are over");
    while ask::<i64>(&pool, "select count(*) from session").await > 0 {
        pruner.next_round().await;
    }
    pruner.stop().await;
}
