//! PostgreSQL servers of one's own.
//!
//! A demo that asks for a database first is a demo few people see, and tests
//! that share a server disturb each other and it. So both bring their own: a
//! [`Cluster`] is a server with its own directory, port and password, started
//! from the PostgreSQL [`Programs`] of the machine.
//!
//! Three promises hold for every cluster:
//!
//! * Other users of the machine cannot get in. The server listens on 127.0.0.1
//!   only, asks everybody for a generated password, and keeps it in a file for
//!   its owner alone. (A superuser of PostgreSQL can run programs as the user
//!   the server runs as, so trusting whoever finds the port is no option.)
//! * No server outlives its owner, even one that was killed: see
//!   [`watcher`](crate::watcher).
//! * Only processes that were started here are ever ended.

mod bring_up;
mod cluster;
mod for_tests;
mod home;
mod install;
mod launch;
mod orphan;
mod packaged;
mod pgbouncer;
mod pidfile;
mod port;
mod programs;
mod random;
mod server_user;
mod standby;
mod url;

pub use cluster::Cluster;
pub use for_tests::url_for_tests;
pub use launch::Mode;
pub use pgbouncer::PgBouncer;
pub use programs::Programs;

/// Whether a server started here could work in `directory`: it may run as
/// another user, who must be able to get there.
pub fn server_can_reach(directory: &std::path::Path) -> crate::Result<bool> {
    Ok(server_user::ServerUser::find()?.can_reach(directory))
}
