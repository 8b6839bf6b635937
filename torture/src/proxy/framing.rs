//! Where one message of PostgreSQL's protocol ends and the next begins.

/// One message as it came: its kind, if it has one, and all its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// `None` for what a client says before anything else.
    pub(super) kind: Option<u8>,
    pub(super) bytes: Vec<u8>,
}

/// What a client asks for before it starts: encryption, of either sort.
const ENCRYPTION: [u32; 2] = [80_877_103, 80_877_104];

impl Message {
    /// What comes after the kind and the length.
    pub(super) fn body(&self) -> &[u8] {
        let head = if self.kind.is_some() { 5 } else { 4 };
        self.bytes.get(head..).unwrap_or_default()
    }

    /// The text up to the first NUL, and what follows it.
    pub(super) fn text(body: &[u8]) -> (String, &[u8]) {
        let end = body.iter().position(|byte| *byte == 0).unwrap_or(body.len());
        (String::from_utf8_lossy(&body[..end]).into_owned(), body.get(end + 1..).unwrap_or_default())
    }

    pub(super) fn asks_for_encryption(&self) -> bool {
        let code = self.body().first_chunk().map(|code| u32::from_be_bytes(*code));
        self.kind.is_none() && code.is_some_and(|code| ENCRYPTION.contains(&code))
    }
}

/// Cuts a stream of bytes into messages.
#[derive(Debug)]
pub(super) struct Framer {
    buffer: Vec<u8>,
    /// Whether messages have a kind by now.
    is_started: bool,
}

impl Framer {
    /// Of what clients say: the first message, or the first few, have no kind.
    pub(super) fn of_a_client() -> Self {
        Self { buffer: Vec::new(), is_started: false }
    }

    pub(super) fn of_a_server() -> Self {
        Self { buffer: Vec::new(), is_started: true }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, if all of it has come.
    pub(super) fn next(&mut self) -> Option<Message> {
        let head = usize::from(self.is_started);
        let length = self.buffer.get(head..)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))?;
        // The length counts itself, so nothing is shorter than it.
        let end = head + usize::try_from(length).unwrap_or(usize::MAX).max(4);
        if self.buffer.len() < end {
            return None;
        }
        let bytes: Vec<u8> = self.buffer.drain(..end).collect();
        let kind = self.is_started.then(|| bytes[0]);
        let message = Message { kind, bytes };
        self.is_started |= !message.asks_for_encryption();
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).expect("a short body").to_be_bytes();
        [&[kind], &length[..], body].concat()
    }

    #[test]
    fn messages_are_found_however_they_are_cut() {
        let stream = [message(b'T', b"row"), message(b'Z', b"I"), message(b'1', b"")].concat();
        for size in 1..stream.len() {
            let mut framer = Framer::of_a_server();
            let mut found = Vec::new();
            for piece in stream.chunks(size) {
                framer.feed(piece);
                while let Some(message) = framer.next() {
                    found.push(message);
                }
            }
            let kinds: Vec<_> = found.iter().filter_map(|message| message.kind).collect();
            assert_eq!(kinds, b"TZ1", "in pieces of {size}");
            assert_eq!(found[0].body(), b"row");
        }
    }

    #[test]
    fn a_client_may_ask_for_encryption_before_it_starts() {
        let code = |code: u32| [8_u32.to_be_bytes(), code.to_be_bytes()].concat();
        let mut framer = Framer::of_a_client();
        framer.feed(&[code(ENCRYPTION[0]), code(196_608), message(b'Q', b"select 1\0")].concat());
        assert!(framer.next().expect("a request").asks_for_encryption());
        assert!(!framer.next().expect("the start").asks_for_encryption());
        let query = framer.next().expect("a query");
        assert_eq!((query.kind, Message::text(query.body()).0), (Some(b'Q'), "select 1".to_owned()));
        assert_eq!(framer.next(), None);
    }

    #[test]
    fn a_length_that_cannot_be_is_no_loop_without_end() {
        let mut framer = Framer::of_a_server();
        framer.feed(&[b'Z', 0, 0, 0, 0, 7]);
        assert_eq!(framer.next().map(|message| message.bytes.len()), Some(5));
        assert_eq!(framer.next(), None);
    }
}
