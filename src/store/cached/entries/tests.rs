use futures_util::future::poll_immediate;
use serde_json::value::to_raw_value;
use uuid::Uuid;

use super::*;
use crate::record::{Data, Lifetime};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn key(n: u8) -> Digest {
    Digest::from_bytes([n; 32])
}

fn data(n: u32) -> Data {
    Data::from_iter([("n".to_owned(), to_raw_value(&n).unwrap())])
}

fn record(version: i64) -> Record {
    let then = chrono::DateTime::from_timestamp(1_000_000, 0).unwrap();
    Record {
        handle: Uuid::nil(),
        data: data(1),
        owner: None,
        credential: None,
        created_at: then,
        seen_at: then,
        authenticated_at: None,
        idle: HOUR,
        deadline: None,
        persistent: true,
        version,
        remaining: HOUR,
        since_seen: Duration::ZERO,
        cookie: None,
    }
}

fn announced(key: &Digest, version: &str) -> String {
    format!("{}{version}", STANDARD.encode(key.as_bytes()))
}

async fn fill<'a>(entries: &'a Entries, key: &Digest) -> Fill<'a> {
    match poll_immediate(entries.find(key)).await {
        Some(Known::Nothing(fill)) => fill,
        Some(_) => panic!("it is known already"),
        None => panic!("somebody loads it already"),
    }
}

async fn live(entries: &Entries, key: &Digest) -> Option<Record> {
    match poll_immediate(entries.find(key)).await {
        Some(Known::Live(record)) => Some(*record),
        _ => None,
    }
}

/// Entries that know one session, of version 5.
async fn one() -> (Entries, Digest) {
    let (entries, key) = (Entries::new(100), key(1));
    fill(&entries, &key).await.found(&record(5));
    (entries, key)
}

fn saved(version: i64) -> Saved {
    Saved { handle: Uuid::nil(), version, remaining: 2 * HOUR }
}

fn change(n: u32) -> Change {
    Change { set: data(n), ..Change::default() }
}

