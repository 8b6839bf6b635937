//! Every statement on sessions, by name. Nothing else in the crate contains SQL but the migrations and
//! what runs them.
//!
//! All times are the database's. `now()` is compared and added within each statement and never in
//! Rust, so neither an application's clock nor a server's time zone matters. All names are
//! qualified, so `search_path` does not matter either.

mod batches;
#[cfg(feature = "express")]
mod imports;
#[cfg(feature = "cache")]
pub(super) mod listening;
mod lone;
mod parts;

use std::sync::Arc;

use super::names::Names;

/// The statements for one table of sessions.
#[derive(Debug)]
pub(super) struct Sql {
    pub(super) create: Arc<str>,
    pub(super) create_all: Arc<str>,
    pub(super) load_all: Arc<str>,
    pub(super) update_all: Arc<str>,
    pub(super) touch_all: Arc<str>,
    pub(super) delete_all: Arc<str>,
    pub(super) load: Arc<str>,
    pub(super) has_ended: Arc<str>,
    pub(super) is_live: Arc<str>,
    pub(super) update: Arc<str>,
    pub(super) touch: Arc<str>,
    pub(super) touch_with_lifetime: Arc<str>,
    pub(super) renew: Arc<str>,
    pub(super) restart: Arc<str>,
    pub(super) delete: Arc<str>,
    pub(super) successor: Arc<str>,
    pub(super) prune: Arc<str>,
    #[cfg(feature = "express")]
    pub(super) import: Arc<str>,
    #[cfg(feature = "express")]
    pub(super) imported: Arc<str>,
    #[cfg(feature = "express")]
    pub(super) drop_imported: Arc<str>,
    #[cfg(feature = "express")]
    pub(super) adopt: Arc<str>,
}

impl Sql {
    pub(super) fn new(names: &Names) -> Self {
        let (sessions, ended) = (&names.sessions(), &names.ended());
        Self {
            create: lone::create(sessions).into(),
            create_all: batches::create_all(sessions).into(),
            load_all: batches::load_all(sessions).into(),
            update_all: batches::update_all(sessions).into(),
            touch_all: batches::touch_all(sessions).into(),
            delete_all: batches::delete_all(sessions, ended).into(),
            load: lone::load(sessions).into(),
            has_ended: lone::has_ended(ended).into(),
            is_live: lone::is_live(sessions).into(),
            update: lone::update(sessions).into(),
            touch: lone::touch(sessions).into(),
            touch_with_lifetime: lone::touch_with_lifetime(sessions).into(),
            renew: lone::renew(sessions, ended).into(),
            restart: lone::restart(sessions, ended).into(),
            delete: lone::delete(sessions, ended).into(),
            successor: lone::successor(ended).into(),
            prune: lone::prune(names).into(),
            #[cfg(feature = "express")]
            import: imports::import(sessions).into(),
            #[cfg(feature = "express")]
            imported: imports::imported(sessions).into(),
            #[cfg(feature = "express")]
            drop_imported: imports::drop_imported(sessions).into(),
            #[cfg(feature = "express")]
            adopt: imports::adopt(sessions).into(),
        }
    }
}
