//! Both counters on one database.

use sqlx::PgPool;
use xtask::node;

use crate::application::{self, Application};
use crate::support::{database, pool_on};
use crate::visitor::Visitor;
use crate::{Actix, Counter, Express};

/// What both sign their cookies with.
pub(crate) const SECRET: &str = "a secret of the shop, known to both of its counters";

/// The shop, open.
pub(crate) struct Shop {
    /// For looking at the rows, with connections whose zone is UTC.
    pub(crate) pool: PgPool,
    pub(crate) zone: &'static str,
    express: String,
    actix: String,
    _applications: [Application; 2],
}

impl Shop {
    /// A shop on an empty table in a database with this default zone, of which nobody tells the
    /// applications.
    pub(crate) async fn open(zone: &'static str) -> Self {
        let url = database().await;
        let pool = pool_on(&url).await;
        let set_zone = "do $$ begin
            execute format('alter database %I set timezone = %L', current_database(), 'ZONE');
        end $$";
        let modules = node::modules().expect("connect-pg-simple is here, or npm gets it");
        let create_table = std::fs::read_to_string(modules.join("connect-pg-simple/table.sql"));
        for sql in [set_zone.replace("ZONE", zone), create_table.expect("its script for the table")] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&pool).await.expect("a new database");
        }
        let start = |mut command: std::process::Command, other: &str| {
            command.env("DATABASE_URL", &url).env("SESSION_SECRET", SECRET);
            Application::start(command.env("OTHER_URL", format!("http://{other}")))
        };
        // The first one to start cannot know where the other will be; its link leads nowhere.
        let (node, express) = start(application::express(), NOWHERE);
        let (rust, actix) = start(application::actix(), &express);
        Self { pool, zone, express, actix, _applications: [node, rust] }
    }

    /// Where one of the counters is.
    pub(crate) fn address(&self, counter: Counter) -> &str {
        match counter {
            Express => &self.express,
            Actix => &self.actix,
        }
    }

    /// Somebody with an empty cookie jar, which is good for both counters.
    pub(crate) fn visitor(&self) -> Visitor<'_> {
        Visitor::new(self)
    }

    /// How many rows there are, dead ones included.
    pub(crate) async fn rows(&self) -> i64 {
        crate::support::count(&self.pool, "select count(*) from session").await
    }
}

/// Where nobody listens.
pub(crate) const NOWHERE: &str = "127.0.0.1:1";
