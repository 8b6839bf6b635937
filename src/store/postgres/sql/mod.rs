//! Every statement on sessions, by name. Nothing else in the crate contains SQL but the migrations and
//! what runs them.
//!
//! All times are the database's. `statement_timestamp()` is compared and added within each statement and never in
//! Rust, so neither an application's clock nor a server's time zone matters. It is not `now()`, which in a transaction
//! of the application's would be its beginning, when sessions lived that are over. All names of ours are qualified,
//! and what PostgreSQL has is called with just the types that it has, or by its full name, so that no schema of the
//! `search_path` has anything that fits better; `tests/search_path` plants what could.

pub(super) mod admin;
mod batches;
mod distributed;
#[cfg(feature = "express")]
mod imports;
#[cfg(feature = "cache")]
pub(super) mod listening;
mod lone;
mod owners;
mod parts;

use std::sync::Arc;

use self::batches::Form;
use super::layout::Layout;
use super::names::Names;
pub(super) use distributed::Distributed;

/// The statements for one table of sessions.
#[derive(Debug)]
pub(super) struct Sql {
    pub(super) create: Arc<str>,
    pub(super) create_all: Arc<str>,
    pub(super) load: Arc<str>,
    pub(super) load_all: Arc<str>,
    pub(super) has_ended: Arc<str>,
    pub(super) is_live: Arc<str>,
    pub(super) update: Arc<str>,
    pub(super) update_with_lifetime: Arc<str>,
    pub(super) update_all: Arc<str>,
    pub(super) touch: Arc<str>,
    pub(super) touch_with_lifetime: Arc<str>,
    pub(super) touch_all: Arc<str>,
    pub(super) delete: Arc<str>,
    pub(super) delete_all: Arc<str>,
    pub(super) successor: Arc<str>,
    pub(super) sessions_of: Arc<str>,
    pub(super) end_session_of: Arc<str>,
    pub(super) end_sessions_of: Arc<str>,
    pub(super) line_up: Arc<str>,
    pub(super) surplus: Arc<str>,
    pub(super) evict: Arc<str>,
    pub(super) own: Own,
}

/// What is done by other statements in one database and in a cluster.
#[derive(Debug)]
pub(super) enum Own {
    OneNode(OneNode),
    Distributed(Arc<Distributed>),
}

/// The statements that need all rows to be on one node.
#[derive(Debug)]
pub(super) struct OneNode {
    pub(super) update_free: Arc<str>,
    pub(super) touch_free: Arc<str>,
    pub(super) delete_free: Arc<str>,
    pub(super) renew: Arc<str>,
    pub(super) restart: Arc<str>,
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
    pub(super) fn new(names: &Names, layout: Layout) -> Self {
        match layout {
            Layout::Plain => Self::on_one_node(names, Form::PLAIN),
            Layout::Partitioned { .. } => Self::on_one_node(names, Form::OTHER),
            Layout::Distributed { .. } => Self::distributed(names),
        }
    }

    fn on_one_node(names: &Names, form: Form) -> Self {
        let (sessions, ended) = (&names.sessions(), &names.ended());
        let update: Arc<str> = lone::update(sessions).into();
        Self {
            create: lone::create(sessions).into(),
            create_all: batches::create_all(form, sessions).into(),
            load: lone::load(sessions).into(),
            load_all: batches::load_all(form, sessions).into(),
            has_ended: lone::has_ended(ended).into(),
            is_live: lone::is_live(sessions).into(),
            update: Arc::clone(&update),
            update_with_lifetime: update,
            update_all: batches::update_all(form, sessions).into(),
            touch: lone::touch(sessions).into(),
            touch_with_lifetime: lone::touch_with_lifetime(sessions).into(),
            touch_all: batches::touch_all(form, sessions).into(),
            delete: lone::delete(sessions, ended).into(),
            delete_all: batches::delete_all(form, sessions, ended).into(),
            successor: lone::successor(ended).into(),
            sessions_of: owners::sessions_of(sessions).into(),
            end_session_of: owners::end_session_of(sessions).into(),
            end_sessions_of: owners::end_sessions_of(sessions).into(),
            line_up: owners::line_up(sessions).into(),
            surplus: owners::surplus(sessions).into(),
            evict: owners::evict(sessions).into(),
            own: Own::OneNode(OneNode {
                update_free: lone::update_free(sessions).into(),
                touch_free: lone::touch_free(sessions).into(),
                delete_free: lone::delete_free(sessions, ended).into(),
                renew: lone::renew(sessions, ended).into(),
                restart: lone::restart(sessions, ended).into(),
                prune: lone::prune(names).into(),
                #[cfg(feature = "express")]
                import: imports::import(sessions).into(),
                #[cfg(feature = "express")]
                imported: imports::imported(sessions).into(),
                #[cfg(feature = "express")]
                drop_imported: imports::drop_imported(sessions).into(),
                #[cfg(feature = "express")]
                adopt: imports::adopt(sessions).into(),
            }),
        }
    }

    fn distributed(names: &Names) -> Self {
        let (sessions, ended) = (&names.sessions(), &names.ended());
        Self {
            create: distributed::create(sessions).into(),
            create_all: distributed::create_all(sessions).into(),
            load: lone::load(sessions).into(),
            load_all: batches::load_all(Form::OTHER, sessions).into(),
            has_ended: lone::has_ended(ended).into(),
            is_live: lone::is_live(sessions).into(),
            update: distributed::update(sessions).into(),
            update_with_lifetime: distributed::update_with_lifetime(sessions).into(),
            update_all: distributed::update_all(sessions).into(),
            touch: distributed::touch(sessions).into(),
            touch_with_lifetime: distributed::touch_with_lifetime(sessions).into(),
            touch_all: distributed::touch_all(sessions).into(),
            delete: distributed::delete(sessions).into(),
            delete_all: distributed::delete_all(sessions).into(),
            successor: lone::successor(ended).into(),
            sessions_of: owners::sessions_of(sessions).into(),
            end_session_of: owners::end_session_of(sessions).into(),
            end_sessions_of: owners::end_sessions_of(sessions).into(),
            line_up: owners::line_up(sessions).into(),
            surplus: owners::surplus(sessions).into(),
            evict: owners::evict(sessions).into(),
            own: Own::Distributed(Arc::new(Distributed::new(sessions, ended))),
        }
    }

    pub(super) fn as_one_node(&self) -> Option<&OneNode> {
        match &self.own {
            Own::OneNode(sql) => Some(sql),
            Own::Distributed(_) => None,
        }
    }

    pub(super) fn as_distributed(&self) -> Option<&Arc<Distributed>> {
        match &self.own {
            Own::Distributed(sql) => Some(sql),
            Own::OneNode(_) => None,
        }
    }
}

/// Whether some connection like this one, of the same user, application and database, has been at work for so many
/// seconds or more. Where PostgreSQL does not keep account of that, it may have been.
pub(super) fn at_work(seconds: f64) -> String {
    format!(
        "select exists (
            select from pg_catalog.pg_stat_activity
            where usename = session_user and datname = current_database()
                and application_name = current_setting('application_name'::text) and pid <> pg_backend_pid()
                and (state = 'disabled'
                    or (state = 'active' and state_change <= clock_timestamp() - interval '{seconds} s')))"
    )
}

#[cfg(test)]
mod tests;
