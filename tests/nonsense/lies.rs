//! The lies, each with a name.

use crate::liar::{Lie, Lies};
use crate::messages::{COMPLETE, DATA_ROW, Message, READY, ROW_DESCRIPTION};

/// A new lie each time, since some of them remember.
pub(crate) type Named = (&'static str, fn() -> Lies);

/// In place of each message of a kind.
fn instead(kind: u8, words: impl Fn(&Message) -> Vec<u8> + Send + 'static) -> Lies {
    Box::new(move |message| if message.kind == kind { Lie::Say(words(message)) } else { Lie::Truth })
}

/// Beside each message of a kind.
fn and(kind: u8, words: impl Fn(&Message) -> Vec<u8> + Send + 'static) -> Lies {
    instead(kind, move |message| [message.bytes(), words(message)].concat())
}

fn with_columns(change: impl Fn(&mut Vec<Option<Vec<u8>>>) + Send + 'static) -> Lies {
    instead(DATA_ROW, move |message| {
        let mut columns = message.columns();
        change(&mut columns);
        Message::row(&columns).bytes()
    })
}

/// The types of all columns, by number.
fn of_type(oid: u32) -> Lies {
    instead(ROW_DESCRIPTION, move |message| {
        let mut body = message.body.clone();
        let mut at = 2;
        while at < body.len() {
            let name = body[at..].iter().position(|byte| *byte == 0).expect("names end");
            at += name + 1;
            body[at + 6..at + 10].copy_from_slice(&oid.to_be_bytes());
            at += 18;
        }
        Message::new(ROW_DESCRIPTION, body).bytes()
    })
}

fn error(code: &'static [u8]) -> Lies {
    instead(DATA_ROW, move |_| Message::error(code, b"no").bytes())
}

/// Those after which the server goes on to answer. None of them can be told from the truth by chance.
pub(crate) const LIES: [Named; 42] = [
    ("bytes without sense", || instead(DATA_ROW, |_| (0..2000_u32).map(|n| (n * n % 251) as u8).collect())),
    ("a length of 0", || instead(DATA_ROW, |message| message.bytes_of_length(0))),
    ("a length of 3", || instead(DATA_ROW, |message| message.bytes_of_length(3))),
    ("a length of 4", || instead(DATA_ROW, |message| message.bytes_of_length(4))),
    ("a length of 3 of the end", || instead(READY, |message| message.bytes_of_length(3))),
    ("a length that is one less", || instead(DATA_ROW, |m| m.bytes_of_length(m.body.len() as u32 + 3))),
    ("an end with nothing in it", || instead(READY, |_| Message::new(READY, []).bytes())),
    ("an end of no known state", || instead(READY, |_| Message::new(READY, *b"?").bytes())),
    ("an end twice", || and(READY, Message::bytes)),
    ("an end three times", || and(READY, |message| message.bytes().repeat(2))),
    ("a row twice", || and(DATA_ROW, Message::bytes)),
    ("no row", || instead(DATA_ROW, |_| Vec::new())),
    ("a completion twice", || and(COMPLETE, Message::bytes)),
    ("no completion", || instead(COMPLETE, |_| Vec::new())),
    ("a completion of more rows", || instead(COMPLETE, |_| Message::new(COMPLETE, *b"SELECT 7\0").bytes())),
    ("a completion without a word", || instead(COMPLETE, |_| Message::new(COMPLETE, []).bytes())),
    ("an end before the row", || instead(DATA_ROW, |m| [Message::ready().bytes(), m.bytes()].concat())),
    ("a row of no columns", || with_columns(Vec::clear)),
    ("a row of one column", || with_columns(|columns| columns.truncate(1))),
    ("a row of too many columns", || {
        with_columns(|columns| columns.extend(vec![None; 65_000 - columns.len()]))
    }),
    ("a row of nothing", || with_columns(|columns| columns.fill(None))),
    ("a row of empty values", || with_columns(|columns| columns.fill(Some(Vec::new())))),
    ("a row of short values", || with_columns(|columns| columns.fill(Some(vec![1])))),
    ("a row of long values", || with_columns(|columns| columns.fill(Some(vec![0xff; 4000])))),
    ("a row that ends early", || {
        instead(DATA_ROW, |m| Message::new(DATA_ROW, &m.body[..m.body.len() / 2]).bytes())
    }),
    ("a row whose last value ends early", || {
        instead(DATA_ROW, |m| Message::new(DATA_ROW, &m.body[..m.body.len() - 1]).bytes())
    }),
    ("a row of one byte", || instead(DATA_ROW, |_| Message::new(DATA_ROW, [0]).bytes())),
    ("values of huge length", || {
        instead(DATA_ROW, |m| {
            let mut body = m.body.clone();
            body[2..6].copy_from_slice(&i32::MAX.to_be_bytes());
            Message::new(DATA_ROW, body).bytes()
        })
    }),
    ("columns of other types", || of_type(23)),
    ("columns of unknown types", || of_type(4_000_000_000)),
    ("columns of type 0", || of_type(0)),
    ("no columns", || instead(ROW_DESCRIPTION, |_| Message::new(ROW_DESCRIPTION, [0, 0]).bytes())),
    ("columns that end early", || {
        instead(ROW_DESCRIPTION, |_| Message::new(ROW_DESCRIPTION, [0xff, 0xff, b'a']).bytes())
    }),
    ("parameters that end early", || instead(b't', |_| Message::new(b't', [0xff, 0xff]).bytes())),
    ("an error without a code", || error(b"")),
    ("an error of an unknown code", || error(b"?!")),
    ("an error that is a success", || error(b"00000")),
    ("others come first, for ever", || error(b"40001")),
    ("a deadlock, for ever", || error(b"40P01")),
    ("a fault of a value, for ever", || error(b"22P02")),
    ("an error in no language", || instead(DATA_ROW, |_| Message::error(b"XX000", &[0xff, 0xfe]).bytes())),
    ("an error with nothing in it", || instead(DATA_ROW, |_| Message::new(b'E', []).bytes())),
];

/// Those after which an answer may be taken for another, if one does not look.
pub(crate) const OUT_OF_STEP: [Named; 7] = [
    ("an end twice", || and(READY, Message::bytes)),
    ("an end before the answer", || {
        let mut is_first = true;
        Box::new(move |message| match std::mem::take(&mut is_first) {
            true => Lie::Say([Message::ready().bytes(), message.bytes()].concat()),
            false => Lie::Truth,
        })
    }),
    ("a row twice", || and(DATA_ROW, Message::bytes)),
    ("no row", || instead(DATA_ROW, |_| Vec::new())),
    ("a completion twice", || and(COMPLETE, Message::bytes)),
    ("no completion", || instead(COMPLETE, |_| Vec::new())),
    ("a completion of more rows", || instead(COMPLETE, |_| Message::new(COMPLETE, *b"SELECT 7\0").bytes())),
];

/// Those after which nothing comes, or no end.
pub(crate) const WITHOUT_END: [Named; 7] = [
    ("silence", || Box::new(|_| Lie::Silence)),
    ("silence before the end", || {
        Box::new(|message| if message.kind == READY { Lie::Silence } else { Lie::Truth })
    }),
    ("no end", || instead(READY, |_| Vec::new())),
    ("a length of four gigabytes", || instead(DATA_ROW, |message| message.bytes_of_length(u32::MAX))),
    ("a length of two gigabytes", || instead(DATA_ROW, |message| message.bytes_of_length(i32::MAX as u32))),
    ("notices without end", || forever(Message::notice("and another thing").bytes())),
    ("notifications without end", || forever(Message::notification(b"news", b"none").bytes())),
];

fn forever(words: Vec<u8>) -> Lies {
    let words = words.repeat(100);
    Box::new(move |message| if message.kind == DATA_ROW { Lie::Forever(words.clone()) } else { Lie::Truth })
}

/// Rows without end, which are an error as soon as there is one too many.
pub(crate) fn rows_without_end() -> Lies {
    Box::new(|message| match message.kind {
        DATA_ROW => Lie::Forever(message.bytes().repeat(50)),
        _ => Lie::Truth,
    })
}
