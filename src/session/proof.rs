//! The verbs about what a signed-in owner has proved, and with what.

use super::Session;
use crate::error::SessionError;
use crate::events::EndReason;
use crate::record::check_owner;

impl<M> Session<M> {
    /// [`login`](Self::login), and with which version of the credentials: a number or a text that the application
    /// changes whenever the password changes, or a second factor comes or goes.
    ///
    /// It closes the gap between checking a password and signing in. Read the version together with the
    /// password's hash. If the password is changed while the old one is still being checked, ending all
    /// sessions comes too early for the one that is about to begin; but that one has the old version, and
    /// [`check_credential`](Self::check_credential), or
    /// [`credentials`](crate::SessionMiddlewareBuilder::credentials), ends it at its next use. It is no
    /// secret, so no part of a hash either: a counter or the time of the last change will do.
    ///
    /// # Errors
    ///
    /// As [`login`](Self::login); the version is held to the same limits as the owner.
    pub fn login_with(
        &self,
        owner: impl Into<String>,
        credential: impl ToString,
    ) -> Result<(), SessionError> {
        self.sign_in(owner.into(), Some(credential.to_string()))
    }

    pub(super) fn sign_in(&self, owner: String, credential: Option<String>) -> Result<(), SessionError> {
        check_owner(&owner).map_err(|reason| SessionError::unstorable("owner", reason))?;
        check_credential(credential.as_deref())?;
        self.inner.draft.borrow_mut().begin(Some(owner), credential)
    }

    /// The owner has proved again who they are: a new id, `authenticated_at` now; owner, values and lifetime stay.
    ///
    /// To be called after asking for the password, or a second factor, once more: before something that a
    /// thief of the session must not do ([`Recent`](crate::Recent) sends people there; OWASP ASVS 5.0 §7.5.1
    /// and §7.5.3), or because it has been too long (NIST SP 800-63B-4 §5.2). The id changes because what the
    /// visitor may do grows (ASVS §7.2.4). If the handler fails, the id changes and nothing is proved.
    ///
    /// It counts as use, so the idle time begins anew. The deadline stays: one factor is enough here, and must not keep
    /// a session for ever. Whoever has been asked for all that a sign-in asks for has signed in, so say
    /// [`login`](Self::login) with the same owner: that begins both anew, as NIST SP 800-63B-4 §5.2 wants it, and keeps
    /// the values.
    ///
    /// # Errors
    ///
    /// When nobody is signed in, or the session was destroyed or is sealed.
    pub fn reauthenticate(&self) -> Result<(), SessionError> {
        self.prove(None)
    }

    /// The same, and with which version of the credentials: for the session in which a password was just
    /// changed, so that it does not end with those that [`login_with`](Self::login_with) began under the old
    /// one.
    ///
    /// # Errors
    ///
    /// As [`reauthenticate`](Self::reauthenticate), and when the version is longer than 1024 bytes or holds
    /// U+0000.
    pub fn reauthenticate_with(&self, credential: impl ToString) -> Result<(), SessionError> {
        self.prove(Some(credential.to_string()))
    }

    fn prove(&self, credential: Option<String>) -> Result<(), SessionError> {
        check_credential(credential.as_deref())?;
        // Says what is the matter with the session first, if something is.
        self.edit(|_| ())?;
        if self.owner().is_none() {
            return Err(SessionError::not_signed_in());
        }
        self.edit(|edits| edits.reauthenticate(credential))
    }

    /// The version of the credentials that the owner signed in with, counting this request's
    /// [`login_with`](Self::login_with). `None` when the application did not say.
    pub fn credential(&self) -> Option<String> {
        self.read(|draft| draft.credential().map(str::to_owned))
    }

    /// Whether the owner has signed in with the present version of their credentials. If not, the session is
    /// over, as after [`purge`](Self::purge), and the request that of a stranger.
    ///
    /// For handlers that read the owner's record anyway, so that it costs nothing; where every request shall
    /// be checked, say [`credentials`](crate::SessionMiddlewareBuilder::credentials) to the middleware
    /// instead. A session of an owner that was begun without a version counts as one of an old version. Where
    /// nobody is signed in the answer is no, and nothing ends.
    ///
    /// # Errors
    ///
    /// When the session is sealed.
    pub fn check_credential(&self, current: impl ToString) -> Result<bool, SessionError> {
        if self.owner().is_none() {
            return Ok(false);
        }
        if self.credential().as_deref() == Some(&*current.to_string()) {
            return Ok(true);
        }
        self.inner.draft.borrow_mut().destroy(EndReason::CredentialChanged)?;
        Ok(false)
    }
}

fn check_credential(credential: Option<&str>) -> Result<(), SessionError> {
    let credential = credential.unwrap_or_default();
    check_owner(credential).map_err(|reason| SessionError::unstorable("credential", reason))
}
