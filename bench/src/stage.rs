//! The PostgreSQL that everybody runs on: one database with all sessions in it, and copies of it that are used
//! up, so that nobody finds what another has left.

use std::error::Error;
use std::time::Duration;

use sqlx::{AssertSqlSafe, PgPool};
use xtask::postgres::Cluster;

use crate::contenders::{Contender, Home, Program};
use crate::peers::Peers;
use crate::process::Process;
use crate::{sessions, visit};

const MADE: &str = "made";

pub(crate) struct Stage {
    cluster: Cluster,
    outside: PgPool,
    copies: u32,
}

/// What the database has done so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) transactions: f64,
    pub(crate) wal: f64,
}

impl Stage {
    pub(crate) async fn open(is_durable: bool) -> Result<Self, Box<dyn Error>> {
        let durable: &[_] = &[("fsync", "on"), ("full_page_writes", "on")];
        let cluster = Cluster::ephemeral_with(if is_durable { durable } else { &[] })?;
        cluster.create_database(MADE)?;
        let outside = PgPool::connect(&cluster.url("postgres")).await?;
        Ok(Self { cluster, outside, copies: 0 })
    }

    /// Makes the sessions that these contenders keep in PostgreSQL; each one's cookies, in their order.
    pub(crate) async fn furnish(
        &self,
        contenders: &[Contender],
        peers: &Peers,
        how_many: u32,
    ) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
        let url = self.cluster.url(MADE);
        let ours = sessions::make(&url, how_many).await?;
        let mut cookies = Vec::new();
        for contender in contenders {
            cookies.push(match contender.home {
                Home::Nowhere | Home::OurTable => ours.clone(),
                Home::OwnTable => {
                    if contender.program == Program::Express {
                        self.cluster.psql(MADE, &peers.table()?)?;
                    }
                    let process = Process::start(*contender, &url, peers, None)?;
                    visit::create(process.port, usize::try_from(how_many)?)?
                }
                // Made whenever it is started.
                Home::Redis | Home::Memory => Vec::new(),
            });
        }
        self.until_left(MADE).await?;
        self.cluster.psql(MADE, "vacuum analyze")?;
        Ok(cookies)
    }

    /// A new database that is as everything was before the first round; its name.
    pub(crate) async fn copy(&mut self) -> Result<String, Box<dyn Error>> {
        self.copies += 1;
        let name = format!("copy_{}", self.copies);
        // Ours is the only name in it.
        let sql = format!("create database {name} template {MADE}");
        sqlx::query(AssertSqlSafe(sql)).execute(&self.outside).await?;
        Ok(name)
    }

    pub(crate) async fn remove(&self, copy: &str) -> Result<(), Box<dyn Error>> {
        let sql = format!("drop database {copy} with (force)");
        sqlx::query(AssertSqlSafe(sql)).execute(&self.outside).await?;
        Ok(())
    }

    pub(crate) fn url(&self, database: &str) -> String {
        self.cluster.url(database)
    }

    /// The process that all of the server's are below.
    pub(crate) fn pid(&self) -> Result<u32, Box<dyn Error>> {
        self.cluster.pid().ok_or_else(|| "PostgreSQL has ended".into())
    }

    /// Waits until nobody uses the database. Only then is everything counted: a connection tells what it has
    /// done once a second, and when it ends.
    pub(crate) async fn until_left(&self, database: &str) -> Result<(), Box<dyn Error>> {
        loop {
            let connections: i64 = sqlx::query_scalar(
                "select count(*) from pg_stat_activity
                where datname = $1 and backend_type = 'client backend'",
            )
            .bind(database)
            .fetch_one(&self.outside)
            .await?;
            if connections == 0 {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn work(&self, database: &str) -> Result<Work, Box<dyn Error>> {
        let (transactions, wal) = sqlx::query_as(
            "select coalesce(sum(xact_commit), 0)::float8, (pg_current_wal_insert_lsn() - '0/0')::float8
            from pg_stat_database where datname = $1",
        )
        .bind(database)
        .fetch_one(&self.outside)
        .await?;
        Ok(Work { transactions, wal })
    }

    /// The server's version, and today's date as it knows it.
    pub(crate) fn facts(&self) -> Result<(String, String), Box<dyn Error>> {
        let version = self.cluster.psql("postgres", "show server_version")?;
        let version = version.split(' ').next().unwrap_or_default().to_owned();
        Ok((version, self.cluster.psql("postgres", "select current_date")?))
    }
}
