//! One answer that is none, in a change to a row of connect-pg-simple's that somebody else changes meanwhile: the second
//! try, which holds the row, is five statements.

use std::pin::pin;

use actix_pg_session::{
    Change, ExpressStore, Loaded, Renewal, SessionId, SessionStore as _, StoreError, Updated,
};
use futures_util::future::{Either, select};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::liar::Liar;
use crate::once::each_answer;
use crate::store::{HOUR, data, session};
use crate::support::gate::{PATIENCE, at_once, until};
use crate::support::{CONNECT_PG_SIMPLE, blocked, count, database, pool_on};

struct Table {
    liar: Liar,
    plain: ExpressStore,
}

impl Table {
    async fn new() -> Self {
        let url = database().await;
        let pool = pool_on(&url).await;
        sqlx::raw_sql(CONNECT_PG_SIMPLE).execute(&pool).await.expect("the table");
        let plain = ExpressStore::builder(pool).build().await.expect("the table is understood");
        Self { liar: Liar::before(&url).await, plain }
    }

    fn pool(&self) -> &PgPool {
        self.plain.pool()
    }

    /// A store that has one connection, on the other side of the liar.
    async fn narrow(&self) -> ExpressStore {
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
        let builder = ExpressStore::builder(pool.connect_lazy_with(self.liar.options()));
        builder.build().await.expect("the table is understood")
    }

    /// The only session.
    async fn begin(&self) -> SessionId {
        sqlx::raw_sql("delete from session").execute(self.pool()).await.expect("an empty table");
        let id = SessionId::generate().expect("randomness");
        self.plain.create(&id, session("ann")).await.expect("a session");
        id
    }

    /// What was saved is there as soon as the commit is through: an end that comes too early is taken for its.
    async fn has_one(&self, id: &SessionId, when: &str) {
        until(&format!("{when}: it is there"), async || {
            let Loaded::Live(record) = self.plain.load(id).await.expect("the truth") else { return false };
            record.data.get("n").is_some_and(|n| n.get() == "1")
        })
        .await;
    }

    /// Makes a call while Node writes `node` into the session: after the call has read it, and before it writes.
    async fn overtaken<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let mut node = self.pool().begin().await.expect("a transaction");
        let write = r#"update session set sess = regexp_replace(sess::text, '\}$', ',"node":1}')::json"#;
        let wrote = sqlx::query(write).execute(&mut *node).await.expect("an update");
        assert_eq!(wrote.rows_affected(), 1);
        match select(pin!(at_once(call)), pin!(blocked(self.pool(), 1))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), call)) => {
                node.commit().await.expect("a commit");
                call.await
            }
        }
    }
}

fn set() -> Change {
    Change { set: data(r#"{"n":1}"#), ..Change::default() }
}

#[tokio::test]
async fn a_change_that_node_has_overtaken_is_an_error_or_the_truth() {
    let table = Table::new().await;
    let at_first = async || {
        let store = table.narrow().await;
        let id = table.begin().await;
        table.overtaken(store.update(&id, set())).await.expect("the truth");
        (store, table.begin().await)
    };
    each_answer(&table.liar, 6, at_first, async |(store, id), when| {
        match table.overtaken(store.update(id, set())).await {
            Ok(Updated::Saved(_)) => table.has_one(id, when).await,
            Ok(other) => panic!("{when}: a live session is {other:?}"),
            Err(_) => {}
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_id_that_node_has_overtaken_is_an_error_or_the_truth() {
    let table = Table::new().await;
    let renewal = || Renewal { change: set(), restart: None, proof: None, late_grace: HOUR };
    let new = || SessionId::generate().expect("randomness");
    let at_first = async || {
        let store = table.narrow().await;
        let id = table.begin().await;
        table.overtaken(store.renew(&id, &new(), renewal())).await.expect("the truth");
        (store, table.begin().await)
    };
    each_answer(&table.liar, 6, at_first, async |(store, id), when| {
        let new = new();
        match table.overtaken(store.renew(id, &new, renewal())).await {
            Ok(Updated::Saved(_)) => table.has_one(&new, when).await,
            Ok(other) => panic!("{when}: a live session is {other:?}"),
            Err(_) => {}
        }
        // At one moment, since what was answered with an error may yet happen.
        let lives = "select count(*) from session where sid not like 'ended:%'";
        assert_eq!(count(table.pool(), lives).await, 1, "{when}: one of them lives");
    })
    .await;
}
