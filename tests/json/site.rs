//! An application that stores JSON that it is sent, and another process's that shows it.

use std::time::Duration;

use actix_pg_session::test_util::Browser;
use actix_pg_session::{ExpressStore, PostgresStore, Session, SessionMiddleware, SessionStore, Unstorable};
use actix_web::test::TestRequest;
use actix_web::web::{self, Json};
use actix_web::{App, Result};
use serde_json::value::RawValue;
use sqlx::PgPool;

use crate::support::gate::PATIENCE;
use crate::support::site::SECRET;
use crate::support::{CONNECT_PG_SIMPLE, migrated, pool_on};

/// The table of the sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// `jsonb`.
    Own,
    /// `json`.
    Express,
}

pub(crate) const TABLES: [Table; 2] = [Table::Own, Table::Express];

/// Two processes with one database, and a visitor of both.
pub(crate) struct Sites {
    pub(crate) table: Table,
    pub(crate) pool: PgPool,
    here: Browser,
    there: Browser,
}

impl Sites {
    pub(crate) async fn new(table: Table) -> Self {
        let url = migrated().await;
        let pool = pool_on(&url).await;
        sqlx::raw_sql(CONNECT_PG_SIMPLE).execute(&pool).await.expect("the other table");
        Self { table, pool, here: on(&url, table).await, there: on(&url, table).await }
    }

    /// A visitor of both whom neither has seen.
    pub(crate) fn stranger(&self) -> Self {
        let (here, there) = (self.here.another(), self.there.another());
        Self { table: self.table, pool: self.pool.clone(), here, there }
    }

    /// Where the other process is.
    pub(crate) fn there(&self) -> &Browser {
        &self.there
    }

    /// Stores each text under its number, and answers why not, if not.
    pub(crate) async fn store(&self, texts: &[String]) -> Vec<Option<String>> {
        let request = TestRequest::post().uri("/store").set_json(texts);
        let reply = self.here.send(request).await;
        reply.assert_status(200);
        let sid = self.here.cookies().first().cloned();
        if let Some(cookie) = sid {
            self.there.set_cookie(&cookie.name, &cookie.value);
        }
        reply.json()
    }

    /// What is stored, as the other process reads it: in the order of the numbers.
    pub(crate) async fn show(&self, count: usize) -> Vec<Option<String>> {
        let reply = self.there.get(&format!("/show/{count}")).await;
        reply.assert_status(200);
        reply.json()
    }
}

async fn on(url: &str, table: Table) -> Browser {
    let pool = pool_on(url).await;
    match table {
        Table::Own => over(PostgresStore::new(pool)).await,
        Table::Express => {
            over(ExpressStore::builder(pool).build().await.expect("the table is understood")).await
        }
    }
}

async fn over(store: impl SessionStore) -> Browser {
    let sessions = SessionMiddleware::builder(store, SECRET)
        .max_data_bytes(64 << 20)
        .store_timeout(PATIENCE)
        .max_age(Duration::from_secs(3600))
        .build()
        .expect("the options go together");
    let app = App::new()
        .app_data(web::JsonConfig::default().limit(64 << 20))
        .wrap(sessions)
        .route("/store", web::post().to(store_all))
        .route("/show/{count}", web::get().to(show))
        .route("/add", web::get().to(add));
    Browser::new(app).await
}

async fn store_all(session: Session, texts: Json<Vec<String>>) -> Result<Json<Vec<Option<&'static str>>>> {
    let mut answers = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        let Ok(value) = serde_json::from_str::<Box<RawValue>>(text) else {
            answers.push(Some("no JSON"));
            continue;
        };
        let stored = session.insert(format!("v{n}"), &value);
        answers.push(match &stored {
            Ok(()) => None,
            Err(error) => Some(match error.unstorable_reason() {
                Some(Unstorable::Nul) => "Nul",
                Some(Unstorable::LoneSurrogate) => "LoneSurrogate",
                Some(Unstorable::NotFinite) => "Number",
                Some(Unstorable::TooDeep) => "TooDeep",
                _ => "something else",
            }),
        });
    }
    Ok(Json(answers))
}

async fn add(session: Session) -> Result<&'static str> {
    session.update_or("added", 0_u32, |n| n + 1)?;
    Ok("")
}

async fn show(session: Session, count: web::Path<usize>) -> Result<Json<Vec<Option<String>>>> {
    let mut shown = Vec::new();
    for n in 0..count.into_inner() {
        let value: Option<Box<RawValue>> = session.get(&format!("v{n}"))?;
        shown.push(value.map(|value| value.get().to_owned()));
    }
    Ok(Json(shown))
}