#[tokio::test]
async fn what_was_loaded_is_known() {
    let (entries, key) = one().await;
    let found = live(&entries, &key).await.unwrap();
    assert_eq!((found.version, found.data.to_json()), (5, r#"{"n":1}"#.to_owned()));
}

#[tokio::test]
async fn a_session_grows_older_in_the_cache_and_ends_there_too() {
    let asked = Instant::now();
    let entry = Entry::new(record(5), asked);
    let later = entry.record(asked + HOUR / 4).unwrap();
    assert_eq!((later.remaining, later.since_seen), (HOUR * 3 / 4, HOUR / 4));
    assert!(entry.record(asked + HOUR).is_none());
}

#[tokio::test]
async fn an_entry_that_has_ended_is_loaded_again() {
    let (entries, key) = (Entries::new(100), key(1));
    fill(&entries, &key).await.found(&Record { remaining: Duration::ZERO, ..record(5) });
    fill(&entries, &key).await.found(&record(6));
    assert_eq!(live(&entries, &key).await.unwrap().version, 6);
}

#[tokio::test]
async fn of_many_who_miss_the_same_session_one_loads_and_the_others_wait() {
    let (entries, key) = (Entries::new(100), key(1));
    let loading = fill(&entries, &key).await;
    let mut others = [Box::pin(entries.find(&key)), Box::pin(entries.find(&key))];
    for other in &mut others {
        assert!(poll_immediate(other).await.is_none(), "it waits");
    }
    loading.found(&record(5));
    for other in others {
        assert!(matches!(poll_immediate(other).await, Some(Known::Live(_))));
    }
}

/// As after an outage, or with an id that has just ended: in a line, each would wait for all before it.
#[tokio::test]
async fn when_whoever_loads_learns_nothing_all_who_wait_ask_at_once() {
    let (entries, key) = (Entries::new(100), key(1));
    let loading = fill(&entries, &key).await;
    let mut others = [(); 3].map(|()| Box::pin(entries.find(&key)));
    for other in &mut others {
        assert!(poll_immediate(other).await.is_none(), "it waits");
    }
    drop(loading);
    // None of them holds up another.
    let known = futures_util::future::join_all(others).await;
    assert!(known.iter().all(|known| matches!(known, Known::Busy)));
    fill(&entries, &key).await.found(&record(5));
    assert!(live(&entries, &key).await.is_some());
}

#[tokio::test]
async fn nobody_waits_for_long_for_somebody_whose_thread_is_at_work_on_something_else() {
    let (entries, key) = (Entries::new(100), key(1));
    let loading = fill(&entries, &key).await;
    assert!(matches!(entries.find(&key).await, Known::Busy));
    loading.found(&record(5));
    assert!(live(&entries, &key).await.is_some());
}

#[tokio::test]
async fn a_load_during_which_a_change_is_announced_is_not_kept() {
    let key = key(1);
    let announcements = [announced(&key, ""), announced(&key, ".6"), announced(&key, ".5"), "*".to_owned()];
    for announcement in announcements {
        let entries = Entries::new(100);
        let loading = fill(&entries, &key).await;
        entries.heard(&announcement);
        loading.found(&record(5));
        assert!(live(&entries, &key).await.is_none(), "after {announcement}");
    }
}

#[tokio::test]
async fn a_load_during_which_this_process_writes_is_not_kept() {
    type Write = fn(&Entries, &Digest);
    let writes: [Write; 3] = [
        |entries, key| entries.saved(key, &change(2), &saved(6), Instant::now()),
        |entries, key| entries.touched(key, HOUR, Instant::now()),
        |entries, key| entries.forget(key),
    ];
    for write in writes {
        let (entries, key) = (Entries::new(100), key(1));
        let loading = fill(&entries, &key).await;
        write(&entries, &key);
        loading.found(&record(5));
        assert!(live(&entries, &key).await.is_none());
    }
}

#[tokio::test]
async fn a_load_that_begins_after_an_announcement_is_kept_whatever_an_older_one_finds() {
    let (entries, key) = (Entries::new(100), key(1));
    let older = fill(&entries, &key).await;
    entries.heard(&announced(&key, ".6"));
    let newer = fill(&entries, &key).await;
    newer.found(&record(6));
    older.found(&record(5));
    assert_eq!(live(&entries, &key).await.unwrap().version, 6);
}

#[tokio::test]
async fn an_announcement_drops_what_is_older_and_nothing_else() {
    for (version, stays) in [("", false), (".4", true), (".5", true), (".6", false), (".x", false)] {
        let (entries, first) = one().await;
        fill(&entries, &key(2)).await.found(&record(1));
        entries.heard(&format!("{} {}", announced(&key(9), ""), announced(&first, version)));
        assert_eq!(live(&entries, &first).await.is_some(), stays, "{version}");
        assert!(live(&entries, &key(2)).await.is_some());
    }
}

#[tokio::test]
async fn an_announcement_that_is_not_understood_drops_everything() {
    for announcement in ["*", "what is this", "AAAA"] {
        let (entries, key) = one().await;
        entries.heard(announcement);
        assert!(live(&entries, &key).await.is_none(), "{announcement}");
    }
}

#[tokio::test]
async fn what_this_process_saves_is_known_without_a_load() {
    let (entries, key) = one().await;
    entries.saved(&key, &change(2), &saved(6), Instant::now());
    let found = live(&entries, &key).await.unwrap();
    assert_eq!((found.version, found.data.to_json()), (6, r#"{"n":2}"#.to_owned()));
    assert!(found.remaining > HOUR, "a save is use");
    // Its own announcement comes after it.
    entries.heard(&announced(&key, ".6"));
    assert!(live(&entries, &key).await.is_some());
}

#[tokio::test]
async fn its_announcement_may_come_before_its_answer() {
    let (entries, key) = one().await;
    entries.heard(&announced(&key, ".6"));
    entries.saved(&key, &change(2), &saved(6), Instant::now());
    assert_eq!(live(&entries, &key).await.unwrap().data.to_json(), r#"{"n":2}"#);
}

#[tokio::test]
async fn between_the_two_it_answers_nobody_and_a_touch_does_not_make_it() {
    let (entries, key) = one().await;
    entries.heard(&announced(&key, ".6"));
    entries.touched(&key, HOUR, Instant::now());
    fill(&entries, &key).await.found(&record(6));
    assert_eq!(live(&entries, &key).await.unwrap().version, 6);
}

#[tokio::test]
async fn what_is_created_while_somebody_finds_nothing_is_found_afterwards() {
    let (entries, key) = (Entries::new(100), key(1));
    let loading = fill(&entries, &key).await;
    entries.forget(&key);
    loading.found_nothing();
    drop(fill(&entries, &key).await);
}

#[tokio::test]
async fn a_save_upon_somebody_elses_is_loaded() {
    let (entries, key) = one().await;
    entries.saved(&key, &change(2), &saved(7), Instant::now());
    assert!(live(&entries, &key).await.is_none(), "nobody here knows what version 6 did");
}

#[tokio::test]
async fn a_save_whose_answer_comes_late_does_not_undo_what_was_loaded_since() {
    let (entries, key) = one().await;
    entries.saved(&key, &change(2), &saved(5), Instant::now());
    assert_eq!(live(&entries, &key).await.unwrap().data.to_json(), r#"{"n":1}"#);
}

#[tokio::test]
async fn a_new_lifetime_is_loaded() {
    let (entries, key) = one().await;
    let shorter = Change { lifetime: Some(Lifetime::new(HOUR / 2, HOUR)), ..change(2) };
    entries.saved(&key, &shorter, &saved(6), Instant::now());
    assert!(live(&entries, &key).await.is_none());
}

#[tokio::test]
async fn a_touch_begins_the_idle_time_anew() {
    let (entries, key) = (Entries::new(100), key(1));
    fill(&entries, &key).await.found(&Record { since_seen: HOUR / 2, remaining: HOUR / 2, ..record(5) });
    let asked = Instant::now();
    entries.touched(&key, HOUR, asked);
    let found = live(&entries, &key).await.unwrap();
    assert!(found.remaining > HOUR / 2 && found.since_seen < HOUR / 2);
    let moved = (found.seen_at - record(5).seen_at).to_std().unwrap();
    assert!(moved >= HOUR / 2, "it was seen when it was touched: {moved:?}");
}

#[tokio::test]
async fn a_touch_whose_answer_comes_late_does_not_undo_what_was_loaded_since() {
    let (entries, key) = (Entries::new(100), key(1));
    let asked = Instant::now();
    fill(&entries, &key).await.found(&record(5));
    entries.touched(&key, 9 * HOUR, asked - Duration::from_millis(1));
    assert!(live(&entries, &key).await.unwrap().remaining <= HOUR);
}

#[tokio::test]
async fn what_a_read_past_the_cache_shows_to_be_old_is_dropped() {
    let (entries, key) = one().await;
    entries.compare(&key, 5);
    assert!(live(&entries, &key).await.is_some());
    entries.compare(&key, 6);
    assert!(live(&entries, &key).await.is_none());
}

#[tokio::test]
async fn a_key_that_names_nothing_is_known_too_until_it_is_announced() {
    let (entries, key) = (Entries::new(100), key(1));
    fill(&entries, &key).await.found_nothing();
    assert!(matches!(entries.find(&key).await, Known::Absent));
    entries.heard(&announced(&key, ""));
    drop(fill(&entries, &key).await);
}

#[tokio::test]
async fn keys_that_name_nothing_take_no_room_from_sessions() {
    let (entries, first) = one().await;
    for n in 0..10_000_u32 {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        fill(&entries, &Digest::from_bytes(bytes)).await.found_nothing();
    }
    assert!(live(&entries, &first).await.is_some());
    assert!(entries.absent.len() <= 300, "{} dead keys", entries.absent.len());
    assert_eq!(entries.len(), 1);
}

#[tokio::test]
async fn no_more_than_the_capacity_is_kept() {
    let entries = Entries::new(100);
    for n in 0..=255 {
        fill(&entries, &key(n)).await.found(&record(1));
    }
    assert!(entries.len() <= 100, "{} sessions", entries.len());
}
