//! The crate's own table, in every way to use it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix_pg_session::{
    CachedStore, Change, Client, Data, Layout, Lifetime, Loaded, NewSession, PostgresStore, Renewal,
    SessionId, SessionStore, Updated,
};
use uuid::Uuid;

use crate::drops::Stage;
use crate::ground::Ground;
use crate::support::place::Place;

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

/// A way to use the store.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// Each call alone, as a prepared statement.
    Alone,
    /// Each call alone, in a transaction of its own.
    Unprepared,
    Batched,
    Distributed,
    Cached,
}

/// With so many connections.
pub(crate) const WAYS: [(Way, u32); 5] =
    [(Way::Alone, 1), (Way::Unprepared, 1), (Way::Batched, 1), (Way::Distributed, 2), (Way::Cached, 1)];

/// The store itself.
#[derive(Clone)]
pub(crate) enum Store {
    Own(PostgresStore),
    Cached(CachedStore),
}

/// Does something with the store, whichever it is.
macro_rules! with_store {
    ($stage:expr, $store:ident => $what:expr) => {
        match &$stage.store {
            crate::sessions::Store::Own($store) => $what,
            crate::sessions::Store::Cached($store) => $what,
        }
    };
}
pub(crate) use with_store;

pub(crate) struct Sessions {
    ground: Ground,
    pub(crate) store: Store,
    /// Not over the wire.
    plain: PostgresStore,
    pub(crate) is_about_all: bool,
}

/// Two sessions of one owner, and an id that is free.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) owner: String,
    pub(crate) old: SessionId,
    pub(crate) old_handle: Uuid,
    /// What the id of the other one was before it was renewed.
    pub(crate) former: SessionId,
    pub(crate) other: SessionId,
    pub(crate) other_handle: Uuid,
    pub(crate) new: SessionId,
}

impl Sessions {
    pub(crate) async fn new((way, connections): (Way, u32)) -> Self {
        let layout = match way {
            Way::Distributed => Layout::Distributed { shards: 4 },
            _ => Layout::Plain,
        };
        let place = Place::on_this_server(layout).await;
        let what = format!("{way:?} with {connections} connections");
        let ground = Ground::new(what, &place.url, connections, "sessions").await;
        let plain = place.builder(ground.direct.clone()).batching(false).build().expect("a store");
        let builder = place.builder(ground.pool.clone());
        let store = match way {
            Way::Alone => builder.batching(false).build(),
            Way::Unprepared => builder.batching(false).prepared_statements(false).build(),
            Way::Batched | Way::Distributed | Way::Cached => builder.build(),
        };
        let mut store = Store::Own(store.expect("a store"));
        if let (Way::Cached, Store::Own(own)) = (way, &store) {
            let cached = own.clone().cached(1000);
            cached.migrate().await.expect("the migrations apply");
            cached.caught_up().await;
            store = Store::Cached(cached);
        }
        Self { ground, store, plain, is_about_all: false }
    }

    async fn begin(&self, owner: &str, values: &str) -> (SessionId, Uuid) {
        let id = new_id();
        let made = self.plain.create(&id, session(owner, values)).await.expect("a session");
        // Used an hour ago, so that a use shows.
        let back = "update sessions set (created_at, seen_at, authenticated_at, deadline, expires_at, purge_at) =
            (created_at - $2, seen_at - $2, authenticated_at - $2, deadline - $2, expires_at - $2, purge_at - $2)
            where key = $1";
        let back = sqlx::query(back).bind(id.digest().as_bytes().as_slice());
        let back = back.bind(chrono::TimeDelta::hours(1)).execute(&self.ground.direct);
        back.await.expect("the rows can be moved");
        (id, made.handle)
    }

    async fn live(&self, id: &SessionId) -> Option<String> {
        let loaded = with_store!(self, store => store.load(id).await.expect("a load works"));
        match loaded {
            Loaded::Live(record) => Some(record.data.to_json()),
            Loaded::Ended | Loaded::Absent => None,
        }
    }

    async fn row(&self, id: &SessionId) -> Option<String> {
        match self.plain.load(id).await.expect("a load works") {
            Loaded::Live(record) => Some(record.data.to_json()),
            Loaded::Ended | Loaded::Absent => None,
        }
    }
}

pub(crate) fn new_id() -> SessionId {
    SessionId::generate().expect("randomness")
}

pub(crate) fn data(values: &str) -> Data {
    Data::from_json(values).expect("an object")
}

