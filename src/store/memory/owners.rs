//! The sessions of one owner, in memory.

use std::cmp::Reverse;

use uuid::Uuid;

use super::{MemoryStore, State};
use crate::error::StoreError;
use crate::id::{Digest, SessionId};
use crate::record::{NewSession, Renewal};
use crate::store::{
    Admission, Created, Deleted, Device, OwnerLimit, OwnerStore, StoredSession, Updated, WhenFull,
};

impl State {
    /// The keys of an owner's live sessions, and the sessions.
    fn of<'a>(&'a self, owner: &'a str) -> impl Iterator<Item = (&'a Digest, &'a StoredSession)> {
        let now = self.clock.now();
        self.sessions
            .iter()
            .filter(move |(_, session)| session.owner() == Some(owner) && session.is_live(now))
    }

    /// Who would have to go, so that the owner may have one more session than those that stay; `leaving` goes
    /// in any case. `None`: nobody may be made to.
    fn surplus(&self, limit: OwnerLimit, owner: &str, leaving: Option<&Digest>) -> Option<Vec<Digest>> {
        let mut others: Vec<_> = self.of(owner).filter(|(key, _)| Some(*key) != leaving).collect();
        let stay = limit.most.max(1) as usize - 1;
        if others.len() > stay && limit.when_full == WhenFull::Refuse {
            return None;
        }
        others.sort_by_key(|(_, session)| Reverse(session.last_used()));
        Some(others.into_iter().skip(stay).map(|(key, _)| *key).collect())
    }

    fn evict(&mut self, surplus: &[Digest]) -> Vec<Uuid> {
        surplus.iter().filter_map(|key| self.sessions.remove(key)).map(|session| session.handle()).collect()
    }
}

impl OwnerStore for MemoryStore {
    async fn sessions_of(&self, owner: &str, most: u32) -> Result<Vec<Device>, StoreError> {
        let state = self.state();
        let now = state.clock.now();
        let mut devices: Vec<_> = state.of(owner).map(|(_, session)| session.device(now)).collect();
        devices.sort_by_key(|device| (Reverse(device.created_at), device.handle));
        devices.truncate(most as usize);
        Ok(devices)
    }

    async fn end_session_of(&self, owner: &str, handle: Uuid) -> Result<Deleted, StoreError> {
        let mut state = self.state();
        let found = state.of(owner).find(|(_, session)| session.handle() == handle).map(|(key, _)| *key);
        let ended = found.and_then(|key| state.sessions.remove(&key));
        Ok(if ended.is_some() { Deleted::Ended } else { Deleted::Gone })
    }

    async fn end_sessions_of(&self, owner: &str, except: Option<Uuid>) -> Result<Vec<Uuid>, StoreError> {
        let mut state = self.state();
        let others = state.of(owner).filter(|(_, session)| Some(session.handle()) != except);
        let keys: Vec<_> = others.map(|(key, _)| *key).collect();
        Ok(state.evict(&keys))
    }

    async fn create_within(
        &self,
        limit: OwnerLimit,
        id: &SessionId,
        new: NewSession,
    ) -> Result<Admission<Created>, StoreError> {
        let mut state = self.state();
        let Some(owner) = &new.owner else {
            return state.create(id, new).map(|answer| Admission::In { answer, evicted: Vec::new() });
        };
        let Some(surplus) = state.surplus(limit, owner, None) else { return Ok(Admission::Full) };
        let answer = state.create(id, new)?;
        Ok(Admission::In { answer, evicted: state.evict(&surplus) })
    }

    async fn renew_within(
        &self,
        limit: OwnerLimit,
        old: &SessionId,
        new: &SessionId,
        renewal: Renewal,
    ) -> Result<Admission<Updated>, StoreError> {
        let mut state = self.state();
        let owner = renewal.restart.as_ref().and_then(|restart| restart.owner.clone());
        let surplus = match &owner {
            Some(owner) => state.surplus(limit, owner, Some(old.digest())),
            None => Some(Vec::new()),
        };
        let Some(surplus) = surplus else {
            // Whether there is a session to leave comes first: without one, this is no sign-in.
            let is_there = state.live(old.digest()).is_some();
            let gone = Admission::In { answer: Updated::Gone, evicted: Vec::new() };
            return Ok(if is_there { Admission::Full } else { gone });
        };
        let answer = state.renew(old, new, renewal)?;
        let evicted = match answer {
            Updated::Saved(_) => state.evict(&surplus),
            Updated::Gone | Updated::Conflict => Vec::new(),
        };
        Ok(Admission::In { answer, evicted })
    }
}
