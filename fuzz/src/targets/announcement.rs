//! What is announced to a cache. It may forget too much, never too little, and nothing makes it believe anew.

use std::sync::LazyLock;
use std::time::Duration;

use actix_pg_session::fuzz_internals::announcements::{Listening, key};
use actix_pg_session::{Data, Record};
use chrono::DateTime;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use super::Target;
use crate::words::Words;
use crate::{input, naive};

pub(super) const TARGET: Target = Target {
    name: "announcement",
    tokens: &[
        "{a}",
        "{b}",
        "{c}",
        "{other}",
        ".5",
        ".6",
        ".7",
        ".4",
        ".-1",
        ".x",
        " ",
        "*",
        "=",
        "\t",
        "  ",
        ".9223372036854775807",
        "{bare}",
        ".",
    ],
    run,
};

const IDS: [&str; 3] = ["a", "b", "c"];

/// The version that each of them has.
const VERSION: i64 = 5;

struct Stage {
    runtime: Runtime,
    words: Words,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let mut words = Words::default();
    for id in IDS.iter().chain(&["other"]) {
        words.say(*id, padded(id));
    }
    words.say("bare", naive::base64(&key("a")));
    Stage { runtime: Builder::new_current_thread().enable_time().build().expect("a runtime"), words }
});

fn padded(id: &str) -> String {
    format!("{}=", naive::base64(&key(id)))
}

fn run(input: &[u8]) {
    let announcement = input::text(&STAGE.words.fill(input));
    STAGE.runtime.block_on(async {
        let sessions = IDS.map(|id| (id, record()));
        let cache = Listening::new(&sessions).await;
        cache.hear(&announcement);
        for id in IDS {
            let expected = is_kept(&announcement, id);
            assert_eq!(cache.knows(id).await, expected, "{id} after {announcement:?}");
        }
    });
}

/// Whether nobody has said that the session is another by now.
fn is_kept(announcement: &str, id: &str) -> bool {
    for word in announcement.split_ascii_whitespace() {
        let (key, version) =
            word.split_once('.').map_or((word, None), |(key, version)| (key, version.parse().ok()));
        let is_key = key.len() == 44 && key.ends_with('=') && is_exact(&key[..43]);
        // Anything else means everything.
        if !is_key || (key == padded(id) && version.is_none_or(|version: i64| version > VERSION)) {
            return false;
        }
    }
    true
}

/// Whether it is how 32 bytes are written, with no bits beyond them.
fn is_exact(key: &str) -> bool {
    let symbols = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    key.bytes().all(symbols) && "AEIMQUYcgkosw048".contains(&key[42..])
}

fn record() -> Record {
    let hour = Duration::from_secs(3600);
    Record {
        handle: Uuid::nil(),
        data: Data::default(),
        owner: None,
        credential: None,
        created_at: DateTime::UNIX_EPOCH,
        seen_at: DateTime::UNIX_EPOCH,
        authenticated_at: None,
        idle: hour,
        deadline: None,
        persistent: true,
        version: VERSION,
        remaining: hour,
        since_seen: Duration::ZERO,
        cookie: None,
    }
}
