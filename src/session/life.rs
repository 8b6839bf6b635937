//! The verbs that begin, renew and end a session.

use super::Session;
use crate::error::SessionError;
use crate::events::EndReason;
use crate::record::Lifetime;

impl<M> Session<M> {
    /// Gives the session a new id, and keeps everything else. The old id is dead before the response
    /// goes out.
    ///
    /// Call it whenever what the visitor may do grows; [`login`](Self::login) includes it.
    ///
    /// # Errors
    ///
    /// When the session was destroyed or is sealed.
    pub fn renew(&self) -> Result<(), SessionError> {
        self.edit(|edits| edits.renew())
    }

    /// Begins a new, empty session in place of this one; express's `regenerate`.
    ///
    /// # Errors
    ///
    /// When the session is sealed.
    pub fn regenerate(&self) -> Result<(), SessionError> {
        self.inner.draft.borrow_mut().begin(None, None)
    }

    /// Signs `owner` in: a new id, a new lifetime, `authenticated_at` now. Values are kept, so a
    /// cart survives; unless somebody else was signed in, whose values are dropped.
    ///
    /// The old id is dead before the response goes out, so an id that an attacker planted is worth
    /// nothing (OWASP ASVS 5.0 §7.2.4). Nobody is signed in when the handler fails; see
    /// [`OnError`](crate::OnError).
    ///
    /// # Errors
    ///
    /// When the session is sealed, or `owner` holds U+0000 or more than 1024 bytes.
    pub fn login(&self, owner: impl Into<String>) -> Result<(), SessionError> {
        self.sign_in(owner.into(), None)
    }

    /// Signs out: [`purge`](Self::purge) under the name that belongs to [`login`](Self::login).
    ///
    /// # Errors
    ///
    /// As [`purge`](Self::purge).
    pub fn logout(&self) -> Result<(), SessionError> {
        self.purge()
    }

    /// Ends the session, here and in the browser. Twice is once. Under
    /// [`express_defaults`](crate::SessionMiddlewareBuilder::express_defaults) the browser keeps its cookie,
    /// which names nothing then.
    ///
    /// # Errors
    ///
    /// When the session is sealed.
    pub fn purge(&self) -> Result<(), SessionError> {
        self.inner.draft.borrow_mut().destroy(EndReason::SignedOut)
    }

    /// express-session's name for [`purge`](Self::purge).
    ///
    /// # Errors
    ///
    /// As [`purge`](Self::purge).
    pub fn destroy(&self) -> Result<(), SessionError> {
        self.purge()
    }

    /// What express does on `req.session = null`: drops this request's changes, and the session too
    /// under [`Unset::Destroy`](crate::Unset::Destroy). Verbs that follow are refused, as after
    /// [`purge`](Self::purge), which is itself still carried out.
    ///
    /// # Errors
    ///
    /// When the session was destroyed or is sealed.
    pub fn unset(&self) -> Result<(), SessionError> {
        self.edit(|edits| edits.unset())
    }

    /// Counts this request as use of the session even if no [touch](crate::SessionMiddlewareBuilder::touch_after)
    /// is due. Cost: one statement. If it fails, that is logged and the page served.
    ///
    /// # Errors
    ///
    /// When the session was destroyed or is sealed.
    pub fn touch(&self) -> Result<(), SessionError> {
        self.edit(|edits| edits.touch())
    }

    /// Gives this session a lifetime of its own: "remember me". The absolute part counts from the
    /// session's beginning; with a [`login`](Self::login) in the same request that is now.
    ///
    /// # Errors
    ///
    /// When the session was destroyed or is sealed.
    pub fn set_lifetime(&self, lifetime: Lifetime) -> Result<(), SessionError> {
        self.edit(|edits| edits.set_lifetime(lifetime.clamped()))
    }
}
