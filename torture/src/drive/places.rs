//! The browsers: places that have a cookie, which several clients use at once.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::history::CookieNo;

/// A cookie and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) no: CookieNo,
    pub(super) value: String,
}

/// Old ones that are remembered, to be tried again.
const REMEMBERED: usize = 12;

#[derive(Debug, Default)]
struct Place {
    current: Option<Held>,
    /// The public handle of the session, if somebody has seen it.
    handle: Option<Uuid>,
    old: VecDeque<Held>,
}

impl Place {
    fn leave(&mut self) {
        self.handle = None;
        if let Some(left) = self.current.take() {
            if self.old.len() == REMEMBERED {
                self.old.pop_front();
            }
            self.old.push_back(left);
        }
    }
}

#[derive(Debug)]
pub(super) struct Places(Vec<Mutex<Place>>);

impl Places {
    pub(super) fn new(how_many: usize) -> Self {
        Self((0..how_many).map(|_| Mutex::default()).collect())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn current(&self, place: usize) -> Option<Held> {
        self.at(place).current.clone()
    }

    /// One of those that it had before, the `which`-th.
    pub(super) fn old(&self, place: usize, which: usize) -> Option<Held> {
        let place = self.at(place);
        place.old.get(which % place.old.len().max(1)).cloned()
    }

    pub(super) fn handle(&self, place: usize) -> Option<Uuid> {
        self.at(place).handle
    }

    /// A response has set a cookie: it is the present one, as in a browser.
    pub(super) fn take(&self, place: usize, new: Held) {
        let mut place = self.at(place);
        place.leave();
        place.current = Some(new);
    }

    /// Somebody has learned that this cookie is worth nothing.
    pub(super) fn lost(&self, place: usize, cookie: CookieNo) {
        let mut place = self.at(place);
        if place.current.as_ref().is_some_and(|current| current.no == cookie) {
            place.leave();
        }
    }

    /// Somebody has seen the session of this cookie.
    pub(super) fn seen(&self, place: usize, cookie: CookieNo, handle: Uuid) {
        let mut place = self.at(place);
        if place.current.as_ref().is_some_and(|current| current.no == cookie) {
            place.handle = Some(handle);
        }
    }

    fn at(&self, place: usize) -> MutexGuard<'_, Place> {
        self.0[place].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
