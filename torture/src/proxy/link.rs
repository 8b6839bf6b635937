//! One connection, carried from its client to a server.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::Shared;
use super::conversation::{Conversation, Said};
use super::counters::Did;
use super::framing::{Framer, Message};
use super::rules::{Direction, End, Rules, Trap};

/// What both ways of a connection have in common.
pub(super) struct Link {
    shared: Arc<Shared>,
    rules: watch::Receiver<Rules>,
    end: watch::Receiver<Option<End>>,
    conversation: Mutex<Conversation>,
}

/// A connection goes on, or is over.
type Step<T> = ControlFlow<Over, T>;

/// How a connection is over.
enum Over {
    /// One side has left.
    Left,
    /// A fault has ended it.
    Ended(End),
    /// It has lost something, and the network is well again. The server gets to know, as it would when it looks
    /// whether anybody is still there; the client does not.
    Lost,
}

impl Link {
    pub(super) fn new(
        shared: Arc<Shared>,
        rules: watch::Receiver<Rules>,
        end: watch::Receiver<Option<End>>,
    ) -> Self {
        Self { shared, rules, end, conversation: Mutex::default() }
    }

    /// Carries it to its end.
    pub(super) async fn carry(self, mut client: TcpStream, upstream: SocketAddr) {
        let mut ordered = self.end.clone();
        let mut ordered = pin!(async move {
            let end = ordered.wait_for(Option::is_some).await.ok().and_then(|end| *end);
            end.map_or(Over::Left, Over::Ended)
        });
        let mut server = None;
        let mut over = tokio::select! {
            over = &mut ordered => over,
            over = self.go_on(&mut client, &mut server, upstream) => over,
        };
        if let Over::Lost = over {
            server = None;
            over = tokio::select! { over = ordered => over, over = leaves(&mut client) => over };
        }
        match over {
            Over::Ended(End::Reset) => {
                self.shared.counters.count(Did::Reset);
                for stream in [Some(client), server].into_iter().flatten() {
                    let _ = stream.set_zero_linger();
                }
            }
            Over::Ended(End::Cut) => self.shared.counters.count(Did::Cut),
            Over::Left | Over::Lost => {}
        }
    }

    async fn go_on(
        &self,
        client: &mut TcpStream,
        server: &mut Option<TcpStream>,
        upstream: SocketAddr,
    ) -> Over {
        let first = match self.first(client).await {
            ControlFlow::Continue(first) => first,
            ControlFlow::Break(over) => return over,
        };
        self.shared.counters.count(Did::Connect);
        let Ok(connected) = TcpStream::connect(upstream).await else {
            // As if the server itself had refused.
            return Over::Ended(End::Reset);
        };
        let server = server.insert(connected);
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
            (client.split(), server.split());
        let there = self.pump(Direction::ToServer, first, &mut from_client, &mut to_server);
        let back = self.pump(Direction::ToClient, Framer::of_a_server(), &mut from_server, &mut to_client);
        tokio::select! { over = there => over, over = back => over }
    }

    /// Waits for the client to start, and says no to encryption, through which nothing could be seen.
    async fn first(&self, client: &mut TcpStream) -> Step<Framer> {
        let mut so_far = Vec::new();
        loop {
            let mut framer = Framer::of_a_client();
            framer.feed(&so_far);
            match framer.next() {
                Some(message) if message.asks_for_encryption() => {
                    if self.rules.borrow().swallows() {
                        return ControlFlow::Break(self.lost().await);
                    }
                    so_far.drain(..message.bytes.len());
                    write(b"N", 0, client).await?;
                }
                Some(_) => {
                    let mut framer = Framer::of_a_client();
                    framer.feed(&so_far);
                    return ControlFlow::Continue(framer);
                }
                None => match client.read_buf(&mut so_far).await {
                    Ok(1..) => {}
                    Ok(0) | Err(_) => return ControlFlow::Break(Over::Left),
                },
            }
        }
    }

    /// Something got lost. Nothing more comes through until the network is well again, and then the connection is
    /// over for the server.
    async fn lost(&self) -> Over {
        self.shared.counters.count(Did::Swallow);
        let mut rules = self.rules.clone();
        match rules.wait_for(|rules| !rules.swallows()).await {
            Ok(_) => Over::Lost,
            Err(_) => Over::Left,
        }
    }

