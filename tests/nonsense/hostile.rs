//! Rows as they should be, with values as nobody should have put there; and such as an administrator may have.

use actix_pg_session::{Loaded, OwnerStore as _, SessionStore as _};

use crate::liar::Lie;
use crate::messages::{DATA_ROW, Message};
use crate::store::{Stage, WAYS};
use crate::support::gate::at_once;

/// In column so-and-so of a load.
const VALUES: [(usize, &str, Option<&[u8]>); 28] = [
    (0, "no handle", None),
    (0, "a short handle", Some(&[1; 15])),
    (1, "no data", None),
    (1, "data that are no JSON", Some(b"{")),
    (1, "data that are a list", Some(b"[]")),
    (1, "data that are no text", Some(b"{\"a\":\"\xff\"}")),
    (1, "nothing", Some(b"")),
    (2, "an owner that is no text", Some(b"\xff\xfe")),
    (3, "a beginning at infinity", Some(&i64::MAX.to_be_bytes())),
    (3, "a beginning before all time", Some(&i64::MIN.to_be_bytes())),
    (3, "a beginning beyond all years", Some(&(i64::MAX - 1).to_be_bytes())),
    (4, "a use at infinity", Some(&i64::MAX.to_be_bytes())),
    (5, "a proof before all time", Some(&i64::MIN.to_be_bytes())),
    (6, "no idle time", None),
    (6, "an idle time that is no number", Some(&f64::NAN.to_be_bytes())),
    (6, "an infinite idle time", Some(&f64::INFINITY.to_be_bytes())),
    (6, "an enormous idle time", Some(&1e300_f64.to_be_bytes())),
    (6, "a negative idle time", Some(&(-1.0_f64).to_be_bytes())),
    (7, "a deadline at infinity", Some(&i64::MAX.to_be_bytes())),
    (8, "persistence of no byte", Some(b"")),
    (8, "persistence of two", Some(&[2, 2])),
    (9, "a negative version", Some(&i64::MIN.to_be_bytes())),
    (9, "a version of three bytes", Some(&[1; 3])),
    (10, "infinite time left", Some(&f64::INFINITY.to_be_bytes())),
    (10, "no time left", Some(&(-5.0_f64).to_be_bytes())),
    (11, "a use in the future", Some(&(-1e300_f64).to_be_bytes())),
    (13, "a key of somebody else's", Some(&[7; 32])),
    (13, "a short key", Some(&[7; 31])),
];

#[tokio::test]
async fn a_value_that_makes_no_sense_is_an_error_or_is_made_sense_of() {
    let stage = Stage::new().await;
    for (column, name, value) in VALUES {
        for way in WAYS {
            let when = format!("{name}, {way:?}");
            let store = stage.store(way);
            let (ann, created) = stage.begin("ann").await;
            stage.liar.says(move |message| {
                if message.kind != DATA_ROW {
                    return Lie::Truth;
                }
                let mut columns = message.columns();
                if columns.len() > column {
                    columns[column] = value.map(<[u8]>::to_vec);
                }
                Lie::Say(Message::row(&columns).bytes())
            });
            match at_once(store.load(&ann)).await {
                Ok(Loaded::Live(record)) => {
                    // Whoever reads these must be able to reckon with them.
                    assert_eq!(record.handle, created.handle, "{when}");
                    assert!(!format!("{record:?}").is_empty(), "{when}");
                    let _ = (record.deadline.unwrap_or(record.seen_at) - record.created_at).to_std();
                    assert!(column != 13, "{when}: it is somebody else's");
                }
                Ok(other) => assert!(column == 13, "{when}: a live session is {other:?}"),
                Err(_) => {}
            }
            let _ = at_once(store.sessions_of("ann", 10)).await;
            stage.liar.tells_the_truth();
            let loaded = at_once(store.load(&ann)).await;
            assert!(matches!(loaded, Ok(Loaded::Live(_))), "{when}, afterwards: {loaded:?}");
        }
    }
}

/// `update sessions set deadline = 'infinity'` is how one would say "for ever" in psql.
#[tokio::test]
async fn a_time_at_infinity_is_one_that_does_not_come() {
    let stage = Stage::new().await;
    for column in ["expires_at", "deadline", "created_at", "seen_at", "authenticated_at"] {
        for way in WAYS {
            let store = stage.store(way);
            let (ann, _) = stage.begin("ann").await;
            let sql = format!("update sessions set {column} = 'infinity' where key = $1");
            let key = ann.digest().as_bytes().as_slice();
            let forever = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(key).execute(stage.plain.pool()).await;
            assert_eq!(forever.expect("an update").rows_affected(), 1);
            let loaded = at_once(store.load(&ann)).await;
            // A moment that lies before all others by infinity has no number of seconds in between.
            let is_read = matches!(loaded, Ok(Loaded::Live(_)));
            assert!(is_read || column == "seen_at", "{column}, {way:?}: {loaded:?}");
            // It can be ended like any other, and is counted.
            let ended = at_once(store.end_sessions_of("ann", None)).await.expect("an answer");
            assert_eq!(ended.len(), 1, "{column}, {way:?}");
            assert!(matches!(at_once(store.load(&ann)).await, Ok(Loaded::Absent)), "{column}, {way:?}");
        }
    }
}
