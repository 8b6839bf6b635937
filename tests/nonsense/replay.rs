//! A conversation with a real server, recorded once and repeated thousands of times with one thing wrong in it.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_pg_session::{
    Change, Created, Loaded, PostgresStore, SessionId, SessionStore as _, StoreError, Touched, Updated,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::memory::resident;
use crate::messages::{DATA_ROW, Message, READY};
use crate::store::{Stage, data};

/// What the server said each time that it was asked.
type Turns = Vec<Vec<Message>>;

/// Waits until the client has asked for an answer: with its greeting, a `Sync` or a simple query.
async fn is_asked(client: &mut (impl AsyncRead + Unpin), is_greeted: bool) -> Option<Vec<u8>> {
    let mut asked = Vec::new();
    loop {
        let kind = if is_greeted { client.read_u8().await.ok()? } else { b'Q' };
        let length = client.read_u32().await.ok()?;
        let mut body = vec![0; (length as usize).checked_sub(4)?];
        client.read_exact(&mut body).await.ok()?;
        if is_greeted {
            asked.push(kind);
        }
        asked.extend(length.to_be_bytes());
        asked.extend(body);
        match kind {
            b'S' | b'Q' => return Some(asked),
            b'X' => return None,
            _ => {}
        }
    }
}

/// Lets the client sign in, however that is done here.
async fn let_in(client: &mut TcpStream, server: &mut TcpStream) {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let mut greeting = pin!(async {
        while let Some(message) = Message::read(&mut from_server).await {
            to_client.write_all(&message.bytes()).await.expect("the client listens");
            if message.kind == READY {
                return;
            }
        }
    });
    let mut words = [0; 4096];
    loop {
        tokio::select! {
            () = &mut greeting => return,
            said = from_client.read(&mut words) => {
                let said = said.expect("the client speaks");
                to_server.write_all(&words[..said]).await.expect("the server listens");
            }
        }
    }
}

/// What a server says to whoever it trusts.
fn greeting() -> Vec<Message> {
    let version = Message::new(b'S', *b"server_version\x0015.0\0");
    vec![Message::new(b'R', [0; 4]), version, Message::new(b'K', [0; 8]), Message::ready()]
}

/// Writes down what the server says to one client.
async fn record(mut client: TcpStream, mut server: TcpStream, turns: Arc<Mutex<Turns>>) {
    let_in(&mut client, &mut server).await;
    turns.lock().expect("nobody panics with it").push(greeting());
    while let Some(asked) = is_asked(&mut client, true).await {
        server.write_all(&asked).await.expect("the server listens");
        let mut turn = Vec::new();
        loop {
            let message = Message::read(&mut server).await.expect("the server answers");
            client.write_all(&message.bytes()).await.expect("the client listens");
            let is_end = message.kind == READY;
            turn.push(message);
            if is_end {
                break;
            }
        }
        turns.lock().expect("nobody panics with it").push(turn);
    }
}

/// Says to the first client what was recorded, with something wrong in it, and to the others what was recorded.
async fn replay(listener: &TcpListener, turns: &[Vec<u8>], truth: &[Vec<u8>]) {
    let mut connections = JoinSet::new();
    let mut next = turns.to_vec();
    loop {
        let (mut client, _) = listener.accept().await.expect("a connection");
        client.set_nodelay(true).expect("a socket that can be hurried");
        let turns = std::mem::replace(&mut next, truth.to_vec());
        connections.spawn(async move {
            let mut is_greeted = false;
            for turn in turns {
                if is_asked(&mut client, is_greeted).await.is_none() || client.write_all(&turn).await.is_err()
                {
                    return;
                }
                is_greeted = true;
            }
        });
    }
}

fn store(address: SocketAddr) -> PostgresStore {
    let options = PgConnectOptions::new_without_pgpass().host(&address.ip().to_string()).port(address.port());
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(2));
    let pool = pool.connect_lazy_with(options.username("postgres").ssl_mode(PgSslMode::Disable));
    PostgresStore::builder(pool).batching(false).build().expect("a store")
}

/// The same calls each time.
struct Answers {
    ann: Result<Loaded, StoreError>,
    bob: Result<Loaded, StoreError>,
    saved: Result<Updated, StoreError>,
    touched: Result<Touched, StoreError>,
    ann_again: Result<Loaded, StoreError>,
}

