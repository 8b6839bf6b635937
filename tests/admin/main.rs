//! What an administrator asks of the sessions, and does to them: in every layout, and through a cache.

mod census;
mod cookbook;
mod filters;
mod history;
mod hurry;
mod paging;
mod planted;
mod revoking;
#[path = "../support/mod.rs"]
mod support;

use actix_pg_session::Layout;

const LAYOUTS: [Layout; 3] =
    [Layout::Plain, Layout::Partitioned { partitions: 5 }, Layout::Distributed { shards: 4 }];
