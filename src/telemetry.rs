//! The events, by their stable names. This is the only file that logs.
//!
//! An event names a session by its public handle. No cookie, id, digest or value is in any of them.

use uuid::Uuid;

use crate::error::{SessionError, StoreError};

/// The target of every event, for filters.
pub(crate) const TARGET: &str = "actix_pg_session";

/// A cookie of our name is none of ours; the visitor is anonymous.
pub(crate) fn cookie_refused(reason: &'static str) {
    tracing::debug!(name: "session.cookie_refused", target: TARGET, reason, "session cookie refused");
}

/// A `Secure` cookie was not sent over plain HTTP. Behind a proxy that ends TLS, `trust_proxy` is missing.
pub(crate) fn cookie_withheld() {
    tracing::warn!(name: "session.cookie_withheld", target: TARGET, "secure session cookie not sent over plain HTTP; is `trust_proxy` missing?");
}

/// What a session's row says of its cookie makes no header; the page goes out without.
pub(crate) fn cookie_unwritable(error: &dyn std::error::Error) {
    tracing::warn!(name: "session.cookie_unwritable", target: TARGET, error = %error, "session cookie cannot be written");
}

/// A session's row is there, and cannot be read. It stays, and the visitor gets another session.
pub(crate) fn unreadable(error: &StoreError) {
    tracing::error!(name: "session.unreadable", target: TARGET, error = %error, "session row cannot be read; served without it");
}

/// A cookie of ours names no session: it expired, or was ended elsewhere.
pub(crate) fn unknown() {
    tracing::debug!(name: "session.unknown", target: TARGET, "signed session cookie names no session");
}

/// A request came with an id that its own browser has just left behind.
pub(crate) fn late() {
    tracing::debug!(name: "session.late", target: TARGET, "late request with an id that has just ended");
}

/// What a late request stored was dropped.
pub(crate) fn late_change_dropped() {
    tracing::info!(name: "session.late_change_dropped", target: TARGET, "changes of a late request dropped");
}

pub(crate) fn created(handle: Uuid) {
    tracing::debug!(name: "session.created", target: TARGET, session = %handle, "session created");
}

pub(crate) fn renewed(handle: Uuid) {
    tracing::debug!(name: "session.renewed", target: TARGET, session = %handle, "session got a new id");
}

pub(crate) fn restarted(ended: Uuid, handle: Uuid) {
    tracing::info!(name: "session.restarted", target: TARGET, session = %handle, %ended, "new session in place of another");
}

/// Without a handle: by a late request, under an id that the session had a moment ago.
pub(crate) fn destroyed(handle: Option<Uuid>) {
    let session = handle.map(tracing::field::display);
    tracing::info!(name: "session.destroyed", target: TARGET, session, "session destroyed");
}

/// An owner has ended a session of theirs from another.
pub(crate) fn revoked(handle: Uuid, by: Option<Uuid>) {
    let by = by.map(tracing::field::display);
    tracing::info!(name: "session.revoked", target: TARGET, session = %handle, by, "session ended by its owner, from another");
}

/// A session was ended so that its owner keeps to their number.
pub(crate) fn evicted(handle: Uuid) {
    tracing::info!(name: "session.evicted", target: TARGET, session = %handle, "session ended, as its owner has signed in too often");
}

/// A sign-in was refused, since its owner has as many sessions as they may.
pub(crate) fn sign_in_refused() {
    tracing::info!(name: "session.sign_in_refused", target: TARGET, "sign-in refused: too many sessions of one owner");
}

/// A session came with an old version of its owner's credentials, and is over.
pub(crate) fn credential_changed(handle: Uuid) {
    tracing::info!(name: "session.credential_changed", target: TARGET, session = %handle, "session of an old credential ended");
}

/// A save found its session ended meanwhile; what it would have saved is dropped.
pub(crate) fn gone(handle: Uuid) {
    tracing::info!(name: "session.gone", target: TARGET, session = %handle, "session ended during the request; nothing saved");
}

/// A value was computed again because another writer came first.
pub(crate) fn replayed(handle: Uuid) {
    tracing::debug!(name: "session.replayed", target: TARGET, session = %handle, "update run again on a fresher value");
}

/// An id was taken. With a sound generator this does not happen in the life of the universe.
pub(crate) fn collision() {
    tracing::warn!(name: "session.collision", target: TARGET, "new session id exists already; is `id_generator` random?");
}

/// A session could not be loaded or saved.
pub(crate) fn failed(error: &SessionError) {
    tracing::error!(name: "session.failed", target: TARGET, error = %error, "session could not be loaded or saved");
}

/// A verb was refused, and the handler made that its response, which tells the visitor nothing.
pub(crate) fn misused(error: &SessionError) {
    tracing::error!(name: "session.misused", target: TARGET, error = %error, "a handler failed with a session's error");
}

/// A round of pruning has ended.
#[cfg(feature = "postgres")]
pub(crate) fn pruned(sessions: u64) {
    tracing::debug!(name: "session.pruned", target: TARGET, sessions, "expired sessions pruned");
}

/// A round of pruning failed; the next one comes.
#[cfg(feature = "postgres")]
pub(crate) fn prune_failed(error: &StoreError) {
    tracing::warn!(name: "session.prune_failed", target: TARGET, error = %error, "pruning failed; trying again later");
}

/// An administrator has ended sessions on the dashboard; none counted: all of them.
#[cfg(feature = "dashboard")]
pub(crate) fn revoked_by_admin(by: &str, sessions: Option<u64>) {
    tracing::info!(name: "session.revoked_by_admin", target: TARGET, by, sessions, "sessions ended by an administrator");
}

/// A page of the dashboard could not be made.
#[cfg(feature = "dashboard")]
pub(crate) fn dashboard_failed(error: &dyn std::error::Error) {
    tracing::error!(name: "session.dashboard_failed", target: TARGET, error = %error, "a page of the dashboard could not be made");
}

/// No reading was taken; the next one comes.
#[cfg(feature = "postgres")]
pub(crate) fn reading_failed(error: &dyn std::error::Error) {
    tracing::warn!(name: "session.reading_failed", target: TARGET, error = %error, "no reading of the sessions was taken; trying again later");
}

/// A session of an Express application could not be imported; it stays where it is.
#[cfg(feature = "express")]
pub(crate) fn not_imported(handle: Uuid, error: &StoreError) {
    tracing::warn!(name: "session.not_imported", target: TARGET, session = %handle, error = %error, "session not imported");
}

/// The cache hears of every change from now on.
#[cfg(feature = "cache")]
pub(crate) fn cache_live() {
    tracing::info!(name: "session.cache_live", target: TARGET, "session cache is live");
}

/// The cache may have missed something. Reads go to the database until it listens again.
#[cfg(feature = "cache")]
pub(crate) fn cache_doubt(error: &StoreError) {
    tracing::warn!(name: "session.cache_doubt", target: TARGET, error = %error, "session cache is in doubt; reads go to the database");
}

/// The database's clock and this machine's went at different speeds, so no entry's end is known any more.
#[cfg(feature = "cache")]
pub(crate) fn cache_clock_jumped() {
    tracing::warn!(name: "session.cache_clock_jumped", target: TARGET, "a clock has jumped; session cache emptied");
}
