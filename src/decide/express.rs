//! The end of a request as express-session decides it.
//!
//! Its rules differ from ours in what counts as a change and in when the cookie goes out, and an
//! application that shares sessions with an Express one must follow them to the letter. The names in
//! back quotes are express-session's own.

use super::{CookieMove, Decision, Ended, Intent, Origin, Write};
use crate::policy::{Policy, Unset};

/// What only express-session asks about a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// The browser does not know the id that the session has now: `cookieId !== req.sessionID`.
    pub(crate) is_new: bool,
    /// The session got another id during the request.
    pub(crate) has_other_id: bool,
    /// The values, and their order, are not those that the request began with: `isModified`, but for
    /// the id.
    pub(crate) modified: bool,
    /// The values were saved during the request, or loaded and need no `resave`, and are the same
    /// still: `isSaved`, but for the id.
    pub(crate) saved: bool,
    /// The lifetime was changed, which to express-session is no modification.
    pub(crate) lifetime_changed: bool,
}

impl Facts {
    /// The same request without what it did to the values.
    pub(super) fn without_changes(self) -> Self {
        Self { modified: false, saved: true, lifetime_changed: false, ..self }
    }
}

/// The write and the cookie at the end of a request.
pub(super) fn decide(policy: &Policy, ended: Ended, facts: Facts) -> Decision {
    if ended.origin == Origin::Late {
        return super::decide_late(super::settle_unset(policy, ended));
    }
    if ended.unset || ended.intent == Intent::Destroy {
        return Decision { write: end(policy, ended), cookie: CookieMove::Leave };
    }
    let modified = facts.modified || facts.has_other_id;
    let sets_cookie = match facts.is_new {
        // A failed request may have saved by hand before; then the row is there, and waits for its browser.
        true => policy.save_uninitialized || modified || (ended.failed && ended.cookie_owed),
        false => policy.rolling || (ended.persistent && modified),
    };
    // A cookie that the browser has already is only sent again by a write that found the session alive.
    let ended = Ended { touch_due: ended.touch_due || sets_cookie, ..ended };
    Decision {
        write: write(policy, ended, facts),
        cookie: if sets_cookie { CookieMove::Set } else { CookieMove::Leave },
    }
}

/// `req.session` is gone: destroyed, or set to null.
fn end(policy: &Policy, ended: Ended) -> Write {
    // What `regenerate` left behind was destroyed then and there.
    let ends = ended.intent == Intent::Destroy || ended.over || policy.unset == Unset::Destroy;
    if ends && ended.origin == Origin::Live { Write::Delete } else { Write::Nothing }
}

fn write(policy: &Policy, ended: Ended, facts: Facts) -> Write {
    match (ended.origin, ended.intent) {
        (Origin::Live, Intent::Login | Intent::Regenerate) => Write::Restart,
        (Origin::Live, Intent::Renew) => Write::Renew,
        (Origin::Live, _) if !facts.saved || facts.has_other_id => Write::Update,
        // `shouldTouch` asks that the browser knows the id.
        (Origin::Live, _) if !facts.is_new && (ended.touch_due || facts.lifetime_changed) => Write::Touch,
        (Origin::Live, _) => Write::Nothing,
        (_, Intent::Login | Intent::Regenerate) => Write::Create,
        _ if policy.save_uninitialized || facts.modified => Write::Create,
        _ => Write::Nothing,
    }
}

/// `req.session.save()`: writes whatever there is, changed or not.
pub(crate) fn save(ended: Ended) -> Write {
    match (ended.origin, ended.intent) {
        (Origin::Live, Intent::Login | Intent::Regenerate) => Write::Restart,
        (Origin::Live, Intent::Renew) => Write::Renew,
        (Origin::Live | Origin::Late, Intent::Destroy) => Write::Delete,
        (Origin::Live, Intent::Keep) => Write::Update,
        (Origin::Fresh, Intent::Destroy) => Write::Nothing,
        (Origin::Late, Intent::Keep | Intent::Renew) => Write::Nothing,
        (Origin::Fresh | Origin::Late, _) => Write::Create,
    }
}

#[cfg(test)]
mod tests;
