//! The calls of `OwnerStore`.

use actix_pg_session::{OwnerLimit, OwnerStore, StoreError, WhenFull};

use crate::sessions::{Scene, in_every_way, session};
use crate::store::beginning;

/// Each scene has two sessions of one owner.
const LIMIT: OwnerLimit = OwnerLimit { most: 2, when_full: WhenFull::Evict };
const TIGHT: OwnerLimit = OwnerLimit { most: 1, when_full: WhenFull::Evict };
const REFUSED: OwnerLimit = OwnerLimit { most: 2, when_full: WhenFull::Refuse };

#[tokio::test]
async fn a_look_at_ones_sessions_disturbs_nobody() {
    in_every_way!(["PostgresStore::sessions_of", "CachedStore::sessions_of"], sessions_of);
}

#[tokio::test]
async fn a_session_is_ended_by_its_owner_or_is_not() {
    in_every_way!(["PostgresStore::end_session_of", "CachedStore::end_session_of"], end_session_of);
}

#[tokio::test]
async fn the_others_are_all_ended_or_none() {
    in_every_way!(["PostgresStore::end_sessions_of", "CachedStore::end_sessions_of"], end_sessions_of);
}

#[tokio::test]
async fn a_sign_in_with_its_eviction_is_both_or_neither() {
    in_every_way!(["PostgresStore::create_within", "CachedStore::create_within"], create_within);
    in_every_way!(
        ["PostgresStore::create_within", "CachedStore::create_within"],
        create_where_there_is_no_room
    );
}

#[tokio::test]
async fn a_renewal_with_its_eviction_is_both_or_neither() {
    in_every_way!(["PostgresStore::renew_within", "CachedStore::renew_within"], renew_within);
}

async fn sessions_of(store: impl OwnerStore, scene: Scene) -> Result<(), StoreError> {
    store.sessions_of(&scene.owner, 10).await.map(drop)
}

async fn end_session_of(store: impl OwnerStore, scene: Scene) -> Result<(), StoreError> {
    store.end_session_of(&scene.owner, scene.old_handle).await.map(drop)
}

async fn end_sessions_of(store: impl OwnerStore, scene: Scene) -> Result<(), StoreError> {
    store.end_sessions_of(&scene.owner, Some(scene.other_handle)).await.map(drop)
}

async fn create_within(store: impl OwnerStore, scene: Scene) -> Result<(), StoreError> {
    let new = session(&scene.owner, r#"{"a":1,"b":2}"#);
    store.create_within(LIMIT, &scene.new, new).await.map(drop)
}

async fn create_where_there_is_no_room(store: impl OwnerStore, scene: Scene) -> Result<(), StoreError> {
    let new = session(&scene.owner, r#"{"a":1,"b":2}"#);
    store.create_within(REFUSED, &scene.new, new).await.map(drop)
}

async fn renew_within(store: impl OwnerStore, scene: Scene) -> Result<(), StoreError> {
    store.renew_within(TIGHT, &scene.old, &scene.new, beginning(&scene)).await.map(drop)
}
