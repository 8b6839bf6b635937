//! The PostgreSQL store over tables in hash partitions and over distributed ones: the same law.
//!
//! With `DISTRIBUTED_DATABASE_URL` the law of distributed tables is run on that server, a Citus cluster with
//! a database that may be thrown away; else on the server of all tests, where they are ordinary tables.

mod deadlock;
mod law;
mod migrating;
mod pruning;
mod recipes;
#[path = "../support/mod.rs"]
mod support;
mod volatility;

use actix_pg_session::Layout;

const PARTITIONED: Layout = Layout::Partitioned { partitions: 5 };
const DISTRIBUTED: Layout = Layout::Distributed { shards: 4 };
