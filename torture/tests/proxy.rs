//! What the proxy does to a client of a server that says little.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use torture::proxy::{Did, Direction, Door, End, Proxy, Rules, Trap};

/// Answers each query by a notification, a row, and that it is ready; and says nothing when somebody starts.
struct Server {
    address: std::net::SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(serve(stream));
            }
        });
        Self { address, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const ANSWER: &[u8] = b"A\0\0\0\x07ab\0D\0\0\0\x0814.5C\0\0\0\x05\0Z\0\0\0\x05I";
const UNHEARD: &[u8] = b"D\0\0\0\x0814.5C\0\0\0\x05\0Z\0\0\0\x05I";

async fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    stream.read_u64().await?;
    loop {
        let (_kind, length) = (stream.read_u8().await?, stream.read_u32().await?);
        let mut query = vec![0; length as usize - 4];
        stream.read_exact(&mut query).await?;
        stream.write_all(ANSWER).await?;
    }
}

struct Client(TcpStream);

impl Client {
    /// One that has asked for encryption, has got none, and has started.
    async fn of(proxy: &Proxy) -> Self {
        let mut stream = TcpStream::connect(proxy.address()).await.expect("a connection");
        let encryption = [8_u32.to_be_bytes(), 80_877_103_u32.to_be_bytes()].concat();
        stream.write_all(&encryption).await.expect("it is sent");
        assert_eq!(stream.read_u8().await.expect("an answer"), b'N');
        let start = [8_u32.to_be_bytes(), 196_608_u32.to_be_bytes()].concat();
        stream.write_all(&start).await.expect("it is sent");
        Self(stream)
    }

    async fn ask(&mut self, sql: &str) {
        let length = u32::try_from(sql.len() + 5).expect("a short statement").to_be_bytes();
        let query = [b"Q", &length[..], sql.as_bytes(), b"\0"].concat();
        self.0.write_all(&query).await.expect("it is sent");
    }

    /// What comes before the end, and whether that is an error.
    async fn rest(&mut self) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        let end = self.0.read_to_end(&mut bytes).await;
        (bytes, end.is_err())
    }

    async fn expect(&mut self, answer: &[u8]) {
        let mut bytes = vec![0; answer.len()];
        self.0.read_exact(&mut bytes).await.expect("an answer");
        assert_eq!(bytes, answer);
    }

    async fn hears_nothing(&mut self) {
        let read = tokio::time::timeout(Duration::from_millis(100), self.0.read_u8()).await;
        assert!(read.is_err(), "{read:?}");
    }
}

async fn stage() -> (Server, Proxy, Client) {
    let server = Server::start().await;
    let proxy = Proxy::start(server.address).await.expect("a proxy");
    let mut client = Client::of(&proxy).await;
    client.ask("select 1").await;
    client.expect(ANSWER).await;
    (server, proxy, client)
}

#[tokio::test]
async fn messages_in_pieces_and_late_ones_are_the_same_messages() {
    let (_server, proxy, mut client) = stage().await;
    proxy.set(&Rules::sliced(1));
    client.ask("select 2").await;
    client.expect(ANSWER).await;
    proxy.set(&Rules::slow(Duration::from_millis(20)));
    let begin = Instant::now();
    client.ask("select 3").await;
    client.expect(ANSWER).await;
    // A question and four messages of an answer.
    assert!(begin.elapsed() >= Duration::from_millis(100), "{:?}", begin.elapsed());
    assert!(proxy.counters().of(Did::Slice) >= 5 && proxy.counters().of(Did::Delay) >= 5);
}

#[tokio::test]
async fn notifications_are_dropped_and_nothing_else_is() {
    let (_server, proxy, mut client) = stage().await;
    proxy.set(&Rules::deaf(1));
    client.ask("select 2").await;
    client.expect(UNHEARD).await;
    proxy.set(&Rules::honest());
    client.ask("select 3").await;
    client.expect(ANSWER).await;
    assert_eq!(proxy.counters().of(Did::Deafen), 1);
}

