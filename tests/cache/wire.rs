//! A network between a process and the database, that can break in every way.

use std::net::SocketAddr;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// What is sent gets lost, and nobody is told.
    Frozen,
    /// Connections are closed, and no new ones taken.
    Cut,
    /// Connections are closed, and of new ones nobody says anything.
    Severed,
}

/// A port of one's own that leads to the server.
pub(crate) struct Wire {
    address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    _task: JoinSet<()>,
}

impl Wire {
    pub(crate) async fn to(server: &PgConnectOptions) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = (server.get_host().to_owned(), server.get_port());
        let state = Arc::new(watch::Sender::new(State::Open));
        let mut task = JoinSet::new();
        let states = Arc::clone(&state);
        task.spawn(async move {
            let mut connections = JoinSet::new();
            let mut held = Vec::new();
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                match *states.borrow() {
                    State::Cut => continue,
                    State::Severed => {
                        held.push(client);
                        continue;
                    }
                    State::Open | State::Frozen => {}
                }
                let (server, state) = (server.clone(), states.subscribe());
                connections.spawn(async move {
                    let server = TcpStream::connect(server).await.expect("the server answers");
                    carry(client, server, state).await;
                });
            }
        });
        Self { address, state, _task: task }
    }

    /// How to connect through it.
    pub(crate) fn options(&self, server: &PgConnectOptions) -> PgConnectOptions {
        server.clone().host(&self.address.ip().to_string()).port(self.address.port())
    }

    pub(crate) fn freeze(&self) {
        self.state.send_replace(State::Frozen);
    }

    pub(crate) fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    pub(crate) fn sever(&self) {
        self.state.send_replace(State::Severed);
    }

    pub(crate) fn mend(&self) {
        self.state.send_replace(State::Open);
    }
}

async fn carry(client: TcpStream, server: TcpStream, mut state: watch::Receiver<State>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let there = forward(&mut from_client, &mut to_server, state.clone());
    let back = forward(&mut from_server, &mut to_client, state.clone());
    let cut = state.wait_for(|state| matches!(state, State::Cut | State::Severed));
    tokio::select! {
        () = there => {}
        () = back => {}
        _ = cut => {}
    }
}

async fn forward(
    from: &mut (impl tokio::io::AsyncRead + Unpin),
    to: &mut (impl tokio::io::AsyncWrite + Unpin),
    state: watch::Receiver<State>,
) {
    let mut buffer = [0; 8192];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
        // A connection that has lost something once is never whole again.
        if *state.borrow() == State::Frozen {
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
