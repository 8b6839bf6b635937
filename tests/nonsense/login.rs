//! Nonsense from the first byte on.

use std::net::SocketAddr;
use std::time::Duration;

use actix_pg_session::{PostgresStore, SessionId, SessionStore as _};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::memory::resident;
use crate::messages::Message;

/// A server that answers whatever it is asked with the next of these.
struct Fake {
    address: SocketAddr,
    _task: JoinSet<()>,
}

impl Fake {
    async fn new(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut client, _) = listener.accept().await.expect("a connection");
                let answers = answers.clone();
                connections.spawn(async move {
                    let mut asked = [0; 4096];
                    for answer in answers {
                        let Ok(1..) = client.read(&mut asked).await else { return };
                        if client.write_all(&answer).await.is_err() {
                            return;
                        }
                    }
                    // And then it says nothing, until the other side goes.
                    while let Ok(1..) = client.read(&mut asked).await {}
                });
            }
        });
        Self { address, _task: task }
    }

    fn store(&self, patience: Duration) -> PostgresStore {
        let options = PgConnectOptions::new_without_pgpass()
            .host(&self.address.ip().to_string())
            .port(self.address.port())
            .username("nobody")
            .password("a password")
            .ssl_mode(PgSslMode::Disable);
        let pool =
            PgPoolOptions::new().max_connections(2).acquire_timeout(patience).connect_lazy_with(options);
        PostgresStore::new(pool)
    }
}

fn authentication(kind: u32, rest: &[u8]) -> Vec<u8> {
    Message::new(b'R', [&kind.to_be_bytes()[..], rest].concat()).bytes()
}

fn greeting() -> Vec<u8> {
    let parts = [
        authentication(0, b""),
        Message::new(b'S', *b"server_version\0fifteen, or so\0").bytes(),
        Message::new(b'K', [0; 8]).bytes(),
        Message::ready().bytes(),
    ];
    parts.concat()
}

#[tokio::test]
async fn a_greeting_without_sense_is_an_error_in_time() {
    let scram = authentication(10, b"SCRAM-SHA-256\0\0");
    let answers: Vec<(&str, Vec<Vec<u8>>)> = vec![
        ("nothing", vec![]),
        ("bytes without sense", vec![(0..=255).collect()]),
        ("an unknown way to sign in", vec![authentication(99, b"")]),
        ("no way to sign in", vec![Message::new(b'R', []).bytes()]),
        ("half a way to sign in", vec![Message::new(b'R', [0, 0]).bytes()]),
        ("a way without its salt", vec![authentication(5, b"")]),
        ("SCRAM without a name", vec![authentication(10, b"")]),
        ("SCRAM and then nothing", vec![scram.clone()]),
        ("SCRAM and then emptiness", vec![scram.clone(), authentication(11, b"")]),
        ("SCRAM and then commas", vec![scram.clone(), authentication(11, b",,,")]),
        ("SCRAM and then letters", vec![scram.clone(), authentication(11, b"r,s,i")]),
        ("SCRAM without end", vec![scram, authentication(11, b"r=abc,s=QUJD,i=4294967295")]),
        ("a length of nothing", vec![vec![b'R', 0, 0, 0, 0]]),
        ("a length of everything", vec![vec![b'R', 0xff, 0xff, 0xff, 0xff]]),
        ("an error", vec![Message::error(b"28P01", b"no").bytes()]),
        ("an error without sense", vec![Message::new(b'E', [0xff; 10]).bytes()]),
        ("a key of no bytes", vec![Message::new(b'K', []).bytes()]),
        ("a parameter of no name", vec![Message::new(b'S', []).bytes()]),
        ("a greeting and then nothing", vec![greeting()]),
        ("a greeting and then a greeting", vec![greeting(); 10]),
        ("greetings without sense", vec![greeting(), (0..=255).collect()]),
    ];
    let before = resident();
    let id = SessionId::generate().expect("randomness");
    for (name, answers) in answers {
        let fake = Fake::new(answers).await;
        let store = fake.store(Duration::from_millis(500));
        // As the middleware gives up.
        let loaded = tokio::time::timeout(Duration::from_secs(1), store.load(&id)).await;
        assert!(loaded.is_err() || loaded.is_ok_and(|loaded| loaded.is_err()), "{name}");
        assert!(resident() < before + 100, "{name}: from {before} MB to {}", resident());
    }
}
