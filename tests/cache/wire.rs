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
    /// What the server announces to whoever listens gets lost; everything else passes.
    Deaf,
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
                    State::Open | State::Frozen | State::Deaf => {}
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

    pub(crate) fn deafen(&self) {
        self.state.send_replace(State::Deaf);
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
    let back = forward_messages(&mut from_server, &mut to_client, state.clone());
    let cut = state.wait_for(|state| matches!(state, State::Cut | State::Severed));
    tokio::select! {
        () = there => {}
        _ = back => {}
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

/// From the server, message by message, so that some can be left out.
async fn forward_messages(
    from: &mut (impl tokio::io::AsyncRead + Unpin),
    to: &mut (impl tokio::io::AsyncWrite + Unpin),
    state: watch::Receiver<State>,
) -> std::io::Result<()> {
    let mut kind = from.read_u8().await?;
    // That there is no TLS is said by a byte alone, before any message.
    if kind == b'N' {
        to.write_all(&[kind]).await?;
        kind = from.read_u8().await?;
    }
    loop {
        let length = from.read_u32().await?;
        let mut message = vec![kind];
        message.extend_from_slice(&length.to_be_bytes());
        message.resize(1 + length as usize, 0);
        from.read_exact(&mut message[5..]).await?;
        let now = *state.borrow();
        match now {
            State::Frozen => std::future::pending::<()>().await,
            State::Deaf if kind == b'A' => {}
            _ => to.write_all(&message).await?,
        }
        kind = from.read_u8().await?;
    }
}