#[tokio::test]
async fn a_connection_that_has_lost_something_stays_silent_when_others_are_well() {
    let (_server, proxy, mut client) = stage().await;
    let mut idle = Client::of(&proxy).await;
    idle.ask("select 1").await;
    idle.expect(ANSWER).await;
    proxy.set(&Rules::half_open());
    client.ask("select 2").await;
    client.hears_nothing().await;
    proxy.heal().await;
    client.ask("select 3").await;
    client.hears_nothing().await;
    idle.ask("select 4").await;
    idle.expect(ANSWER).await;
    assert_eq!(proxy.connections().len(), 2);
    drop(client);
    while proxy.connections().len() > 1 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn connections_end_in_good_order_or_not_all_or_one() {
    for (end, is_error) in [(End::Cut, false), (End::Reset, true)] {
        let (_server, proxy, mut first) = stage().await;
        let mut second = Client::of(&proxy).await;
        second.ask("select 1").await;
        second.expect(ANSWER).await;
        let known = proxy.connections();
        assert!(proxy.end(known[0], end));
        assert_eq!(first.rest().await, (Vec::new(), is_error));
        second.ask("select 2").await;
        second.expect(ANSWER).await;
        proxy.end_all(end);
        assert_eq!(second.rest().await, (Vec::new(), is_error));
    }
}

#[tokio::test]
async fn a_connection_ends_within_a_message_or_after_so_many_bytes_and_only_once() {
    let direction = Direction::ToClient;
    for (trap, heard) in [
        (Trap::MidMessage { direction, end: End::Cut }, 4),
        (Trap::AfterBytes { direction, bytes: 11, end: End::Cut }, 11),
    ] {
        let (_server, proxy, mut client) = stage().await;
        proxy.arm(trap);
        client.ask("select 2").await;
        assert_eq!(client.rest().await, (ANSWER[..heard].to_vec(), false));
        let mut next = Client::of(&proxy).await;
        next.ask("select 3").await;
        next.expect(ANSWER).await;
        assert_eq!(proxy.counters().of(Did::Tear), 1);
    }
}

#[tokio::test]
async fn nothing_is_heard_of_a_commit_and_reads_pass_by_the_trap() {
    let (_server, proxy, mut client) = stage().await;
    proxy.arm(Trap::Unheard { end: End::Reset });
    client.ask("select 2").await;
    client.expect(ANSWER).await;
    client.ask("delete from t").await;
    assert_eq!(client.rest().await, (Vec::new(), true));
    assert_eq!((proxy.counters().of(Did::Unheard), proxy.disarm()), (1, 0));
}

#[tokio::test]
async fn nobody_is_let_in_and_then_everybody_is() {
    let (_server, proxy, mut client) = stage().await;
    proxy.door(Door::Shut).await;
    let mut refused = TcpStream::connect(proxy.address()).await.expect("it is taken");
    assert!(!matches!(refused.read(&mut [0; 1]).await, Ok(1..)));
    proxy.door(Door::Gone).await;
    assert!(TcpStream::connect(proxy.address()).await.is_err());
    client.ask("select 2").await;
    client.expect(ANSWER).await;
    proxy.heal().await;
    Client::of(&proxy).await.ask("select 3").await;
    assert_eq!(proxy.counters().of(Did::Refuse), 1);
}

#[tokio::test]
async fn new_connections_lead_to_another_server_and_old_ones_stay() {
    let (server, proxy, mut client) = stage().await;
    let other = Server::start().await;
    proxy.lead_to(other.address);
    drop(server);
    // The first server takes no more connections; what it has, it goes on with.
    client.ask("select 2").await;
    client.expect(ANSWER).await;
    let mut next = Client::of(&proxy).await;
    next.ask("select 3").await;
    next.expect(ANSWER).await;
}
