//! The calls of `SessionStore`.

use actix_pg_session::{Change, Lifetime, NewSession, Renewal, Restart, SessionStore, StoreError};

use crate::sessions::{HOUR, Scene, change, in_every_way, renewal, session};

#[tokio::test]
async fn a_creation_is_the_whole_session_or_none() {
    in_every_way!(["PostgresStore::create", "CachedStore::create"], create);
}

#[tokio::test]
async fn a_load_disturbs_nobody() {
    in_every_way!(["PostgresStore::load", "CachedStore::load"], load);
    in_every_way!(["PostgresStore::load", "CachedStore::load"], load_nothing);
}

#[tokio::test]
async fn a_load_past_the_cache_disturbs_nobody() {
    in_every_way!(["CachedStore::refresh"], refresh);
}

#[tokio::test]
async fn an_update_is_saved_whole_or_not_at_all() {
    in_every_way!(["PostgresStore::update", "CachedStore::update"], update);
    in_every_way!(["PostgresStore::update", "CachedStore::update"], update_expecting_a_version);
    in_every_way!(["PostgresStore::update", "CachedStore::update"], update_with_a_lifetime);
}

#[tokio::test]
async fn a_touch_moves_the_row_or_does_not() {
    in_every_way!(["PostgresStore::touch", "CachedStore::touch"], touch);
    in_every_way!(["PostgresStore::touch", "CachedStore::touch"], touch_with_a_lifetime);
}

#[tokio::test]
async fn a_renewal_leaves_one_id_that_lives() {
    in_every_way!(["PostgresStore::renew", "CachedStore::renew"], renew);
}

#[tokio::test]
async fn a_restart_leaves_the_old_session_or_the_new_one() {
    in_every_way!(["PostgresStore::renew", "CachedStore::renew"], restart);
}

#[tokio::test]
async fn a_deletion_leaves_the_session_or_the_mark_of_its_end() {
    in_every_way!(["PostgresStore::delete", "CachedStore::delete"], delete);
}

#[tokio::test]
async fn a_deletion_by_an_id_that_was_renewed_leaves_the_session_or_its_end() {
    in_every_way!(["PostgresStore::delete", "CachedStore::delete"], delete_what_was_renewed);
}

async fn create(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    store.create(&scene.new, session(&scene.owner, r#"{"a":1,"b":2}"#)).await.map(drop)
}

async fn load(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    store.load(&scene.old).await?;
    // The first may have come from the cache.
    store.refresh(&scene.old).await.map(drop)
}

async fn load_nothing(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    store.load(&scene.new).await?;
    store.refresh(&scene.new).await.map(drop)
}

async fn refresh(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    store.refresh(&scene.old).await.map(drop)
}

async fn update(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    store.update(&scene.old, change()).await.map(drop)
}

async fn update_expecting_a_version(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    let change = Change { expected_version: Some(1), ..change() };
    store.update(&scene.old, change).await.map(drop)
}

async fn update_with_a_lifetime(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    let change = Change { lifetime: Some(Lifetime::new(30 * HOUR, 60 * HOUR)), ..change() };
    store.update(&scene.old, change).await.map(drop)
}

async fn touch(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    store.touch(&scene.old, None).await.map(drop)
}

async fn touch_with_a_lifetime(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    let lifetime = Lifetime::new(30 * HOUR, 60 * HOUR).until_browser_closes();
    store.touch(&scene.old, Some(lifetime)).await.map(drop)
}

async fn renew(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    store.renew(&scene.old, &scene.new, renewal()).await.map(drop)
}

async fn restart(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    store.renew(&scene.old, &scene.new, beginning(&scene)).await.map(drop)
}

/// A sign-in of the same owner.
pub(crate) fn beginning(scene: &Scene) -> Renewal {
    let NewSession { owner, credential, client, lifetime, cookie, .. } = session(&scene.owner, "{}");
    Renewal { restart: Some(Restart { owner, credential, client, lifetime, cookie }), ..renewal() }
}

async fn delete(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    store.delete(&scene.old, HOUR).await.map(drop)
}

async fn delete_what_was_renewed(store: impl SessionStore, scene: Scene) -> Result<(), StoreError> {
    store.delete(&scene.former, HOUR).await.map(drop)
}
