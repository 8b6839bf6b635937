//! Where a test's sessions are: in a database of its own, or on a cluster, in a schema of its own.

use std::sync::atomic::{AtomicU32, Ordering};

use actix_pg_session::{Layout, PostgresStore, PostgresStoreBuilder};
use sqlx::PgPool;

/// Tables in one of the layouts.
#[derive(Clone, Debug)]
pub struct Place {
    pub url: String,
    pub layout: Layout,
    schema: String,
}

impl Place {
    /// Empty tables: on the server of all tests; distributed ones on that of `DISTRIBUTED_DATABASE_URL`, if it
    /// is set. A database of a cluster is set up by its administrator, so there each test has a schema.
    pub async fn new(layout: Layout) -> Self {
        let place = match std::env::var("DISTRIBUTED_DATABASE_URL") {
            Ok(cluster) if matches!(layout, Layout::Distributed { .. }) => Self::on_cluster(&cluster, layout),
            _ => Self::here(layout).await,
        };
        let pool = place.pool().await;
        place.store(pool.clone()).migrate().await.expect("the migrations apply");
        pool.close().await;
        place
    }

    /// Empty tables in a database of its own, on the server of all tests.
    pub async fn on_this_server(layout: Layout) -> Self {
        let place = Self::here(layout).await;
        let pool = place.pool().await;
        place.store(pool.clone()).migrate().await.expect("the migrations apply");
        pool.close().await;
        place
    }

    async fn here(layout: Layout) -> Self {
        Self { url: super::database().await, layout, schema: "public".into() }
    }

    fn on_cluster(cluster: &str, layout: Layout) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let schema = format!("t_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let joint = if cluster.contains('?') { '&' } else { '?' };
        // What tests ask by themselves names no schema.
        Self { url: format!("{cluster}{joint}options[search_path]={schema}"), layout, schema }
    }

    pub async fn pool(&self) -> PgPool {
        super::pool_on(&self.url).await
    }

    pub fn builder(&self, pool: PgPool) -> PostgresStoreBuilder {
        super::way::builder(pool).schema(&self.schema).layout(self.layout)
    }

    pub fn store(&self, pool: PgPool) -> PostgresStore {
        self.builder(pool).build().expect("these settings go together")
    }
}
