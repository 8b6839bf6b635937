//! Taking connections, or not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::counters::Did;
use super::link::Link;
use super::rules::Door;
use super::{Handle, Shared};

/// How long to wait for a port that somebody has taken meanwhile, or for a system that has run out of something.
const PAUSE: Duration = Duration::from_millis(20);

/// Keeps the port for ever. The connections end with the task.
pub(super) async fn keep(listener: TcpListener, address: SocketAddr, shared: Arc<Shared>) {
    let mut listener = Some(listener);
    let mut door = shared.door.subscribe();
    let mut links = JoinSet::new();
    loop {
        let is_gone = *door.borrow_and_update() == Door::Gone;
        match &listener {
            Some(_) if is_gone => listener = None,
            None if !is_gone => match TcpListener::bind(address).await {
                Ok(again) => listener = Some(again),
                Err(_) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
            _ => {}
        }
        shared.is_gone.send_replace(is_gone);
        tokio::select! {
            changed = door.changed() => if changed.is_err() { return },
            Some(_) = links.join_next(), if !links.is_empty() => {}
            accepted = accept(listener.as_ref()) => match accepted {
                Ok((client, _)) => admit(client, &shared, &mut links),
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> std::io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

fn admit(client: TcpStream, shared: &Arc<Shared>, links: &mut JoinSet<()>) {
    if *shared.door.borrow() != Door::Open {
        shared.counters.count(Did::Refuse);
        // Closed at once, with this, is reset.
        let _ = client.set_zero_linger();
        return;
    }
    let mut state = shared.state();
    let id = state.next;
    state.next += 1;
    let (rules, end) = (watch::Sender::new(state.rules.clone()), watch::Sender::new(None));
    let link = Link::new(Arc::clone(shared), rules.subscribe(), end.subscribe());
    state.links.push(Handle { id, rules, end });
    let upstream = state.upstream;
    drop(state);
    let shared = Arc::clone(shared);
    links.spawn(async move {
        let _registered = Registered { shared, id };
        link.carry(client, upstream).await;
    });
}

/// A connection that can be reached as long as it is carried.
struct Registered {
    shared: Arc<Shared>,
    id: u64,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.shared.state().links.retain(|link| link.id != self.id);
    }
}
