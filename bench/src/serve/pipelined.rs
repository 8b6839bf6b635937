//! The same statements by tokio-postgres, which sends a statement without waiting for the answer to the one
//! before: one connection for each worker carries all its requests.

use std::error::Error;
use std::io;

use actix_web::{App, HttpServer, Result, error, rt};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

use super::by_hand::{INSERT, RENEW, SELECT, Statements, UPDATE, pages};
use super::{WORKERS, announce};

pub(super) async fn listen(url: &str) -> Result<(), Box<dyn Error>> {
    let url = url.to_owned();
    let server = HttpServer::new(move || {
        let url = url.clone();
        let connect = move || {
            let url = url.clone();
            async move { Prepared::connect(&url).await.map_err(io::Error::other) }
        };
        App::new().data_factory(connect).configure(pages::<Prepared>)
    });
    let server = server.workers(WORKERS).bind(("127.0.0.1", 0))?;
    announce(server.addrs()[0].port())?;
    Ok(server.run().await?)
}

struct Prepared {
    client: Client,
    select: Statement,
    update: Statement,
    insert: Statement,
    renew: Statement,
}

impl Prepared {
    async fn connect(url: &str) -> Result<Self, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        rt::spawn(async move {
            if let Err(error) = connection.await {
                eprintln!("the connection broke: {error}");
            }
        });
        Ok(Self {
            select: client.prepare(SELECT).await?,
            update: client.prepare(UPDATE).await?,
            insert: client.prepare(INSERT).await?,
            renew: client.prepare(RENEW).await?,
            client,
        })
    }

    async fn change(&self, statement: &Statement, arguments: &[&(dyn ToSql + Sync)]) -> Result<u64> {
        self.client.execute(statement, arguments).await.map_err(error::ErrorInternalServerError)
    }
}

impl Statements for Prepared {
    async fn select(&self, key: &[u8]) -> Result<Option<String>> {
        let row = self.client.query_opt(&self.select, &[&key]).await;
        Ok(row.map_err(error::ErrorInternalServerError)?.map(|row| row.get(0)))
    }

    async fn update(&self, key: &[u8], data: &str) -> Result<u64> {
        self.change(&self.update, &[&key, &data]).await
    }

    async fn insert(&self, key: &[u8], data: &str) -> Result<u64> {
        self.change(&self.insert, &[&key, &data]).await
    }

    async fn renew(&self, key: &[u8], new: &[u8]) -> Result<u64> {
        self.change(&self.renew, &[&key, &new]).await
    }
}
