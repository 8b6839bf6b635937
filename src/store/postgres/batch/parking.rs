//! Connections that were used a moment ago, and may be used again in another.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::PgPool;

use crate::store::postgres::leased::{Connections, Leased};
use crate::store::postgres::lost::is_wanted_by_others;

/// Where a lane that has nothing more to send leaves its connection for the next one.
///
/// To return a connection to the pool takes a round trip, and to take one out another, so a lone statement would
/// be three. A request that follows within [`FOR`], or the save that follows its load, pays one.
pub(super) struct Parking {
    connections: Arc<Connections>,
    spots: Mutex<Spots>,
}

#[derive(Default)]
struct Spots {
    parked: Vec<(Leased, Instant)>,
    /// Whether a task sees to it that nothing stays. While there is something, there is such a task.
    is_watched: bool,
}

/// As many as a change needs: its load's and its save's are the same, and another request has one too.
const SPOTS: usize = 2;

/// For how long. Somebody else who wants the pool's last connection waits no longer for it.
const FOR: Duration = Duration::from_millis(2);

/// How long a connection is held in all, so that the pool gets to see how old it is.
const LEASE: Duration = Duration::from_secs(10);

impl Parking {
    pub(super) fn new(connections: &Arc<Connections>) -> Arc<Self> {
        Arc::new(Self { connections: Arc::clone(connections), spots: Mutex::default() })
    }

    pub(super) fn pool(&self) -> &PgPool {
        self.connections.pool()
    }

    /// One that is parked, or one from the pool.
    pub(super) async fn take(&self) -> Result<Leased, sqlx::Error> {
        loop {
            let parked = self.spots().parked.pop();
            match parked {
                Some((leased, _)) if leased.is_outdated() => leased.give_back(),
                Some((leased, _)) => return Ok(leased),
                None => return self.connections.take().await,
            }
        }
    }

    /// Whether it may be held any longer.
    pub(super) fn may_hold(&self, leased: &Leased) -> bool {
        leased.age() < LEASE
            && !leased.is_outdated()
            && !is_wanted_by_others(self.pool())
            && !self.pool().is_closed()
    }

    /// Parks it, if it may be held and there is room. Otherwise it goes back to the pool.
    pub(super) fn park(self: &Arc<Self>, leased: Leased) {
        if !self.may_hold(&leased) {
            return leased.give_back();
        }
        let is_watched = {
            let mut spots = self.spots();
            if spots.parked.len() >= SPOTS {
                drop(spots);
                return leased.give_back();
            }
            spots.parked.push((leased, Instant::now()));
            std::mem::replace(&mut spots.is_watched, true)
        };
        if !is_watched {
            tokio::spawn(Watch(Arc::clone(self)).over());
        }
    }

    fn has_any(&self) -> bool {
        !self.spots().parked.is_empty()
    }

    /// Takes out those that nobody has wanted.
    fn stale(&self) -> Vec<(Leased, Instant)> {
        let now = Instant::now();
        self.spots().parked.extract_if(.., |(_, since)| now.duration_since(*since) >= FOR).collect()
    }

    fn spots(&self) -> MutexGuard<'_, Spots> {
        self.spots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that returns what nobody has taken. However it ends, nothing stays parked: what came at the last
/// moment goes back to the pool at once.
struct Watch(Arc<Parking>);

impl Watch {
    async fn over(self) {
        while self.0.has_any() {
            tokio::time::sleep(FOR).await;
            drop(self.0.stale());
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let parked = {
            let mut spots = self.0.spots();
            spots.is_watched = false;
            std::mem::take(&mut spots.parked)
        };
        drop(parked);
    }
}
