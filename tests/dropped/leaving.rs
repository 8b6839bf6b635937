//! The calls that actix-session makes.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_pg_session::{ActixSessionStore, PostgresStore};
use actix_session::storage::{SessionKey, SessionStore as _};
use actix_web::cookie::time::Duration;
use sqlx::PgPool;

use crate::drops::{Stage, dropped_everywhere};
use crate::ground::Ground;
use crate::support::migrated;

type State = HashMap<String, String>;

struct Leaving {
    ground: Ground,
    store: ActixSessionStore<PostgresStore>,
    plain: ActixSessionStore<PostgresStore>,
}

#[derive(Clone)]
struct Scene {
    owner: String,
    /// Text, since a key is no clone.
    key: String,
    /// As it was loaded, with another value.
    state: State,
}

impl Scene {
    fn key(&self) -> SessionKey {
        self.key.clone().try_into().expect("a key")
    }
}

const DAY: Duration = Duration::days(1);

impl Leaving {
    async fn new(batching: bool) -> Self {
        let ground = Ground::new(format!("batching {batching}"), &migrated().await, 1, "sessions").await;
        let store = |pool: &PgPool| {
            let store = PostgresStore::builder(pool.clone()).batching(batching).build().expect("a store");
            ActixSessionStore::new(store).owner_key("who")
        };
        Self { store: store(&ground.pool), plain: store(&ground.direct), ground }
    }
}

impl Stage for Leaving {
    type Scene = Scene;

    fn ground(&self) -> &Ground {
        &self.ground
    }

    async fn scene(&self) -> Scene {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let owner = format!("ann {}", NEXT.fetch_add(1, Ordering::Relaxed));
        let state = State::from([("who".into(), format!("\"{owner}\"")), ("a".into(), "1".into())]);
        let key = self.plain.save(state, &DAY).await.expect("a session");
        let mut state = self.plain.load(&key).await.expect("an answer").expect("the session");
        state.insert("b".into(), "2".into());
        Scene { owner, key: key.as_ref().to_owned(), state }
    }

    async fn seen(&self, scene: &Scene) -> String {
        let lines =
            "select concat_ws(' ', data - 'who', version, idle_timeout) from sessions where owner = $1";
        let lines: Vec<String> = sqlx::query_scalar(lines)
            .bind(&scene.owner)
            .fetch_all(&self.ground.direct)
            .await
            .expect("the rows");
        lines.join("\n")
    }

    async fn goes_on(&self, scene: &Scene) {
        let seen = self.seen(scene).await;
        let loaded = self.store.load(&scene.key()).await.expect("an answer");
        assert_eq!(loaded.is_some(), seen.contains("\"a\": 1"), "{seen}");
    }
}

async fn in_each_way<T, E: Debug>(
    name: &str,
    operation: impl AsyncFn(ActixSessionStore<PostgresStore>, Scene) -> Result<T, E>,
) {
    for batching in [false, true] {
        let stage = Leaving::new(batching).await;
        dropped_everywhere(name, &stage, |scene| operation(stage.store.clone(), scene)).await;
    }
}

#[tokio::test]
async fn loading_disturbs_nobody() {
    in_each_way("ActixSessionStore::load", async |store, scene| store.load(&scene.key()).await).await;
}

/// What is created has no name that anybody knows yet, so it is seen by its owner.
#[tokio::test]
async fn a_session_is_created_or_not() {
    in_each_way("ActixSessionStore::save", async |store, scene| {
        let state = State::from([("who".into(), format!("\"{}\"", scene.owner)), ("c".into(), "3".into())]);
        store.save(state, &DAY).await
    })
    .await;
}

#[tokio::test]
async fn an_update_is_saved_or_not() {
    in_each_way("ActixSessionStore::update", async |store, scene| {
        store.update(scene.key(), scene.state, &DAY).await
    })
    .await;
}

#[tokio::test]
async fn a_touch_moves_the_session_or_does_not() {
    in_each_way("ActixSessionStore::update_ttl", async |store, scene| {
        store.update_ttl(&scene.key(), &DAY).await
    })
    .await;
}

#[tokio::test]
async fn a_deletion_ends_the_session_or_does_not() {
    in_each_way("ActixSessionStore::delete", async |store, scene| store.delete(&scene.key()).await).await;
}
