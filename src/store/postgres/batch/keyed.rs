//! What all batches do with their calls: one row for one key, and nobody pays for a neighbour.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::connection::Kept;
use super::lane::{Call, Work};
use crate::store::postgres::fault::{Tries, is_fault_of_a_value, is_worth_another_try, shared};

pub(super) type Key = [u8; 32];

/// The key in a column.
pub(super) fn key_of(row: &PgRow, column: usize) -> Result<Key, sqlx::Error> {
    let key: &[u8] = row.try_get(column)?;
    key.try_into().map_err(|_| sqlx::Error::Decode("a key of a session has 32 bytes".into()))
}

/// A kind of call that is about one key, and is answered by the row of that key.
pub(super) trait Keyed: Send + Sync + 'static {
    type Ask: Clone + Send + 'static;
    type Row: Clone + Send + 'static;

    fn key(ask: &Self::Ask) -> Key;

    /// Waits for a connection, unless there is one.
    fn get_ready(&self, kept: &mut Kept) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Makes one call of two with the same key, of which both get the same answer. `None`: they cannot be
    /// one, and the second is sent after the first.
    fn fold(first: &Self::Ask, second: &Self::Ask) -> Option<Self::Ask>;

    /// Sends calls with different keys. Answers the rows that there were, by key.
    fn fetch(
        &self,
        kept: &mut Kept,
        asks: Vec<Self::Ask>,
    ) -> impl Future<Output = Result<HashMap<Key, Self::Row>, sqlx::Error>> + Send;
}

/// The row that a call is answered with.
pub(super) struct Answered<R> {
    pub(super) row: R,
    /// Whether no other call was folded into the same row's.
    pub(super) is_alone: bool,
}

/// All calls that become one.
struct Group<W: Keyed> {
    ask: W::Ask,
    calls: Vec<Call<W>>,
}

impl<W: Keyed> Group<W> {
    fn of(call: Call<W>) -> Self {
        Self { ask: call.ask.clone(), calls: vec![call] }
    }
}

/// `None` says that there was no row, or that somebody else holds it and waiting for it would hold up the
/// neighbours. The caller asks alone then.
impl<W: Keyed> Work for W {
    type Ask = W::Ask;
    type Answer = Option<Answered<W::Row>>;
    type Tool = Kept;

    async fn ready(&self, kept: &mut Kept) -> Result<(), sqlx::Error> {
        self.get_ready(kept).await
    }

    async fn send(&self, kept: &mut Kept, batch: Vec<Call<Self>>) {
        let mut rest = batch;
        while !rest.is_empty() {
            let (groups, later) = grouped(rest);
            send_groups(self, kept, groups).await;
            rest = later;
            if rest.is_empty() {
                return;
            }
            // They may have waited for others who wanted the connection.
            if let Err(error) = self.get_ready(kept).await {
                let error = Arc::new(error);
                return rest.into_iter().for_each(|call| call.answer(Err(shared(&error))));
            }
            rest.retain(|call| !call.is_abandoned());
        }
    }
}

/// One group for each key; and the calls that have to come after those.
fn grouped<W: Keyed>(batch: Vec<Call<W>>) -> (Vec<Group<W>>, Vec<Call<W>>) {
    let mut groups: Vec<Group<W>> = Vec::with_capacity(batch.len());
    let mut places: HashMap<Key, usize> = HashMap::with_capacity(batch.len());
    let mut later = Vec::new();
    for call in batch {
        let key = W::key(&call.ask);
        let Some(&place) = places.get(&key) else {
            places.insert(key, groups.len());
            groups.push(Group::of(call));
            continue;
        };
        let group = &mut groups[place];
        // Once one has to wait, those after it wait too: calls of one key keep their order.
        let waits = later.iter().any(|later: &Call<W>| W::key(&later.ask) == key);
        match W::fold(&group.ask, &call.ask).filter(|_| !waits) {
            Some(folded) => {
                group.ask = folded;
                group.calls.push(call);
            }
            None => later.push(call),
        }
    }
    (groups, later)
}

