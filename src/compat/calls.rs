//! actix-session's trait, spoken by a store of ours.

use std::time::Duration;

use actix_session::storage::{self, LoadError, SaveError, SessionKey, UpdateError};
use actix_web::cookie::time;

use super::basis::{self, Basis, State};
use super::refused::{Refused, broken};
use super::{ActixSessionStore, End, Fate};
use crate::error::StoreError;
use crate::id::SessionId;
use crate::record::{Change, Client, Data, Lifetime, NewSession, Renewal, Restart};
use crate::store::{Deleted, Loaded, SessionStore, Touched, Updated};
use crate::telemetry;

impl<S: SessionStore> storage::SessionStore for ActixSessionStore<S> {
    /// The values, and among them what they were loaded as.
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let id = id_of(key);
        match self.within(self.store.load(&id)).await {
            Ok(Loaded::Live(record)) => return Ok(Some(Basis::of(&id, &record).to_state())),
            Ok(Loaded::Ended) => telemetry::late(),
            Ok(Loaded::Absent) => telemetry::unknown(),
            // The visitor gets another session; an error would bring the same cookie here for ever.
            Err(error) if error.is_corrupt() => telemetry::unreadable(&error),
            Err(error) => return Err(LoadError::Other(broken(error))),
        }
        Ok(None)
    }

    /// A new session, or the second half of a renewal.
    async fn save(&self, mut state: State, ttl: &time::Duration) -> Result<SessionKey, SaveError> {
        let last_end = self.last_end().take();
        let Some(basis) = Basis::take(&mut state) else {
            return Ok(self.create(&Basis::default(), &state, lifetime(*ttl)).await?);
        };
        // Another's deletion, or none: then somebody stands between the middleware and this store, and it is not
        // known whether the session was there to be renewed.
        let own_end = last_end.filter(|end| basis.is_of(end.digest.as_bytes()));
        let fate = own_end.map_or(Fate::Late, |end| end.fate);
        if fate == Fate::EndedHere {
            return Ok(self.create(&Basis::default(), &state, lifetime(*ttl)).await?);
        }
        telemetry::gone(basis.handle);
        Ok(self.instead(fate, &basis, &state, lifetime(*ttl)).await?)
    }

    /// The difference, into the row. The key that comes back is another one if somebody else is signed in now.
    async fn update(
        &self,
        key: SessionKey,
        state: State,
        ttl: &time::Duration,
    ) -> Result<SessionKey, UpdateError> {
        Ok(self.write(key, state, lifetime(*ttl)).await?)
    }

    /// A touch.
    async fn update_ttl(&self, key: &SessionKey, ttl: &time::Duration) -> Result<(), anyhow::Error> {
        let id = id_of(key);
        let wanted = lifetime(*ttl);
        // As a rule the row has this idle time, and a touch without a lifetime goes together with others.
        let mut touched = self.within(self.store.touch(&id, None)).await.map_err(broken)?;
        if let Touched::Moved { remaining } = touched
            && remaining.abs_diff(wanted.idle) > Duration::from_secs(1)
        {
            touched = self.within(self.store.touch(&id, Some(wanted))).await.map_err(broken)?;
        }
        match touched {
            Touched::Moved { .. } => Ok(()),
            Touched::Gone => match self.fate(&id).await.map_err(broken)? {
                Fate::Late => Err(Refused::Late.into()),
                Fate::EndedHere | Fate::Gone => Ok(()),
            },
        }
    }

    /// The end, or the first half of a renewal.
    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let id = id_of(key);
        let deleted = self.within(self.store.delete(&id, self.late_grace)).await.map_err(broken)?;
        let fate = match deleted {
            Deleted::Ended => {
                telemetry::destroyed(None);
                Fate::EndedHere
            }
            Deleted::Gone => self.fate(&id).await.map_err(broken)?,
        };
        *self.last_end() = Some(End { digest: *id.digest(), fate });
        Ok(())
    }
}