    async fn pump(
        &self,
        direction: Direction,
        framer: Framer,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Over {
        let mut pump = Pump { link: self, direction, held: None, left: None, notifications: 0 };
        match pump.run(framer, from, to).await {
            ControlFlow::Break(over) => over,
            ControlFlow::Continue(never) => match never {},
        }
    }

    fn conversation(&self) -> MutexGuard<'_, Conversation> {
        self.conversation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Never {}

/// One way of a connection.
struct Pump<'a> {
    link: &'a Link,
    direction: Direction,
    /// What the server has said about a write whose client is not to hear of it, and how that ends.
    held: Option<(End, Vec<Message>)>,
    /// How many bytes still pass, and what comes then.
    left: Option<(usize, End)>,
    notifications: u32,
}

impl Pump<'_> {
    async fn run(
        &mut self,
        mut framer: Framer,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Step<Never> {
        let mut buffer = [0; 8192];
        loop {
            while let Some(message) = framer.next() {
                self.message(message, to).await?;
            }
            match from.read(&mut buffer).await {
                Ok(read @ 1..) => framer.feed(&buffer[..read]),
                // Nobody hears of the end either, where what is sent gets lost.
                _ if self.link.rules.borrow().way(self.direction).swallow => {
                    return ControlFlow::Break(self.link.lost().await);
                }
                _ => return ControlFlow::Break(Over::Left),
            }
        }
    }

    async fn message(&mut self, message: Message, to: &mut (impl AsyncWrite + Unpin)) -> Step<()> {
        let rules = self.link.rules.borrow().clone();
        let way = rules.way(self.direction);
        if way.swallow {
            return ControlFlow::Break(self.link.lost().await);
        }
        let said = match self.direction {
            Direction::ToServer => {
                self.link.conversation().client_says(&message);
                Said::Other
            }
            Direction::ToClient => {
                if self.is_unheard(&message, rules.drop_notifications) {
                    return ControlFlow::Continue(());
                }
                self.spring();
                self.link.conversation().server_says(&message)
            }
        };
        if !way.delay.is_zero() {
            self.link.shared.counters.count(Did::Delay);
            tokio::time::sleep(way.delay).await;
        }
        if let Some((end, mut held)) = self.held.take() {
            held.push(message);
            match said {
                Said::Other => self.held = Some((end, held)),
                Said::Committed => {
                    self.link.shared.counters.count(Did::Unheard);
                    return ControlFlow::Break(Over::Ended(end));
                }
                Said::Failed => {
                    // Nothing was committed, so the trap waits for another write.
                    self.link.shared.state().traps.push(Trap::Unheard { end });
                    for message in held {
                        self.pass(&message, way.slice, to).await?;
                    }
                }
            }
            return ControlFlow::Continue(());
        }
        self.pass(&message, way.slice, to).await
    }

    /// Whether this is a notification that is dropped.
    fn is_unheard(&mut self, message: &Message, one_of: u32) -> bool {
        if message.kind != Some(b'A') || one_of == 0 {
            return false;
        }
        self.notifications += 1;
        let is_dropped = self.notifications.is_multiple_of(one_of);
        if is_dropped {
            self.link.shared.counters.count(Did::Deafen);
        }
        is_dropped
    }

    /// Begins to hold answers back, if this is the one that somebody is not to hear.
    fn spring(&mut self) {
        if self.held.is_none()
            && self.link.conversation().is_writing()
            && let Some(Trap::Unheard { end }) =
                self.link.shared.sprung(|trap| matches!(trap, Trap::Unheard { .. }))
        {
            self.held = Some((end, Vec::new()));
        }
    }

    /// Passes a message on, unless the connection ends within it.
    async fn pass(
        &mut self,
        message: &Message,
        slice: usize,
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Step<()> {
        let counters = &self.link.shared.counters;
        let here = self.direction;
        let bytes = &message.bytes;
        let torn = self
            .link
            .shared
            .sprung(|trap| matches!(trap, Trap::MidMessage { direction, .. } if *direction == here));
        if let Some(Trap::MidMessage { end, .. }) = torn {
            counters.count(Did::Tear);
            write(&bytes[..bytes.len() / 2], slice, to).await?;
            return ControlFlow::Break(Over::Ended(end));
        }
        if self.left.is_none() {
            let counted =
                |trap: &Trap| matches!(trap, Trap::AfterBytes { direction, .. } if *direction == here);
            if let Some(Trap::AfterBytes { bytes, end, .. }) = self.link.shared.sprung(counted) {
                self.left = Some((bytes, end));
            }
        }
        if let Some((left, end)) = &mut self.left {
            if *left <= bytes.len() {
                counters.count(Did::Tear);
                write(&bytes[..*left], slice, to).await?;
                return ControlFlow::Break(Over::Ended(*end));
            }
            *left -= bytes.len();
        }
        if slice > 0 {
            counters.count(Did::Slice);
        }
        counters.count(Did::Pass);
        write(bytes, slice, to).await
    }
}

/// Waits until the client gives up, whatever it still says.
async fn leaves(client: &mut TcpStream) -> Over {
    let mut buffer = [0; 1024];
    while let Ok(1..) = client.read(&mut buffer).await {}
    Over::Left
}

/// Writes it, whole or in pieces. Each piece is a packet, since nothing waits for others to fill it.
async fn write(bytes: &[u8], slice: usize, to: &mut (impl AsyncWrite + Unpin)) -> Step<()> {
    let size = if slice == 0 { bytes.len().max(1) } else { slice };
    for piece in bytes.chunks(size) {
        if to.write_all(piece).await.is_err() {
            return ControlFlow::Break(Over::Left);
        }
        if slice > 0 {
            tokio::task::yield_now().await;
        }
    }
    ControlFlow::Continue(())
}
