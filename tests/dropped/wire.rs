//! A network that carries what the database says one message at a time, so that each of them is a point where the
//! client waits.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::task::AtomicWaker;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A port of one's own that leads to the server.
pub(crate) struct Wire {
    address: SocketAddr,
    carried: Arc<AtomicWaker>,
    _task: JoinSet<()>,
}

impl Wire {
    pub(crate) async fn to(server: &PgConnectOptions) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = (server.get_host().to_owned(), server.get_port());
        let carried = Arc::new(AtomicWaker::new());
        let mut task = JoinSet::new();
        task.spawn({
            let carried = Arc::clone(&carried);
            async move {
                let mut connections = JoinSet::new();
                loop {
                    let (client, _) = listener.accept().await.expect("a connection");
                    let server = TcpStream::connect(server.clone()).await.expect("the server answers");
                    connections.spawn(carry(client, server, Arc::clone(&carried)));
                }
            }
        });
        Self { address, carried, _task: task }
    }

    /// How to connect through it.
    pub(crate) fn options(&self, server: &PgConnectOptions) -> PgConnectOptions {
        let there = server.clone().host(&self.address.ip().to_string()).port(self.address.port());
        there.ssl_mode(PgSslMode::Disable)
    }

    /// Wakes whoever calls this at the next message, too.
    pub(crate) fn wakes(&self, context: &std::task::Context<'_>) {
        self.carried.register(context.waker());
    }
}

async fn carry(client: TcpStream, server: TcpStream, carried: Arc<AtomicWaker>) {
    for socket in [&client, &server] {
        socket.set_nodelay(true).expect("a socket that can be hurried");
    }
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    // Either side's end is the end of both.
    tokio::select! {
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
        () = one_by_one(from_server, to_client, &carried) => {}
    }
}

async fn one_by_one(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, carried: &AtomicWaker) {
    let mut message = Vec::new();
    loop {
        // A letter, and a length that counts itself and what follows it.
        let mut head = [0; 5];
        if from.read_exact(&mut head).await.is_err() {
            return;
        }
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        message.clear();
        message.extend_from_slice(&head);
        message.resize(1 + length, 0);
        if from.read_exact(&mut message[5..]).await.is_err() || to.write_all(&message).await.is_err() {
            return;
        }
        carried.wake();
        // Whoever is to read it, on this same thread, has it before the next one comes.
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
    }
}
