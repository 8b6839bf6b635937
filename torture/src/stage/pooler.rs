//! A PgBouncer between the applications and the database, and a network before it.

use std::sync::Arc;

use xtask::postgres::PgBouncer;

use super::{authority, redirected};
use crate::proxy::Proxy;
use crate::{Error, OrSay as _, Result};

/// Connections of the server that it has: fewer than the applications' pools together.
const CONNECTIONS: u32 = 12;

/// After a failed login it would refuse everybody for fifteen seconds, and wait as long for one that gets no answer. And
/// a connection that is lost on both sides would keep its place for ever: nobody tells it that the client has given up,
/// and no answer comes.
const SETTINGS: [(&str, &str); 4] = [
    ("server_login_retry", "1"),
    ("server_connect_timeout", "3"),
    ("query_timeout", "5"),
    ("idle_transaction_timeout", "5"),
];

/// It, and the way to it.
#[derive(Debug)]
pub struct Pooler {
    /// It. Its methods block.
    pub bouncer: Arc<PgBouncer>,
    /// What stands between it and the applications.
    pub proxy: Proxy,
}

impl Pooler {
    /// One before the server of `url`, and the address of the same database through it.
    pub(super) async fn before(url: &str) -> Result<(Self, String)> {
        let server = url.to_owned();
        let start = move || {
            PgBouncer::find_or_install()?;
            PgBouncer::before(&server, CONNECTIONS, &SETTINGS)
        };
        let bouncer = tokio::task::spawn_blocking(start);
        let bouncer = bouncer.await.map_err(|error| Error::new(error.to_string()))??;
        let proxy = Proxy::start(authority(&bouncer.url("any"))?).await;
        let proxy = proxy.or_say(|| "the proxy before PgBouncer".to_owned())?;
        let through = redirected(url, proxy.address())?;
        Ok((Self { bouncer: Arc::new(bouncer), proxy }, through))
    }
}
