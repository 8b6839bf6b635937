//! Where the owner is signed in, and the power to end it.

use std::fmt;

use uuid::Uuid;

use super::Session;
use crate::commit::within;
use crate::config::Config;
use crate::error::SessionError;
use crate::events::{EndReason, SessionEvent};
use crate::store::{Deleted, Device, ErasedOwnerStore, Owners};
use crate::telemetry;

impl<M> Session<M> {
    /// The sessions of whoever is signed in here: "where am I signed in", and "sign out everywhere else".
    ///
    /// Asking costs nothing; its methods go to the store. For an owner who is not there (a password that was
    /// reset by mail, an account that is closed) call [`OwnerStore`](crate::OwnerStore) on the store.
    ///
    /// ```
    /// use actix_pg_session::SignedIn;
    /// use actix_web::{HttpResponse, Result};
    ///
    /// async fn devices(ann: SignedIn) -> Result<HttpResponse> {
    ///     let mut page = String::new();
    ///     for device in ann.devices().list().await? {
    ///         let browser = device.client.user_agent.unwrap_or_default();
    ///         let here = if device.is_current { " (this one)" } else { "" };
    ///         page += &format!("{browser}, used {} s ago{here}\n", device.since_seen.as_secs());
    ///     }
    ///     Ok(HttpResponse::Ok().body(page))
    /// }
    ///
    /// async fn sign_out_elsewhere(ann: SignedIn) -> Result<HttpResponse> {
    ///     let ended = ann.devices().end_others().await?;
    ///     Ok(HttpResponse::Ok().body(format!("{} ended", ended.len())))
    /// }
    /// ```
    pub fn devices(&self) -> Devices<M> {
        Devices { session: self.clone() }
    }
}

/// The sessions of one owner; see [`Session::devices`].
///
/// Every method answers with an error when nobody is signed in, when the store failed or is none that can
/// find sessions by their owner ([`ExpressStore`](crate::ExpressStore) is not), and, if it ends something,
/// when this session is sealed or was destroyed.
///
/// # Cancellation
///
/// Each is one statement, which is carried out or not.
pub struct Devices<M> {
    session: Session<M>,
}

/// How many sessions [`Devices::list`] answers at most.
const MOST: u32 = 100;

impl<M> Devices<M> {
    /// The live sessions, the last begun first; at most a hundred. Who has more needs a limit
    /// ([`sessions_per_owner`](crate::SessionMiddlewareBuilder::sessions_per_owner)) rather than another page.
    ///
    /// Cost: one query, by the index on owners.
    ///
    /// # Errors
    ///
    /// As all methods; see [`Devices`].
    pub async fn list(&self) -> Result<Vec<Device>, SessionError> {
        self.list_at_most(MOST).await
    }

    /// The same, at most so many.
    ///
    /// # Errors
    ///
    /// As all methods; see [`Devices`].
    pub async fn list_at_most(&self, most: u32) -> Result<Vec<Device>, SessionError> {
        let (owner, current) = self.who()?;
        let mut devices = within(self.config(), self.store()?.sessions_of(&owner, most)).await?;
        for device in &mut devices {
            device.is_current = Some(device.handle) == current;
        }
        Ok(devices)
    }

    /// Ends one session, and answers whether there was one. The handle may come out of a form: a session of
    /// somebody else is none.
    ///
    /// Of this very session it is a [`logout`](Session::logout), with the response.
    ///
    /// Cost: one statement.
    ///
    /// # Errors
    ///
    /// As all methods; see [`Devices`].
    pub async fn end(&self, handle: Uuid) -> Result<bool, SessionError> {
        let (owner, current) = self.who()?;
        if Some(handle) == current && self.is_theirs(&owner) {
            self.session.logout()?;
            return Ok(true);
        }
        self.session.edit(|_| ())?;
        let ended = within(self.config(), self.store()?.end_session_of(&owner, handle)).await?;
        let is_ended = ended == Deleted::Ended;
        if is_ended {
            self.tell(handle, &owner);
        }
        Ok(is_ended)
    }

    /// Ends all sessions but this one, and gives this one a new id, so that a copy of its cookie is worth
    /// nothing either. To be offered after a password was changed (OWASP ASVS 5.0 §7.4.3). Answers the
    /// handles of what it has ended.
    ///
    /// The others are over when it returns; this one is renewed with the response. A sign-in that is under way
    /// elsewhere, whose password was checked before, begins afterwards: see [`login_with`](Session::login_with).
    ///
    /// Cost: one statement, and the renewal.
    ///
    /// # Errors
    ///
    /// As all methods; see [`Devices`].
    pub async fn end_others(&self) -> Result<Vec<Uuid>, SessionError> {
        self.session.renew()?;
        self.end_all_but_this().await
    }

    /// Ends all sessions, this one too: it is signed out with the response. Answers the handles of the others.
    ///
    /// Cost: one statement, and the one that signs out.
    ///
    /// # Errors
    ///
    /// As all methods; see [`Devices`]. This session is signed out even then.
    pub async fn end_all(&self) -> Result<Vec<Uuid>, SessionError> {
        self.session.edit(|_| ())?;
        let ended = self.end_all_but_this().await;
        self.session.logout()?;
        ended
    }

    async fn end_all_but_this(&self) -> Result<Vec<Uuid>, SessionError> {
        let (owner, current) = self.who()?;
        let ended = within(self.config(), self.store()?.end_sessions_of(&owner, current)).await?;
        for handle in &ended {
            self.tell(*handle, &owner);
        }
        Ok(ended)
    }

    /// Who is signed in, and the handle of this session, which may be that of a stranger's that is about to become
    /// theirs.
    fn who(&self) -> Result<(String, Option<Uuid>), SessionError> {
        let owner = self.session.owner().ok_or_else(SessionError::not_signed_in)?;
        Ok((owner, self.session.handle()))
    }

    /// Whether the session that was loaded is the owner's already.
    fn is_theirs(&self, owner: &str) -> bool {
        self.session
            .read(|draft| draft.live().is_some_and(|live| live.record.owner.as_deref() == Some(owner)))
    }

    fn config(&self) -> &Config {
        &self.session.inner.config
    }

    fn store(&self) -> Result<&dyn ErasedOwnerStore, SessionError> {
        let owners = self.config().store.owners();
        owners.map(Owners::get).ok_or_else(|| {
            SessionError::unsupported("this session store cannot find sessions by their owner")
        })
    }

    fn tell(&self, ended: Uuid, owner: &str) {
        let by = self.session.handle();
        telemetry::revoked(ended, by);
        self.config().events.tell(|| SessionEvent::Ended {
            session: Some(ended),
            owner: Some(owner.into()),
            reason: EndReason::Revoked { by },
        });
    }
}

impl<M> fmt::Debug for Devices<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Devices").field(&self.session).finish()
    }
}
