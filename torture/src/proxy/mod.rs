//! A network between an application and PostgreSQL that breaks when it is told to.
//!
//! It knows where messages begin and end, and what some of them mean, so it can break exactly where it hurts: within
//! a message, or between a commit and its acknowledgement.

mod conversation;
mod counters;
mod door;
mod framing;
mod link;
mod rules;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use counters::{Counters, Did};
pub use rules::{Direction, Door, End, Rules, Trap, Way};

/// A port on this machine that leads to a server. It closes, with all its connections, when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What the task, its connections and whoever gives orders have in common.
#[derive(Debug)]
struct Shared {
    counters: Counters,
    door: watch::Sender<Door>,
    /// Whether the port is as the door says: whoever shuts it waits for that.
    is_gone: watch::Sender<bool>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    upstream: SocketAddr,
    rules: Rules,
    traps: Vec<Trap>,
    links: Vec<Handle>,
    next: u64,
}

/// How to reach one connection.
#[derive(Debug)]
struct Handle {
    id: u64,
    rules: watch::Sender<Rules>,
    end: watch::Sender<Option<End>>,
}

impl Proxy {
    /// Leads to `upstream`, and carries everything as it is.
    ///
    /// # Errors
    ///
    /// When there is no port to be had.
    pub async fn start(upstream: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let state = State { upstream, rules: Rules::honest(), traps: Vec::new(), links: Vec::new(), next: 0 };
        let shared = Arc::new(Shared {
            counters: Counters::default(),
            door: watch::Sender::new(Door::Open),
            is_gone: watch::Sender::new(false),
            state: Mutex::new(state),
        });
        let task = tokio::spawn(door::keep(listener, address, Arc::clone(&shared)));
        Ok(Self { address, shared, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it did so far.
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// The connections that it carries, oldest first.
    pub fn connections(&self) -> Vec<u64> {
        self.shared.state().links.iter().map(|link| link.id).collect()
    }

    /// Rules for all connections, those to come too.
    pub fn set(&self, rules: &Rules) {
        let mut state = self.shared.state();
        for link in &state.links {
            link.rules.send_replace(rules.clone());
        }
        state.rules = rules.clone();
    }

    /// Rules for one connection. Says whether there is such a one.
    pub fn set_on(&self, connection: u64, rules: &Rules) -> bool {
        let state = self.shared.state();
        let link = state.links.iter().find(|link| link.id == connection);
        link.map(|link| link.rules.send_replace(rules.clone())).is_some()
    }

    /// Sets a trap for whichever connection gives the occasion first. It strikes once.
    pub fn arm(&self, trap: Trap) {
        self.shared.state().traps.push(trap);
    }

    /// Takes all traps away that have not struck. Answers how many there were.
    pub fn disarm(&self) -> usize {
        std::mem::take(&mut self.shared.state().traps).len()
    }

    /// Ends all connections.
    pub fn end_all(&self, end: End) {
        for link in &self.shared.state().links {
            link.end.send_replace(Some(end));
        }
    }

    /// Ends one connection. Says whether there is such a one.
    pub fn end(&self, connection: u64, end: End) -> bool {
        let state = self.shared.state();
        let link = state.links.iter().find(|link| link.id == connection);
        link.map(|link| link.end.send_replace(Some(end))).is_some()
    }

    /// Where new connections lead to from now on.
    pub fn lead_to(&self, upstream: SocketAddr) {
        self.shared.state().upstream = upstream;
    }

    /// Who is let in from now on. Connections that are there stay.
    pub async fn door(&self, door: Door) {
        self.shared.door.send_replace(door);
        let is_gone = door == Door::Gone;
        // The task may have ended with its runtime.
        let _ = self.shared.is_gone.subscribe().wait_for(|gone| *gone == is_gone).await;
    }

    /// Everything as it was in the beginning, but for the server that it leads to and what is lost already.
    pub async fn heal(&self) {
        self.disarm();
        self.set(&Rules::honest());
        self.door(Door::Open).await;
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the first trap for which this is the moment.
    fn sprung(&self, is_moment: impl Fn(&Trap) -> bool) -> Option<Trap> {
        let traps = &mut self.state().traps;
        let at = traps.iter().position(is_moment)?;
        Some(traps.remove(at))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}