async fn ask(store: &PostgresStore, ann: &SessionId, bob: &SessionId, patience: Duration) -> Option<Answers> {
    let all = async {
        let ann_at_first = store.load(ann).await;
        let bob = store.load(bob).await;
        let change = Change { set: data(r#"{"n":1}"#), ..Change::default() };
        let saved = store.update(ann, change).await;
        let touched = store.touch(ann, None).await;
        let ann_again = store.load(ann).await;
        Answers { ann: ann_at_first, bob, saved, touched, ann_again }
    };
    tokio::time::timeout(patience, all).await.ok()
}

/// What is wrong: a message more, less or elsewhere, or a bit of one.
fn with_a_fault(turns: &Turns, dice: &mut u64) -> (String, bool, Vec<Vec<u8>>) {
    let mut roll = |end: usize| {
        *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((*dice >> 33) as usize) % end
    };
    let mut bytes: Vec<Vec<u8>> =
        turns.iter().map(|turn| turn.iter().flat_map(Message::bytes).collect()).collect();
    let turn = roll(turns.len());
    let mut messages = turns[turn].clone();
    let at = roll(messages.len());
    let what = match roll(5) {
        0 => {
            messages.remove(at);
            "left out"
        }
        1 => {
            messages.insert(at, messages[at].clone());
            "said twice"
        }
        2 => {
            let other = roll(messages.len());
            messages.swap(at, other);
            "said elsewhere"
        }
        3 => {
            let other = roll(turns.len());
            messages = turns[other].clone();
            "another answer"
        }
        _ => {
            let whole = &mut bytes[turn];
            let (byte, bit) = (roll(whole.len()), roll(8));
            whole[byte] ^= 1 << bit;
            return (format!("bit {bit} of byte {byte} of turn {turn}"), true, bytes);
        }
    };
    bytes[turn] = messages.iter().flat_map(Message::bytes).collect();
    let is_row = messages.iter().any(|message| message.kind == DATA_ROW) && what == "another answer";
    (format!("message {at} of turn {turn}: {what}"), is_row, bytes)
}

/// How often: `NONSENSE`, or what takes seconds.
fn wanted() -> usize {
    std::env::var("NONSENSE").ok().and_then(|count| count.parse().ok()).unwrap_or(400)
}

#[tokio::test]
async fn a_conversation_with_a_fault_in_it_ends_in_an_error_or_the_truth() {
    let stage = Stage::new().await;
    let ((ann, of_ann), (bob, of_bob)) = (stage.begin("ann").await, stage.begin("bob").await);
    let turns = Arc::new(Mutex::new(Turns::new()));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    {
        let options = stage.plain.pool().connect_options();
        let server = TcpStream::connect((options.get_host(), options.get_port())).await.expect("the server");
        let options = (*options).clone().host(&address.ip().to_string()).port(address.port());
        let pool = PgPoolOptions::new().max_connections(1);
        let pool = pool.connect_lazy_with(options.ssl_mode(PgSslMode::Disable));
        let store = PostgresStore::builder(pool).batching(false).build().expect("a store");
        let turns = Arc::clone(&turns);
        let recorder = async {
            let (client, _) = listener.accept().await.expect("a connection");
            record(client, server, turns).await;
        };
        let asking = async {
            let answers = ask(&store, &ann, &bob, crate::support::gate::PATIENCE).await.expect("the truth");
            assert!(are_true(&answers, of_ann, of_bob, false));
            store.pool().close().await;
        };
        tokio::join!(recorder, asking);
    }
    let turns = turns.lock().expect("nobody panics with it").clone();
    let truth: Vec<Vec<u8>> =
        turns.iter().map(|turn| turn.iter().flat_map(Message::bytes).collect()).collect();
    assert!(turns.len() > 10, "there was a conversation: {} turns", turns.len());
    let (mut dice, mut errors, mut late, before) = (7, 0, 0, resident());
    for n in 0..wanted() {
        let (what, may_tell_other_values, faulty) = with_a_fault(&turns, &mut dice);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let store = store(listener.local_addr().expect("an address"));
        let answers = tokio::select! {
            answers = ask(&store, &ann, &bob, Duration::from_millis(200)) => answers,
            () = replay(&listener, &faulty, &truth) => None,
        };
        match answers {
            None => late += 1,
            Some(answers) => {
                assert!(
                    are_true(&answers, of_ann, of_bob, may_tell_other_values),
                    "{n}, {what}: {answers:?}"
                );
                errors += usize::from(answers.has_an_error());
            }
        }
    }
    println!("{} conversations: {errors} with an error, {late} without an end", wanted());
    assert!(errors > wanted() / 10, "{errors} of {} had an error: the faults are none", wanted());
    assert!(resident() < before + 100, "from {before} MB to {}", resident());
}

/// Each answer is an error, or what it should be. Where a bit of a value, or all of an answer, is another one, that
/// cannot be told, but nobody gets somebody else's session.
fn are_true(answers: &Answers, ann: Created, bob: Created, may_tell_other_values: bool) -> bool {
    let is = |loaded: &Result<Loaded, StoreError>, other: &str, whose: Created| match loaded {
        Err(_) => true,
        Ok(Loaded::Live(record)) => {
            record.owner.as_deref() != Some(other) && (may_tell_other_values || record.handle == whose.handle)
        }
        Ok(_) => may_tell_other_values,
    };
    is(&answers.ann, "bob", ann)
        && is(&answers.ann_again, "bob", ann)
        && is(&answers.bob, "ann", bob)
        && (may_tell_other_values || matches!(answers.saved, Err(_) | Ok(Updated::Saved(_))))
        && (may_tell_other_values || matches!(answers.touched, Err(_) | Ok(Touched::Moved { .. })))
}

impl Answers {
    fn has_an_error(&self) -> bool {
        self.ann.is_err()
            || self.bob.is_err()
            || self.saved.is_err()
            || self.touched.is_err()
            || self.ann_again.is_err()
    }
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { ann, bob, saved, touched, ann_again } = self;
        write!(f, "{ann:?}\n{bob:?}\n{saved:?}\n{touched:?}\n{ann_again:?}")
    }
}
