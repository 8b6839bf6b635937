//! A wire to a real server that puts other words into its mouth.

use std::net::SocketAddr;
use std::str::FromStr as _;
use std::sync::{Arc, Mutex};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::messages::{Message, READY};

/// What is said instead of a message.
pub(crate) enum Lie {
    Truth,
    Say(Vec<u8>),
    /// And then the connection ends.
    Last(Vec<u8>),
    /// Nothing any more; the connection stays.
    Silence,
    /// This, without end.
    Forever(Vec<u8>),
}

pub(crate) type Lies = Box<dyn FnMut(&Message) -> Lie + Send>;

pub(crate) struct Liar {
    address: SocketAddr,
    server: PgConnectOptions,
    lies: Arc<Mutex<Lies>>,
    _task: JoinSet<()>,
}

impl Liar {
    /// It tells the truth at first.
    pub(crate) async fn before(url: &str) -> Self {
        let server = PgConnectOptions::from_str(url).expect("an address");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let to = (server.get_host().to_owned(), server.get_port());
        let lies: Arc<Mutex<Lies>> = Arc::new(Mutex::new(Box::new(|_| Lie::Truth)));
        let mut task = JoinSet::new();
        task.spawn({
            let lies = Arc::clone(&lies);
            async move {
                let mut connections = JoinSet::new();
                loop {
                    let (client, _) = listener.accept().await.expect("a connection");
                    let server = TcpStream::connect(to.clone()).await.expect("the server answers");
                    // Small pieces are sent at once, and not when the ones before are acknowledged.
                    for socket in [&client, &server] {
                        socket.set_nodelay(true).expect("a socket that can be hurried");
                    }
                    let lies = Arc::clone(&lies);
                    connections.spawn(async move {
                        let (mut from_client, to_client) = client.into_split();
                        let (from_server, mut to_server) = server.into_split();
                        tokio::select! {
                            _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
                            () = translate(from_server, to_client, &lies) => {}
                        }
                    });
                }
            }
        });
        Self { address, server, lies, _task: task }
    }

    pub(crate) fn options(&self) -> PgConnectOptions {
        let there = self.server.clone().host(&self.address.ip().to_string()).port(self.address.port());
        there.ssl_mode(PgSslMode::Disable)
    }

    /// From now on, of each message after the greeting.
    pub(crate) fn says(&self, lies: impl FnMut(&Message) -> Lie + Send + 'static) {
        *self.lies.lock().expect("nobody panics with it") = Box::new(lies);
    }

    pub(crate) fn tells_the_truth(&self) {
        self.says(|_| Lie::Truth);
    }
}

async fn translate(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, lies: &Mutex<Lies>) {
    let mut is_greeting = true;
    while let Some(message) = Message::read(&mut from).await {
        let lie = match is_greeting {
            true => Lie::Truth,
            false => (lies.lock().expect("nobody panics with it"))(&message),
        };
        is_greeting &= message.kind != READY;
        let (words, is_last) = match lie {
            Lie::Truth => (message.bytes(), false),
            Lie::Say(words) => (words, false),
            Lie::Last(words) => (words, true),
            Lie::Silence => std::future::pending().await,
            Lie::Forever(words) => loop {
                if to.write_all(&words).await.is_err() {
                    return;
                }
            },
        };
        if to.write_all(&words).await.is_err() || is_last {
            return;
        }
    }
}
