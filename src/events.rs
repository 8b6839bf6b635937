//! What happens to sessions, for whoever listens: a feed for metrics, mails and audits that may miss a line.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

/// Something that has happened to a session, told after it was durable.
///
/// Sessions are named by their public handles.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// A session has begun; with an owner, it is a sign-in.
    Created {
        /// The session.
        session: Uuid,
        /// Who has signed in.
        owner: Option<Arc<str>>,
    },
    /// A session has another id.
    Renewed {
        /// The session, whose handle stays.
        session: Uuid,
        /// Who is signed in.
        owner: Option<Arc<str>>,
        /// Whether the owner has proved again who they are.
        reauthenticated: bool,
    },
    /// A session is over.
    Ended {
        /// The session. `None`: a late request has ended it, under an id that the session had a moment ago.
        session: Option<Uuid>,
        /// Whose it was.
        owner: Option<Arc<str>>,
        /// Why.
        reason: EndReason,
    },
}

/// Why a session is over. Of one that has expired, or was deleted in psql, nobody hears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// Its own browser has asked for it.
    #[default]
    SignedOut,
    /// Another began in its place: a sign-in, or a `regenerate`.
    Replaced {
        /// The new session.
        by: Uuid,
    },
    /// Its owner has ended it, from another session.
    Revoked {
        /// That session, if it was saved already.
        by: Option<Uuid>,
    },
    /// Its owner has signed in once more than they may.
    Evicted {
        /// The session that took its place.
        by: Uuid,
    },
    /// Its owner's password, or what else they signed in with, is another one now.
    CredentialChanged,
}

/// What one middleware's sessions go through, from now on; see
/// [`SessionMiddleware::events`](crate::SessionMiddleware::events).
#[derive(Debug)]
pub struct SessionEvents(broadcast::Receiver<SessionEvent>);

/// What is heard of sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The next event.
    Event(SessionEvent),
    /// So many were missed, because this listener came to fetch them too late.
    Missed(u64),
}

impl SessionEvents {
    /// Waits for the next. `None`: the middleware and all its clones are gone.
    ///
    /// # Cancellation
    ///
    /// Nothing is lost when this future is dropped.
    pub async fn next(&mut self) -> Option<Heard> {
        match self.0.recv().await {
            Ok(event) => Some(Heard::Event(event)),
            Err(RecvError::Lagged(missed)) => Some(Heard::Missed(missed)),
            Err(RecvError::Closed) => None,
        }
    }
}

/// How many events a listener may be late.
const ROOM: usize = 1024;

/// Where events are told. Nobody who listens can hold up whoever tells, or make them fail.
pub(crate) struct Feed {
    listeners: broadcast::Sender<SessionEvent>,
    /// What is not true yet: it waits for a transaction to be committed.
    held: Option<Mutex<Vec<SessionEvent>>>,
}

impl Feed {
    pub(crate) fn new() -> Self {
        Self { listeners: broadcast::Sender::new(ROOM), held: None }
    }

    pub(crate) fn listen(&self) -> SessionEvents {
        SessionEvents(self.listeners.subscribe())
    }

    /// The same listeners, who hear nothing before [`release`](Self::release).
    #[cfg(feature = "postgres")]
    pub(crate) fn held(&self) -> Self {
        Self { listeners: self.listeners.clone(), held: Some(Mutex::default()) }
    }

    /// Makes an event only if somebody listens.
    pub(crate) fn tell(&self, event: impl FnOnce() -> SessionEvent) {
        if self.listeners.receiver_count() == 0 {
            return;
        }
        match &self.held {
            Some(held) => held.lock().unwrap_or_else(PoisonError::into_inner).push(event()),
            // The last listener may have gone this moment.
            None => drop(self.listeners.send(event())),
        }
    }

    /// Tells what was held.
    #[cfg(feature = "postgres")]
    pub(crate) fn release(&self) {
        let held = self
            .held
            .as_ref()
            .map(|held| std::mem::take(&mut *held.lock().unwrap_or_else(PoisonError::into_inner)));
        for event in held.into_iter().flatten() {
            drop(self.listeners.send(event));
        }
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("listeners", &self.listeners.receiver_count()).finish_non_exhaustive()
    }
}
