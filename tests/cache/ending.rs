//! What is ended through a cache is over in its own process when the call returns, whether or not anybody has heard
//! of it: here nobody can.

use actix_pg_session::admin::Filter;
use actix_pg_session::{CacheState, CachedStore, Deleted, OwnerLimit, OwnerStore as _, SessionId, WhenFull};

use crate::doubt::behind_a_wire;
use crate::fleet::{knows, new, record, session};
use crate::support::gate::PATIENCE;
use crate::wire::Wire;

/// A cache that believes itself, knows these sessions, and hears nothing any more.
async fn deaf<const N: usize>() -> (CachedStore, [SessionId; N], Wire) {
    let (store, wire, _) = behind_a_wire(PATIENCE).await;
    let mut ids = Vec::new();
    for _ in 0..N {
        ids.push(session(&store).await);
    }
    store.caught_up().await;
    for id in &ids {
        assert!(record(&store, id).await.is_some() && knows(&store, id).await);
    }
    wire.freeze();
    assert_eq!(store.stats().state, CacheState::Live);
    (store, ids.try_into().expect("so many"), wire)
}

#[tokio::test]
async fn what_an_owner_ends_is_unknown_to_this_process_before_anybody_has_heard_of_it() {
    let (store, [one, other], _wire) = deaf().await;
    let handle = record(&store, &one).await.expect("a session").handle;
    assert_eq!(store.end_session_of("ann", handle).await.expect("an answer"), Deleted::Ended);
    assert!(record(&store, &one).await.is_none());
    assert!(record(&store, &other).await.is_some());
    store.end_sessions_of("ann", None).await.expect("an answer");
    assert!(record(&store, &other).await.is_none());
}

#[tokio::test]
async fn what_an_administrator_ends_is_unknown_to_this_process_before_anybody_has_heard_of_it() {
    let (store, [one, other], _wire) = deaf().await;
    let handle = record(&store, &one).await.expect("a session").handle;
    let admin = store.admin();
    admin.revoke_matching(&Filter::new().session(handle)).await.expect("done");
    assert!(record(&store, &one).await.is_none());
    assert!(record(&store, &other).await.is_some());
    admin.revoke_everything().await.expect("done");
    assert!(record(&store, &other).await.is_none());
}

#[tokio::test]
async fn who_makes_room_for_a_sign_in_is_unknown_to_this_process_before_anybody_has_heard_of_it() {
    let (store, [one], _wire) = deaf().await;
    let (limit, id) =
        (OwnerLimit { most: 1, when_full: WhenFull::Evict }, SessionId::generate().expect("an id"));
    store.create_within(limit, &id, new("{}")).await.expect("a session");
    assert!(record(&store, &one).await.is_none());
    assert!(record(&store, &id).await.is_some());
}
