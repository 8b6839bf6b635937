//! What a proxy does to the connections that it carries.

use std::time::Duration;

/// What becomes of what is sent one way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// How long each message is held back. Nothing overtakes it.
    pub delay: Duration,
    /// What is sent gets lost, and nobody is told: a connection that is open at one end only. One that has lost
    /// something stays so, whatever the rules say afterwards, as it would behind a firewall that has forgotten it.
    pub swallow: bool,
    /// Messages are passed on in pieces of so many bytes; `0` passes them on whole.
    pub slice: usize,
}

/// What becomes of a connection, until other rules are given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What clients send.
    pub to_server: Way,
    /// What the server sends.
    pub to_client: Way,
    /// One of so many notifications is dropped: `1` drops all, `0` none.
    pub drop_notifications: u32,
}

impl Rules {
    /// Carries everything as it is.
    pub fn honest() -> Self {
        Self::default()
    }

    /// Carries nothing, either way, and closes nothing.
    pub fn half_open() -> Self {
        let swallow = Way { swallow: true, ..Way::default() };
        Self { to_server: swallow.clone(), to_client: swallow, ..Self::default() }
    }

    /// Holds each message back, both ways.
    pub fn slow(delay: Duration) -> Self {
        let way = Way { delay, ..Way::default() };
        Self { to_server: way.clone(), to_client: way, ..Self::default() }
    }

    /// Passes everything on in small pieces.
    pub fn sliced(bytes: usize) -> Self {
        let way = Way { slice: bytes, ..Way::default() };
        Self { to_server: way.clone(), to_client: way, ..Self::default() }
    }

    /// Drops one of `n` notifications.
    pub fn deaf(n: u32) -> Self {
        Self { drop_notifications: n, ..Self::default() }
    }

    pub(super) fn way(&self, direction: Direction) -> &Way {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }

    pub(super) fn swallows(&self) -> bool {
        self.to_server.swallow || self.to_client.swallow
    }
}

/// Which way something is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// By a client.
    ToServer,
    /// By the server.
    ToClient,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Both ends are told that nothing more comes (FIN).
    Cut,
    /// Both ends are told that it is broken (RST).
    Reset,
}

/// A fault that waits for the moment to strike, at whichever connection gives it first, and strikes once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trap {
    /// Ends a connection after so many more bytes one way, wherever in a message that is.
    AfterBytes {
        /// Which way they are counted.
        direction: Direction,
        /// How many still pass.
        bytes: usize,
        /// And then.
        end: End,
    },
    /// Passes on half of the next message, and ends the connection.
    MidMessage {
        /// Whose message.
        direction: Direction,
        /// And then.
        end: End,
    },
    /// Lets a write through, waits until it is committed, and ends the connection before its client hears of it.
    Unheard {
        /// How.
        end: End,
    },
}

/// Who is let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Door {
    /// Everybody.
    #[default]
    Open,
    /// Nobody: connections are taken, and reset.
    Shut,
    /// Nobody: nobody listens at the port.
    Gone,
}
