//! What was said about coming calls, in the order in which it was said.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::gate::{Gate, Stand};
use super::{Op, When};
use crate::error::StoreError;

#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pending: Vec<Fault>,
    calls: Vec<Op>,
}

#[derive(Debug)]
struct Fault {
    op: Op,
    when: When,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    FailOnce,
    Fail,
    Hold(Stand),
}

impl Faults {
    pub(super) fn fail_next(&self, op: Op, when: When) {
        self.say(Fault { op, when, kind: Kind::FailOnce });
    }

    pub(super) fn fail(&self, op: Op, when: When) {
        self.say(Fault { op, when, kind: Kind::Fail });
    }

    pub(super) fn hold_next(&self, op: Op, when: When) -> Gate {
        let (gate, stand) = Gate::new();
        self.say(Fault { op, when, kind: Kind::Hold(stand) });
        gate
    }

    pub(super) fn heal(&self) {
        self.state().pending.clear();
    }

    pub(super) fn count(&self, op: Op) {
        self.state().calls.push(op);
    }

    pub(super) fn calls(&self, op: Op) -> usize {
        self.state().calls.iter().filter(|call| **call == op).count()
    }

    pub(super) fn all_calls(&self) -> usize {
        self.state().calls.len()
    }

    /// Lets a call meet what was said about it, if anything was.
    pub(super) async fn meet(&self, op: Op, when: When) -> Result<(), StoreError> {
        // The lock is gone before anything is awaited.
        let met = self.take(op, when);
        match met {
            None => Ok(()),
            Some(Kind::Hold(stand)) => {
                stand.wait().await;
                Ok(())
            }
            Some(Kind::FailOnce | Kind::Fail) => {
                Err(StoreError::failed(format!("the FlakyStore was told to fail {when:?} {op:?}")))
            }
        }
    }

    fn take(&self, op: Op, when: When) -> Option<Kind> {
        let mut state = self.state();
        let at = state.pending.iter().position(|fault| fault.op == op && fault.when == when)?;
        match state.pending[at].kind {
            Kind::Fail => Some(Kind::Fail),
            Kind::FailOnce | Kind::Hold(_) => Some(state.pending.remove(at).kind),
        }
    }

    fn say(&self, fault: Fault) {
        self.state().pending.push(fault);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