/// Sends the groups together; if the database refuses a value, the halves of them, and so on, until only
/// the one that is at fault fails. If others came first, each goes alone, and then again.
async fn send_groups<W: Keyed>(work: &W, kept: &mut Kept, groups: Vec<Group<W>>) {
    let mut pending = vec![(groups, Tries::default())];
    while let Some((mut groups, mut tries)) = pending.pop() {
        // In the order of the keys, in which rows are locked.
        groups.sort_unstable_by_key(|group| W::key(&group.ask));
        let asks = groups.iter().map(|group| group.ask.clone()).collect();
        match work.fetch(kept, asks).await {
            Ok(rows) => {
                for Group { ask, calls } in groups {
                    let row = rows.get(&W::key(&ask));
                    let is_alone = calls.len() == 1;
                    for call in calls {
                        call.answer(Ok(row.cloned().map(|row| Answered { row, is_alone })));
                    }
                }
            }
            Err(error) if groups.len() > 1 && is_fault_of_a_value(&error) => {
                let second = groups.split_off(groups.len() / 2);
                pending.push((second, tries));
                pending.push((groups, tries));
            }
            Err(error) if groups.iter().any(|group| group.calls.len() > 1) && is_fault_of_a_value(&error) => {
                let calls = groups.into_iter().flat_map(|group| group.calls);
                let alone: Vec<_> = calls.map(|call| (vec![Group::of(call)], tries)).collect();
                pending.extend(alone.into_iter().rev());
            }
            Err(error) if is_worth_another_try(&error) && tries.one_more() => {
                pending.extend(groups.into_iter().rev().map(|group| (vec![group], tries)));
            }
            Err(error) => {
                let error = Arc::new(error);
                for call in groups.into_iter().flat_map(|group| group.calls) {
                    call.answer(Err(shared(&error)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::{Mutex, PoisonError};

    use futures_util::future::{join_all, poll_immediate};
    use tokio::sync::Semaphore;

    use super::super::lane::Lane;
    use super::*;

    /// Notes what it was asked for, and answers when it is let on.
    #[derive(Default)]
    struct Noted(Arc<Notes>);

    struct Notes {
        batches: Mutex<Vec<Vec<u8>>>,
        arrived: Semaphore,
        opened: Semaphore,
    }

    impl Default for Notes {
        fn default() -> Self {
            let none = || Semaphore::new(0);
            Self { batches: Mutex::default(), arrived: none(), opened: none() }
        }
    }

    impl Keyed for Noted {
        type Ask = Key;
        type Row = ();

        fn key(ask: &Key) -> Key {
            *ask
        }

        fn fold(first: &Key, _: &Key) -> Option<Key> {
            Some(*first)
        }

        async fn get_ready(&self, _: &mut Kept) -> Result<(), sqlx::Error> {
            Ok(())
        }

        async fn fetch(&self, _: &mut Kept, asks: Vec<Key>) -> Result<HashMap<Key, ()>, sqlx::Error> {
            let keys = asks.iter().map(|key| key[0]).collect();
            self.0.batches.lock().unwrap_or_else(PoisonError::into_inner).push(keys);
            self.0.arrived.add_permits(1);
            self.0.opened.acquire().await.unwrap().forget();
            Ok(asks.into_iter().map(|key| (key, ())).collect())
        }
    }

    /// Two batches that lock the same rows in another order wait for each other.
    #[tokio::test]
    async fn a_batch_goes_in_the_order_of_its_keys() {
        let notes = Arc::new(Notes::default());
        let lane = Lane::new(Noted(Arc::clone(&notes)), 1, 100);
        let mut first = pin!(lane.ask([9; 32], None));
        assert!(poll_immediate(&mut first).await.is_none());
        notes.arrived.acquire().await.unwrap().forget();
        // While that one is under way, these wait; those of one key become one.
        let mut others = pin!(join_all([3, 1, 2, 1].map(|key| lane.ask([key; 32], None))));
        assert!(poll_immediate(&mut others).await.is_none());
        notes.opened.add_permits(2);
        first.await.unwrap().unwrap();
        assert!(others.await.into_iter().all(|answer| answer.is_ok_and(|row| row.is_some())));
        assert_eq!(*notes.batches.lock().unwrap(), [vec![9], vec![1, 2, 3]]);
    }
}
