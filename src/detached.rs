//! A session handle that lives on its own: any thread, any time, each call straight to the store.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::changes::Changes;
use crate::commit::within;
use crate::config::Config;
use crate::error::SessionError;
use crate::id::SessionId;
use crate::json;
use crate::key::{KeyFor, KeyOf};
use crate::record::{Change, Data, Record};
use crate::step::{self, Step};
use crate::store::{Loaded, Touched, Updated};

/// A session without a request: for streams, WebSockets and spawned tasks.
///
/// Made by [`Session::detach`](crate::Session::detach). It is `Send`, and every method goes to the
/// store. Methods that write answer whether the session was still there; none brings back one that
/// has ended.
#[derive(Clone)]
pub struct Detached {
    config: Arc<Config>,
    /// Where the session is now; the request that made this handle moves it along.
    id: Arc<Mutex<Option<SessionId>>>,
}

impl Detached {
    pub(crate) fn new(config: Arc<Config>, id: Option<SessionId>) -> Self {
        Self { config, id: Arc::new(Mutex::new(id)) }
    }

    pub(crate) fn moved_to(&self, id: Option<&SessionId>) {
        *self.id.lock().unwrap_or_else(PoisonError::into_inner) = id.cloned();
    }

    fn id(&self) -> Option<SessionId> {
        self.id.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the session as it is now. `None`: it has ended, or was never saved.
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub async fn load(&self) -> Result<Option<Record>, SessionError> {
        let Some(id) = self.id() else { return Ok(None) };
        match within(&self.config, self.config.store.refresh(&id)).await? {
            Loaded::Live(record) => Ok(Some(*record)),
            Loaded::Ended | Loaded::Absent => Ok(None),
        }
    }

    /// Stores a value. The size limit is held against this value alone, not the whole session.
    ///
    /// # Errors
    ///
    /// When the value cannot be stored, or the store failed.
    pub async fn insert<V: Serialize>(&self, key: impl KeyFor<V>, value: V) -> Result<bool, SessionError> {
        let name = key.name();
        let raw = self.config.encode(name, &value)?;
        let set = Data::from_iter([(name.to_owned(), raw)]);
        self.save(Change { set, ..Change::default() }).await.map(is_saved)
    }

    /// Takes a value out.
    ///
    /// # Errors
    ///
    /// When no value could have this name, or the store failed.
    pub async fn remove(&self, name: &str) -> Result<bool, SessionError> {
        json::check_name(name).map_err(|reason| SessionError::unstorable(name, reason))?;
        let removed = vec![name.to_owned()];
        self.save(Change { removed, ..Change::default() }).await.map(is_saved)
    }

    /// Computes a value from the stored one, without losing a step to another writer; see
    /// [`Session::update`](crate::Session::update). Stores `default` when there is none.
    ///
    /// Cost: one query and one statement, and four more for each writer that came first.
    ///
    /// # Errors
    ///
    /// When the stored value is not a `T`, the new one cannot be stored, or the store failed.
    pub async fn update_or<T, F>(&self, key: impl KeyOf<T>, default: T, f: F) -> Result<bool, SessionError>
    where
        T: Serialize + DeserializeOwned,
        F: FnMut(T) -> T + Send + 'static,
    {
        let name = key.name();
        let step = step::or_insert(name, &default, self.config.options.max_data_bytes, f)?;
        self.run_step(name, step).await
    }

    async fn run_step(&self, name: &str, step: Step) -> Result<bool, SessionError> {
        self.config.check_name(name)?;
        let mut step = Some(step);
        let mut changes = Changes::default();
        while let Some(record) = self.load().await? {
            match step.take() {
                Some(mut step) => {
                    if let Some(value) = step(record.data.get(name))? {
                        changes.derive(name, step, value);
                    }
                }
                None => changes.replay(&record.data)?,
            }
            match self.save(changes.to_change(record.version)).await? {
                Updated::Saved(_) => return Ok(true),
                Updated::Gone => return Ok(false),
                Updated::Conflict => {}
            }
        }
        Ok(false)
    }

    /// Counts as use: starts the idle time anew.
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub async fn touch(&self) -> Result<bool, SessionError> {
        let Some(id) = self.id() else { return Ok(false) };
        let touched = within(&self.config, self.config.store.touch(&id, None)).await?;
        Ok(touched != Touched::Gone)
    }

    /// Ends the session. The browser keeps a cookie that names nothing.
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub async fn destroy(&self) -> Result<(), SessionError> {
        let Some(id) = self.id() else { return Ok(()) };
        within(&self.config, self.config.store.delete(&id, std::time::Duration::ZERO)).await?;
        Ok(())
    }

    async fn save(&self, change: Change) -> Result<Updated, SessionError> {
        let Some(id) = self.id() else { return Ok(Updated::Gone) };
        Ok(within(&self.config, self.config.store.update(&id, change)).await?)
    }
}

fn is_saved(updated: Updated) -> bool {
    matches!(updated, Updated::Saved(_))
}

impl fmt::Debug for Detached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Detached")
    }
}