pub(crate) fn session(owner: &str, values: &str) -> NewSession {
    NewSession {
        data: data(values),
        owner: Some(owner.to_owned()),
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(10 * HOUR, 100 * HOUR),
        cookie: None,
    }
}

/// Changes one value, drops another and adds a third.
pub(crate) fn change() -> Change {
    Change { set: data(r#"{"b":2,"c":3}"#), removed: vec!["a".into()], ..Change::default() }
}

pub(crate) fn renewal() -> Renewal {
    Renewal { change: change(), restart: None, proof: None, late_grace: HOUR }
}

impl Stage for Sessions {
    type Scene = Scene;

    fn ground(&self) -> &Ground {
        &self.ground
    }

    async fn scene(&self) -> Scene {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let owner = format!("ann {}", NEXT.fetch_add(1, Ordering::Relaxed));
        let (old, old_handle) = self.begin(&owner, r#"{"a":1,"b":1}"#).await;
        let (former, other_handle) = self.begin(&owner, r#"{"d":4}"#).await;
        let other = new_id();
        let renewal = Renewal { change: Change::default(), ..renewal() };
        self.plain.renew(&former, &other, renewal).await.expect("a renewal");
        let scene = Scene { owner, old, old_handle, former, other, other_handle, new: new_id() };
        if let Store::Cached(cached) = &self.store {
            cached.caught_up().await;
            for id in [&scene.old, &scene.former, &scene.other, &scene.new] {
                self.live(id).await;
            }
        }
        scene
    }

    async fn seen(&self, scene: &Scene) -> String {
        let lines = "select concat_ws(' ', case key when $1 then 'old:' when $2 then 'other:' when $3 then 'new:'
                    else 'another:' end, data::text, 'version', version, 'idle', idle_timeout,
                case when owner = $4 then 'hers' else 'somebody''s' end, credential,
                case when id = any($5) then 'as before' else 'anew' end,
                case when persistent then 'persistent' end,
                case when created_at > now() - interval '30 min' then 'begun' end,
                case when seen_at > now() - interval '30 min' then 'used' end,
                case when authenticated_at > now() - interval '30 min' then 'authenticated' end) as line
            from sessions where (key in ($1, $2, $3) or owner = $4) and expires_at > now()
            union all
            select concat_ws(' ', case key when $1 then 'old' when $2 then 'other' when $3 then 'new' else 'former' end,
                'has ended', case successor when $2 then 'as the other' when $3 then 'as the new one' end)
            from sessions_ended where key in ($1, $2, $3, $6) order by line";
        let key = |id: &SessionId| id.digest().as_bytes().to_vec();
        let lines: Vec<String> = sqlx::query_scalar(lines)
            .bind(key(&scene.old))
            .bind(key(&scene.other))
            .bind(key(&scene.new))
            .bind(&scene.owner)
            .bind(vec![scene.old_handle, scene.other_handle])
            .bind(key(&scene.former))
            .fetch_all(&self.ground.direct)
            .await
            .expect("the rows");
        lines.join("\n")
    }

    fn is_about_all(&self) -> bool {
        self.is_about_all
    }

    async fn goes_on(&self, scene: &Scene) {
        if let Store::Cached(cached) = &self.store {
            cached.caught_up().await;
        }
        for id in [&scene.old, &scene.former, &scene.other, &scene.new] {
            let row = self.row(id).await;
            assert_eq!(self.live(id).await, row, "the store and the row say the same");
            let change = Change { set: data(r#"{"next":true}"#), ..Change::default() };
            let saved = with_store!(self, store => store.update(id, change).await.expect("a save works"));
            match row {
                Some(_) => assert!(matches!(saved, Updated::Saved(_)), "{saved:?}"),
                None => assert_eq!(saved, Updated::Gone, "nothing comes back"),
            }
            assert_eq!(self.live(id).await, self.row(id).await);
        }
    }
}

/// Drops an operation everywhere, in every way to use the store.
macro_rules! in_every_way {
    ([$($name:literal),+], $operation:path) => {
        for way in crate::sessions::WAYS {
            let stage = crate::sessions::Sessions::new(way).await;
            let name = concat!($($name, " "),+);
            crate::sessions::with_store!(stage, store => {
                let operation = |scene| $operation(store.clone(), scene);
                crate::drops::dropped_everywhere(name, &stage, operation).await
            });
        }
    };
}
pub(crate) use in_every_way;
