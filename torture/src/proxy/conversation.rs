//! What one connection is about, as far as faults care: whether something was just committed.

use std::collections::HashMap;

use super::framing::Message;

/// Follows what both sides say.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// By the names of prepared statements, whether they write.
    prepared: HashMap<String, bool>,
    is_in_transaction: bool,
    /// Whether something was written in that, which its commit commits.
    has_written: bool,
    is_writing: bool,
}

/// What a message of the server means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing that matters here.
    Other,
    /// The write has failed, or was taken back.
    Failed,
    /// The write is committed. A server says so before anything else that comes after the commit: it commits
    /// when it is asked to synchronise, and then says that it is ready, and in no transaction.
    Committed,
}

impl Conversation {
    /// Whether the client has asked for something that commits a write, and has not got its answer.
    pub(super) fn is_writing(&self) -> bool {
        self.is_writing
    }

    pub(super) fn client_says(&mut self, message: &Message) {
        match message.kind {
            // Parse: the statement's name, its text.
            Some(b'P') => {
                let (name, rest) = Message::text(message.body());
                self.prepared.insert(name, writes(&Message::text(rest).0));
            }
            // Bind: the portal's name, the statement's.
            Some(b'B') => {
                let (_, rest) = Message::text(message.body());
                let statement = Message::text(rest).0;
                self.is_asked(self.prepared.get(&statement).copied().unwrap_or_default());
            }
            Some(b'Q') => {
                let sql = Message::text(message.body()).0;
                self.is_asked(writes(&sql));
                self.is_writing |= self.has_written && sql.eq_ignore_ascii_case("commit");
            }
            _ => {}
        }
    }

    fn is_asked(&mut self, to_write: bool) {
        match self.is_in_transaction {
            true => self.has_written |= to_write,
            false => self.is_writing |= to_write,
        }
    }

    pub(super) fn server_says(&mut self, message: &Message) -> Said {
        if let (Some(b'Z'), [state, ..]) = (message.kind, message.body()) {
            self.is_in_transaction = *state != b'I';
            self.has_written &= self.is_in_transaction;
        }
        match (message.kind, message.body()) {
            (Some(b'E'), _) | (Some(b'C'), b"ROLLBACK\0") if self.is_writing => {
                self.is_writing = false;
                Said::Failed
            }
            (Some(b'Z'), [b'I', ..]) if self.is_writing => {
                self.is_writing = false;
                Said::Committed
            }
            _ => Said::Other,
        }
    }
}

/// Whether a statement changes rows. A word too many does no harm: nothing but a fault depends on it.
fn writes(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    sql.contains("insert into")
        || sql.contains("delete from")
        || (sql.contains("update ") && sql.contains(" set "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Message {
        Message { kind: Some(kind), bytes: [&[kind, 0, 0, 0, 0], body].concat() }
    }

    #[test]
    fn a_write_is_committed_when_the_server_is_ready_and_in_no_transaction() {
        let mut conversation = Conversation::default();
        conversation.client_says(&message(b'P', b"one\0update t set a = 1\0\0\0"));
        conversation.client_says(&message(b'P', b"two\0select 1 for update\0\0\0"));
        assert_eq!(conversation.server_says(&message(b'Z', b"I")), Said::Other, "it was only prepared");
        conversation.client_says(&message(b'B', b"\0two\0"));
        assert!(!conversation.is_writing());
        conversation.client_says(&message(b'B', b"\0one\0"));
        for (kind, body) in [(b'2', &b""[..]), (b'C', b"UPDATE 1\0")] {
            assert_eq!(conversation.server_says(&message(kind, body)), Said::Other);
        }
        assert_eq!(conversation.server_says(&message(b'Z', b"I")), Said::Committed);
        assert_eq!(conversation.server_says(&message(b'Z', b"I")), Said::Other, "that was said already");
    }

    /// Who waited for the answer to the write would never come to commit it.
    #[test]
    fn in_a_transaction_it_is_the_commit_that_nobody_hears_of() {
        for (tag, said) in [(&b"COMMIT\0"[..], Said::Committed), (b"ROLLBACK\0", Said::Other)] {
            let mut conversation = Conversation::default();
            conversation.client_says(&message(b'Q', b"BEGIN\0"));
            assert_eq!(conversation.server_says(&message(b'Z', b"T")), Said::Other);
            conversation.client_says(&message(b'Q', b"delete from t\0"));
            assert!(!conversation.is_writing());
            for (kind, body) in [(b'C', &b"DELETE 1\0"[..]), (b'Z', b"T")] {
                assert_eq!(conversation.server_says(&message(kind, body)), Said::Other);
            }
            conversation.client_says(&message(b'Q', b"COMMIT\0"));
            assert!(conversation.is_writing());
            let answer = if said == Said::Committed { Said::Other } else { Said::Failed };
            assert_eq!(conversation.server_says(&message(b'C', tag)), answer);
            assert_eq!(conversation.server_says(&message(b'Z', b"I")), said);
            assert!(!conversation.is_writing());
        }
    }

    #[test]
    fn a_write_that_fails_is_committed_by_nobody() {
        let mut conversation = Conversation::default();
        conversation.client_says(&message(b'Q', b"delete from t\0"));
        assert_eq!(conversation.server_says(&message(b'E', b"SERROR\0")), Said::Failed);
        assert_eq!(conversation.server_says(&message(b'Z', b"I")), Said::Other);
    }
}
