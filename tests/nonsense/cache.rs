//! What a cache is told.

use std::time::Duration;

use actix_pg_session::{Caching, Loaded, PostgresStore, SessionStore as _};
use sqlx::postgres::PgPoolOptions;

use crate::liar::{Liar, Lie};
use crate::messages::Message;
use crate::store::session;
use crate::support::gate::{at_once, until};
use crate::support::{database, pool_on};

/// Announcements, and what is put in the place of a sign of life.
#[tokio::test]
async fn announcements_without_sense_leave_nothing_stale_and_end_nothing_for_good() {
    let url = database().await;
    let liar = Liar::before(&url).await;
    let pool = PgPoolOptions::new().max_connections(4).connect_with(liar.options()).await.expect("the truth");
    let caching = Caching::new(100).max_silence(Duration::from_secs(2));
    let cached = PostgresStore::new(pool).cached(caching);
    cached.migrate().await.expect("the migrations apply");
    let plain = PostgresStore::new(pool_on(&url).await);
    let words: [&[u8]; 12] = [
        b"",
        b" ",
        b"*",
        b"\xff\xfe",
        b"AAAA",
        b"no base64 at all!",
        b".",
        b".7",
        b"AAAA.99999999999999999999",
        b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=.-1",
        b"18446744073709551615",
        b"-1",
    ];
    for word in words {
        let when = format!("{:?}", String::from_utf8_lossy(word));
        at_once(cached.caught_up()).await;
        let id = actix_pg_session::SessionId::generate().expect("randomness");
        cached.create(&id, session("ann")).await.expect("a session");
        assert!(matches!(cached.load(&id).await, Ok(Loaded::Live(_))), "{when}");
        liar.says(move |message| match message.kind {
            b'A' => {
                let channel = message.body[4..].split(|byte| *byte == 0).next().unwrap_or_default();
                Lie::Say(Message::notification(channel, word).bytes())
            }
            _ => Lie::Truth,
        });
        // The announcement of this is a lie, too.
        plain.delete(&id, Duration::ZERO).await.expect("an end");
        until(&format!("{when}: it is not believed for long"), async || {
            matches!(cached.load(&id).await, Ok(Loaded::Absent | Loaded::Ended))
        })
        .await;
        liar.tells_the_truth();
        at_once(cached.caught_up()).await;
        assert!(!matches!(cached.load(&id).await, Ok(Loaded::Live(_))), "{when}: it comes back");
    }
    for bytes in [Message::new(b'A', []).bytes(), Message::new(b'A', [0; 4]).bytes(), vec![b'A', 0, 0, 0, 1]]
    {
        liar.says(move |message| match message.kind {
            b'A' => Lie::Say(bytes.clone()),
            _ => Lie::Truth,
        });
        let id = actix_pg_session::SessionId::generate().expect("randomness");
        cached.create(&id, session("ann")).await.expect("a session");
        assert!(matches!(cached.load(&id).await, Ok(Loaded::Live(_))));
        liar.tells_the_truth();
        at_once(cached.caught_up()).await;
    }
}
