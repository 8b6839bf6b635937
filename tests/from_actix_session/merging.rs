//! Requests at once: each saves what it has changed, not the map as it saw it.

use actix_session::storage::SessionStore as _;
use actix_web::cookie::time::Duration;
use futures_util::future::join_all;

use crate::places::{Place, everywhere};
use crate::site::visitor;

everywhere! {
    two_requests_at_once_keep_what_the_other_has_stored
    what_one_request_removes_stays_removed_when_another_saves
    a_value_that_was_only_looked_at_is_not_put_back
    fifty_requests_at_once_all_leave_their_value
    a_request_that_clears_leaves_nothing_that_another_has_stored
    what_carries_the_difference_is_never_stored
    a_map_that_was_written_by_hand_replaces_the_session
}

async fn two_requests_at_once_keep_what_the_other_has_stored(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("set cart 1").await;
    let slow = tokio::task::spawn_local(ann.asks("set address 2; wait"));
    ann.gate.wait_for(1).await;
    ann.does("set cart 3; set name 4").await;
    ann.gate.open(1);
    slow.await.expect("no panic").assert_status(200);
    assert_eq!(ann.does("get cart; get address; get name").await, "3\n2\n4");
}

async fn what_one_request_removes_stays_removed_when_another_saves(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("set a 1; set b 2; set c 3").await;
    let slow = tokio::task::spawn_local(ann.asks("remove a; wait"));
    ann.gate.wait_for(1).await;
    ann.does("remove b").await;
    ann.gate.open(1);
    slow.await.expect("no panic").assert_status(200);
    assert_eq!(ann.does("get a; get b; get c").await, "-\n-\n3");
}

async fn a_value_that_was_only_looked_at_is_not_put_back(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does(r#"set role "admin"; set x 0"#).await;
    let slow = tokio::task::spawn_local(ann.asks("get role; set x 1; wait"));
    ann.gate.wait_for(1).await;
    ann.does(r#"set role "guest""#).await;
    ann.gate.open(1);
    slow.await.expect("no panic").assert_status(200);
    assert_eq!(ann.does("get role; get x").await, "\"guest\"\n1");
}

async fn fifty_requests_at_once_all_leave_their_value(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("set x 1").await;
    let all = (0..50).map(|n| tokio::task::spawn_local(ann.asks(&format!("set n{n} {n}; wait"))));
    let all: Vec<_> = all.collect();
    ann.gate.wait_for(50).await;
    ann.gate.open(50);
    for reply in join_all(all).await {
        reply.expect("no panic").assert_status(200);
    }
    for n in 0..50 {
        assert_eq!(ann.does(&format!("get n{n}")).await, n.to_string());
    }
}

async fn a_request_that_clears_leaves_nothing_that_another_has_stored(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("set a 1").await;
    let slow = tokio::task::spawn_local(ann.asks("clear; set c 3; wait"));
    ann.gate.wait_for(1).await;
    ann.does("set b 2").await;
    ann.gate.open(1);
    slow.await.expect("no panic").assert_status(200);
    assert_eq!(ann.does("get a; get b; get c").await, "-\n-\n3");
}

async fn what_carries_the_difference_is_never_stored(place: impl Place) {
    let ann = visitor(&place).await;
    ann.does("set a 1").await;
    assert_eq!(ann.does("names").await, "a actix_pg_session");
    ann.does("set b 2; renew").await;
    ann.does("remove actix_pg_session; set c 3").await;
    // It shows once, because it is put there when the session is loaded.
    assert_eq!(ann.does("names").await, "a actix_pg_session b c");
    ann.does("set actix_pg_session 7; set d 4").await;
    assert_eq!(ann.does("names").await, "a actix_pg_session b c d");
}

async fn a_map_that_was_written_by_hand_replaces_the_session(place: impl Place) {
    let store = place.store();
    let map = |name: &str| [(name.to_owned(), "1".to_owned())].into();
    let key = store.save(map("a"), &Duration::DAY).await.expect("a save");
    let key = store.update(key, map("b"), &Duration::DAY).await.expect("an update");
    let mut values = store.load(&key).await.expect("an answer").expect("a session");
    values.remove("actix_pg_session");
    assert_eq!(values, map("b"));
}
