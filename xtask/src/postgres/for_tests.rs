//! One server for all tests of a program.

use std::sync::OnceLock;

use super::cluster::Cluster;
use crate::Result;

/// The URL of a server's database `postgres`, as a superuser who may create
/// databases: `DATABASE_URL` if it is set, as `./dev test` does, otherwise an
/// ephemeral cluster that every caller in this process shares.
pub fn url_for_tests() -> Result<String> {
    // A static is never dropped; the cluster's watcher deletes it.
    static SHARED: OnceLock<Result<Cluster>> = OnceLock::new();
    if let Ok(url) = std::env::var("DATABASE_URL") {
        return Ok(url);
    }
    match SHARED.get_or_init(Cluster::ephemeral) {
        Ok(cluster) => Ok(cluster.url("postgres")),
        Err(error) => Err(error.clone()),
    }
}