impl<S: SessionStore> ActixSessionStore<S> {
    async fn write(
        &self,
        key: SessionKey,
        mut state: State,
        wanted: Lifetime,
    ) -> Result<SessionKey, Refused> {
        let id = id_of(&key);
        let carried = Basis::take(&mut state).filter(|basis| basis.is_of(id.digest().as_bytes()));
        let basis = match carried {
            Some(basis) => basis,
            None => match self.within(self.store.refresh(&id)).await? {
                Loaded::Live(record) => Basis::replaced(&id, &record),
                Loaded::Ended => {
                    telemetry::late();
                    return self.instead(Fate::Late, &Basis::default(), &state, wanted).await;
                }
                Loaded::Absent => {
                    telemetry::unknown();
                    return self.instead(Fate::Gone, &Basis::default(), &state, wanted).await;
                }
            },
        };
        let change = self.difference(&basis, &state)?;
        let owner = self.owner(&state)?;
        let (updated, key) = if owner == basis.owner {
            let lifetime = (!basis.has_idle(wanted.idle)).then_some(wanted);
            let change = Change { lifetime, ..change };
            (self.within(self.store.update(&id, change)).await?, key)
        } else {
            let new = new_id()?;
            let restart = Restart {
                owner,
                credential: None,
                client: Client::default(),
                lifetime: wanted,
                cookie: None,
            };
            let renewal =
                Renewal { change, restart: Some(restart), proof: None, late_grace: self.late_grace };
            (self.within(self.store.renew(&id, &new, renewal)).await?, key_of(&new)?)
        };
        match updated {
            Updated::Saved(saved) => {
                if saved.handle != basis.handle {
                    telemetry::restarted(basis.handle, saved.handle);
                }
                Ok(key)
            }
            // No version is ever expected, so there is no conflict.
            Updated::Gone | Updated::Conflict => {
                telemetry::gone(basis.handle);
                let fate = self.fate(&id).await?;
                self.instead(fate, &basis, &state, wanted).await
            }
        }
    }

    /// What is done when the session is no longer there: a sign-in begins one with what it has set itself, as
    /// it would had the request come a moment later. Anything else is dropped.
    async fn instead(
        &self,
        fate: Fate,
        basis: &Basis,
        state: &State,
        wanted: Lifetime,
    ) -> Result<SessionKey, Refused> {
        let owner = self.owner(state)?;
        if owner.is_some() && owner != basis.owner {
            return self.create(basis, state, wanted).await;
        }
        match fate {
            Fate::Late => Err(Refused::Late),
            // A key that names nothing: the next request is anonymous.
            Fate::EndedHere | Fate::Gone => key_of(&new_id()?),
        }
    }

    /// A new session, with that of the values which differ from `basis`.
    async fn create(&self, basis: &Basis, state: &State, lifetime: Lifetime) -> Result<SessionKey, Refused> {
        let new = NewSession {
            data: self.difference(basis, state)?.apply(&Data::default()),
            owner: self.owner(state)?,
            credential: None,
            client: Client::default(),
            lifetime,
            cookie: None,
        };
        let id = new_id()?;
        let created = self.within(self.store.create(&id, new)).await?;
        telemetry::created(created.handle);
        key_of(&id)
    }

    /// Why there is no session of this id.
    async fn fate(&self, id: &SessionId) -> Result<Fate, StoreError> {
        Ok(match self.within(self.store.refresh(id)).await? {
            Loaded::Ended => Fate::Late,
            Loaded::Absent | Loaded::Live(_) => Fate::Gone,
        })
    }

    fn difference(&self, basis: &Basis, state: &State) -> Result<Change, Refused> {
        basis.difference(state, self.store.reserved_names()).map_err(Refused::Unstorable)
    }

    fn owner(&self, state: &State) -> Result<Option<String>, Refused> {
        basis::owner(state, &self.owner_key).map_err(Refused::Unstorable)
    }
}

/// By what our rows know a session of actix-session's: the SHA-256 of its key.
fn id_of(key: &SessionKey) -> SessionId {
    SessionId::from_secret(key.as_ref())
}

fn new_id() -> Result<SessionId, Refused> {
    SessionId::generate().map_err(|error| Refused::Broken(StoreError::failed(error)))
}

fn key_of(id: &SessionId) -> Result<SessionKey, Refused> {
    let key = SessionKey::try_from(id.expose().to_owned());
    key.map_err(|error| Refused::Broken(StoreError::failed(error)))
}

/// actix-session knows one time: how long a session lives after it was last saved or extended.
fn lifetime(ttl: time::Duration) -> Lifetime {
    Lifetime { idle: ttl.try_into().unwrap_or_default(), absolute: None, persistent: true }
}
