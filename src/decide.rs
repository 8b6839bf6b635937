//! From what a request did to what is written and which cookie goes out. No I/O, no HTTP.

pub(crate) mod express;

use crate::policy::{OnError, Policy, Unset};

/// A finished request, as far as the decision depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    pub(crate) origin: Origin,
    pub(crate) intent: Intent,
    /// The session was destroyed, or emptied by a `regenerate`, even if another was then to begin in
    /// its place.
    pub(crate) over: bool,
    /// Values or lifetime were changed; for a session that does not exist yet, there are values.
    pub(crate) changed: bool,
    /// The handler asked to be forgotten.
    pub(crate) unset: bool,
    /// A touch is due, or was asked for.
    pub(crate) touch_due: bool,
    /// The cookie was signed with an old secret.
    pub(crate) signed_with_old_key: bool,
    /// The cookie has a `Max-Age`, which goes stale when the row moves, or is to have none any more.
    pub(crate) persistent: bool,
    /// A save in the middle of the request has already made or renewed the session, and the browser
    /// does not know yet.
    pub(crate) cookie_owed: bool,
    /// The request brought a cookie of our name, good or bad.
    pub(crate) cookie_presented: bool,
    /// The handler failed.
    pub(crate) failed: bool,
    /// What express-session asks besides; only answered where its habits are followed.
    pub(crate) express: Option<express::Facts>,
}

/// Where the session came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// There was none.
    Fresh,
    /// There was one a moment ago; the browser has, or will have, a newer cookie.
    Late,
    /// The store has it.
    Live,
}

/// What the handler wants done with the session as a whole; a stronger intent wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Intent {
    #[default]
    Keep,
    /// A new id for the same session.
    Renew,
    /// A new session in place of this one, with its values.
    Login,
    /// A new session in place of this one, without its values.
    Regenerate,
    /// No session.
    Destroy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) write: Write,
    /// Enacted only when the write found the session alive, so that no reply puts a dead id over a
    /// newer one.
    pub(crate) cookie: CookieMove,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Nothing,
    Create,
    Update,
    Touch,
    Renew,
    Restart,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CookieMove {
    /// Say nothing about the cookie.
    Leave,
    Set,
    Remove,
}

const NOTHING: Decision = Decision { write: Write::Nothing, cookie: CookieMove::Leave };

/// The one place where a request's end is decided.
pub(crate) fn decide(policy: &Policy, ended: Ended) -> Decision {
    let ended = settle_failure(policy, ended);
    if let Some(facts) = ended.express {
        return express::decide(policy, ended, facts);
    }
    let ended = settle_unset(policy, ended);
    match ended.origin {
        Origin::Fresh => decide_fresh(policy, ended),
        Origin::Late => decide_late(ended),
        Origin::Live => decide_live(policy, ended),
    }
}

/// Lets `unset` take away what it takes away, so that the rest need not know of it.
fn settle_unset(policy: &Policy, mut ended: Ended) -> Ended {
    if ended.unset {
        ended.changed = false;
        ended.touch_due = false;
        ended.intent = match policy.unset {
            Unset::Keep => Intent::Keep,
            Unset::Destroy => Intent::Destroy,
        };
    }
    ended
}

/// The same for a failure.
fn settle_failure(policy: &Policy, mut ended: Ended) -> Ended {
    if ended.failed && policy.on_error == OnError::Drop {
        ended.changed = false;
        ended.express = ended.express.map(express::Facts::without_changes);
        // A failure begins nothing, and signs nobody in. What the session was about to leave is still
        // left: itself if it was over, else its id.
        ended.intent = match ended.intent {
            Intent::Login | Intent::Regenerate if ended.over => Intent::Destroy,
            Intent::Login => Intent::Renew,
            other => other,
        };
    }
    ended
}

fn decide_fresh(policy: &Policy, ended: Ended) -> Decision {
    match ended.intent {
        Intent::Destroy if ended.cookie_presented => {
            Decision { write: Write::Nothing, cookie: CookieMove::Remove }
        }
        Intent::Destroy => NOTHING,
        Intent::Login | Intent::Regenerate => CREATE,
        _ if ended.changed => CREATE,
        _ if policy.save_uninitialized && !ended.unset => CREATE,
        _ => NOTHING,
    }
}

const CREATE: Decision = Decision { write: Write::Create, cookie: CookieMove::Set };

/// Only an explicit beginning gives a late request a session of its own. A sign-out ends the session
/// under the id that it has got meanwhile; the browser's cookie names nothing then, or is another's.
fn decide_late(ended: Ended) -> Decision {
    match ended.intent {
        Intent::Login | Intent::Regenerate => CREATE,
        Intent::Destroy => Decision { write: Write::Delete, cookie: CookieMove::Leave },
        _ => NOTHING,
    }
}

fn decide_live(policy: &Policy, ended: Ended) -> Decision {
    let set_if = |set| if set { CookieMove::Set } else { CookieMove::Leave };
    let resend = policy.rolling || ended.signed_with_old_key;
    match ended.intent {
        Intent::Destroy => Decision { write: Write::Delete, cookie: CookieMove::Remove },
        Intent::Login | Intent::Regenerate => Decision { write: Write::Restart, cookie: CookieMove::Set },
        Intent::Renew => Decision { write: Write::Renew, cookie: CookieMove::Set },
        Intent::Keep if ended.unset && !ended.cookie_owed => NOTHING,
        Intent::Keep if ended.changed || (policy.resave && !ended.unset) => {
            Decision { write: Write::Update, cookie: set_if(resend || ended.persistent || ended.cookie_owed) }
        }
        Intent::Keep if ended.touch_due || resend => {
            Decision { write: Write::Touch, cookie: set_if(resend || ended.persistent || ended.cookie_owed) }
        }
        // Nobody but this request knows an id that was never sent, so nobody can have ended it.
        Intent::Keep if ended.cookie_owed => Decision { write: Write::Nothing, cookie: CookieMove::Set },
        Intent::Keep => NOTHING,
    }
}

#[cfg(test)]
mod tests;
