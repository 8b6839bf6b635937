//! The example `express`: one shop with two counters, Express 5 and actix-web, as two processes on one
//! database.

// Each test uses its part.
#![allow(dead_code)]

mod application;
pub(crate) mod cookie;
pub(crate) mod page;
pub(crate) mod visitor;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::Command;

use sqlx::PgPool;
use xtask::node;

use crate::support::{count, database, pool_on};
use application::Application;
use visitor::Visitor;

/// The two halves of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    Express,
    Actix,
}

use Counter::{Actix, Express};

impl Counter {
    pub(crate) const BOTH: [Self; 2] = [Express, Actix];

    pub(crate) fn other(self) -> Self {
        match self {
            Express => Actix,
            Actix => Express,
        }
    }
}

/// Where the counters are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    express: SocketAddr,
    actix: SocketAddr,
}

impl Addresses {
    pub(crate) fn of(self, counter: Counter) -> SocketAddr {
        match counter {
            Express => self.express,
            Actix => self.actix,
        }
    }
}

/// What both sign their cookies with.
pub(crate) const SECRET: &str = "a secret of the shop, known to both of its counters";

/// The shop, open.
pub(crate) struct Shop {
    /// For looking at the rows, with connections whose zone is UTC.
    pub(crate) pool: PgPool,
    pub(crate) zone: &'static str,
    addresses: Addresses,
    applications: Vec<Application>,
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
        let start = |mut command: Command, other: SocketAddr| {
            command.env("DATABASE_URL", &url).env("SESSION_SECRET", SECRET);
            Application::start(command.env("OTHER_URL", format!("http://{other}")))
        };
        // The first one to start cannot know where the other will be; its link leads nowhere.
        let (node, express) = start(application::express(), NOWHERE);
        let (rust, actix) = start(application::actix(), express);
        let addresses = Addresses { express, actix };
        Self { pool, zone, addresses, applications: vec![node, rust] }
    }

    /// Where one of the counters is.
    pub(crate) fn address(&self, counter: Counter) -> SocketAddr {
        self.addresses.of(counter)
    }

    /// Somebody with an empty cookie jar, which is good for both counters.
    pub(crate) fn visitor(&self) -> Visitor {
        Visitor::new(self.addresses)
    }

    /// Closes both counters, for good. The table stays.
    pub(crate) async fn close(&mut self) {
        for application in self.applications.drain(..) {
            application.stop().await;
        }
    }

    /// How many rows there are, dead ones included.
    pub(crate) async fn rows(&self) -> i64 {
        count(&self.pool, "select count(*) from session").await
    }
}

/// Where nobody listens.
pub(crate) const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

/// What it has, all of it.
pub(crate) const BOOKS: [&str; 6] = [
    "night-ferry",
    "the-salt-road",
    "letters-to-a-lighthouse",
    "slack-water",
    "a-field-guide-to-fog",
    "the-cartographers-cat",
];
