//! The calls on connect-pg-simple's table.

use std::sync::atomic::{AtomicU32, Ordering};

use actix_pg_session::{
    Change, ExpressStore, ExpressTouch, Import, Lifetime, Loaded, PostgresStore, SessionId,
    SessionStore as _, StoreError, Updated,
};

use crate::drops::{Stage, dropped_everywhere};
use crate::ground::Ground;
use crate::sessions::{HOUR, change, data, new_id, renewal, session};
use crate::support::{CONNECT_PG_SIMPLE, database};

struct Shared {
    ground: Ground,
    store: ExpressStore,
    plain: ExpressStore,
    /// Where sessions go when Express is left.
    own: PostgresStore,
    is_about_all: bool,
}

#[derive(Clone)]
struct Scene {
    owner: String,
    old: SessionId,
    new: SessionId,
}

impl Shared {
    async fn new(prepared: bool, touch: ExpressTouch) -> Self {
        let ground =
            Ground::new(format!("prepared {prepared}, {touch:?}"), &database().await, 1, "session").await;
        sqlx::raw_sql(CONNECT_PG_SIMPLE).execute(&ground.direct).await.expect("the table");
        let store = ExpressStore::builder(ground.pool.clone()).prepared_statements(prepared).touch(touch);
        let store = store.build().await.expect("the table is understood");
        let plain =
            ExpressStore::builder(ground.direct.clone()).build().await.expect("the table is understood");
        let own = PostgresStore::new(ground.direct.clone());
        own.migrate().await.expect("the migrations apply");
        Self { ground, store, plain, own, is_about_all: false }
    }
}

impl Stage for Shared {
    type Scene = Scene;

    fn ground(&self) -> &Ground {
        &self.ground
    }

    async fn scene(&self) -> Scene {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let owner = format!("ann {}", NEXT.fetch_add(1, Ordering::Relaxed));
        let (old, new) = (new_id(), new_id());
        self.plain.create(&old, session(&owner, r#"{"a":1,"b":1}"#)).await.expect("a session");
        let back = r#"update session set expire = expire - interval '5 min' where sess::text like '%"' || $1 || '"%'"#;
        sqlx::query(back).bind(&owner).execute(&self.ground.direct).await.expect("a while ago");
        Scene { owner, old, new }
    }

    /// Without the times and handles in it, and with whether it has ended and whether it was used.
    async fn seen(&self, scene: &Scene) -> String {
        let lines = r#"select regexp_replace(replace(sess::text, $1, 'ann'),
                '"(expires|createdAt|seenAt|authenticatedAt|deadline|id)":"[^"]*"', '"\1":"…"', 'g')
                || case when expire > (now() at time zone current_setting('timezone')) + interval '9 hours 57 min'
                    then ' used' else '' end
            from session where sess::text like '%"' || $1 || '"%'
            union all
            select 'imported ' || data::text from sessions where owner = $1"#;
        let mut lines: Vec<String> = sqlx::query_scalar(lines)
            .bind(&scene.owner)
            .fetch_all(&self.ground.direct)
            .await
            .expect("the rows");
        // In no order of their own.
        lines.sort();
        lines.join("\n")
    }

    fn is_about_all(&self) -> bool {
        self.is_about_all
    }

    async fn goes_on(&self, scene: &Scene) {
        for id in [&scene.old, &scene.new] {
            let row = self.plain.load(id).await.expect("an answer");
            let is_live = matches!(row, Loaded::Live(_));
            let loaded = self.store.load(id).await.expect("an answer");
            assert_eq!(matches!(loaded, Loaded::Live(_)), is_live);
            let change = Change { set: data(r#"{"next":true}"#), ..Change::default() };
            let saved = self.store.update(id, change).await.expect("an answer");
            assert_eq!(matches!(saved, Updated::Saved(_)), is_live, "{saved:?}");
        }
    }
}

async fn in_each_way(name: &str, operation: impl AsyncFn(ExpressStore, Scene) -> Result<(), StoreError>) {
    for (prepared, touch) in [(true, ExpressTouch::Row), (false, ExpressTouch::Column)] {
        let stage = Shared::new(prepared, touch).await;
        dropped_everywhere(name, &stage, |scene| operation(stage.store.clone(), scene)).await;
    }
}

#[tokio::test]
async fn loading_disturbs_nobody() {
    in_each_way("ExpressStore::load", async |store, scene| store.load(&scene.old).await.map(drop)).await;
}

#[tokio::test]
async fn a_creation_is_the_whole_session_or_none() {
    in_each_way("ExpressStore::create", async |store, scene| {
        store.create(&scene.new, session(&scene.owner, r#"{"c":3}"#)).await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn an_update_is_saved_whole_or_not_at_all() {
    in_each_way("ExpressStore::update", async |store, scene| {
        store.update(&scene.old, change()).await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_touch_moves_the_row_or_does_not() {
    in_each_way("ExpressStore::touch", async |store, scene| store.touch(&scene.old, None).await.map(drop))
        .await;
    in_each_way("ExpressStore::touch", async |store, scene| {
        store.touch(&scene.old, Some(Lifetime::new(30 * HOUR, 60 * HOUR))).await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_renewal_leaves_one_id_that_lives() {
    in_each_way("ExpressStore::renew", async |store, scene| {
        store.renew(&scene.old, &scene.new, renewal()).await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn a_deletion_leaves_the_session_or_its_end() {
    in_each_way("ExpressStore::delete", async |store, scene| store.delete(&scene.old, HOUR).await.map(drop))
        .await;
}

#[tokio::test]
async fn pruning_disturbs_nobody() {
    in_each_way("ExpressStore::prune", async |store, _| store.prune(100).await.map(drop)).await;
}

#[tokio::test]
async fn a_look_at_the_table_disturbs_nobody() {
    let stage = Shared::new(true, ExpressTouch::Row).await;
    let build = |_| ExpressStore::builder(stage.ground.pool.clone()).create_table_if_missing(true).build();
    dropped_everywhere("ExpressStoreBuilder::build", &stage, build).await;
}

#[tokio::test]
async fn a_copy_that_was_dropped_has_copied_whole_sessions() {
    let stage = Shared { is_about_all: true, ..Shared::new(true, ExpressTouch::Row).await };
    let every = Import::default();
    let copy = |_| stage.store.copy_into(&stage.own, &every);
    dropped_everywhere("ExpressStore::copy_into", &stage, copy).await;
}

#[tokio::test]
async fn all_are_moved_or_none() {
    let stage = Shared { is_about_all: true, ..Shared::new(true, ExpressTouch::Row).await };
    let every = Import::default();
    let all = |_| stage.store.move_into(&stage.own, &every);
    dropped_everywhere("ExpressStore::move_into", &stage, all).await;
}
