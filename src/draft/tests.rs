use super::*;
use crate::step;

const LIMIT: usize = 1 << 20;

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

/// A step is run again when another writer came first; what was set after it must not be.
#[test]
fn setting_what_was_just_computed_settles_it() {
    let mut draft = Draft::new(Base::Fresh, &crate::config::Options::default().policy);
    let step = step::or_insert("n", &1, LIMIT, |n: i32| n + 1).unwrap();
    draft.edit(|edits| edits.derive("n", step, raw("1"), LIMIT)).unwrap().unwrap();
    draft.edit(|edits| edits.set("n", raw("1"), LIMIT)).unwrap().unwrap();

    let mut work = draft.take_work();
    work.changes.replay(&Data::from_json(r#"{"n": 41}"#).unwrap()).unwrap();
    let change = work.to_change(7);
    assert_eq!(change.set.to_json(), r#"{"n":1}"#);
    assert_eq!(change.expected_version, None);
}

#[test]
fn a_session_may_weigh_as_much_as_the_limit_and_no_more() {
    let mut draft = Draft::new(Base::Fresh, &crate::config::Options::default().policy);
    let mut fits = |name: &str, value: &str, limit| {
        draft.edit(|edits| edits.set(name, raw(value), limit)).unwrap().is_ok()
    };
    // Each entry counts with its comma.
    let weight = |object: &str| object.len() + 1;
    assert!(!fits("a", "1", weight(r#"{"a":1}"#) - 1) && fits("a", "1", weight(r#"{"a":1}"#)));
    let both = weight(r#"{"a":1,"b":2}"#);
    assert!(!fits("b", "2", both - 1) && fits("b", "2", both));
    // What is replaced does not count any more.
    let longer = weight(r#"{"a":11,"b":2}"#);
    assert!(!fits("a", "11", longer - 1) && fits("a", "11", longer));
}

/// Who signs in and proves it once more has proved the later.
#[test]
fn a_proof_after_a_sign_in_of_the_same_request_brings_its_version() {
    let mut draft = Draft::new(Base::Fresh, &crate::config::Options::default().policy);
    draft.begin(Some("ann".into()), Some("1".into())).unwrap();
    assert_eq!(draft.credential(), Some("1"));
    draft.edit(|edits| edits.reauthenticate(None)).unwrap();
    assert_eq!(draft.credential(), Some("1"), "nothing newer is known");
    draft.edit(|edits| edits.reauthenticate(Some("2".into()))).unwrap();
    assert_eq!(draft.credential(), Some("2"));
    assert_eq!(draft.take_work().credential.as_deref(), Some("2"));
}

const MINUTE: Duration = Duration::from_secs(60);

/// A session of Ann's, who has proved who she is five minutes before she was seen.
fn anns() -> Live {
    let then = chrono::DateTime::from_timestamp(1_000_000, 0).unwrap();
    let record = Record {
        handle: uuid::Uuid::nil(),
        data: Data::default(),
        owner: Some("ann".into()),
        credential: Some("1".into()),
        created_at: then,
        seen_at: then + 5 * MINUTE,
        authenticated_at: Some(then),
        idle: 20 * MINUTE,
        deadline: None,
        persistent: true,
        version: 1,
        remaining: 19 * MINUTE,
        since_seen: MINUTE,
        cookie: None,
    };
    Live::new(SessionId::generate().unwrap(), Box::new(record), false)
}

/// A handler may take its time, or wait for somebody.
#[test]
fn time_goes_on_after_a_session_was_loaded() {
    let mut live = anns();
    live.loaded -= 3 * MINUTE;
    assert!(authentication_age(&live).unwrap() >= 9 * MINUTE);
    assert!(time_left(&live) <= 16 * MINUTE);
    live.loaded -= 20 * MINUTE;
    assert_eq!(time_left(&live), Duration::ZERO, "the next request will find it over");
}

/// The version of the credentials is that of the last proof, also within a request.
#[test]
fn a_proof_in_a_live_session_brings_its_version_and_another_session_has_none() {
    let mut draft = Draft::new(Base::Live(anns()), &crate::config::Options::default().policy);
    assert_eq!(draft.credential(), Some("1"));
    draft.edit(|edits| edits.reauthenticate(Some("2".into()))).unwrap();
    assert_eq!(draft.credential(), Some("2"));
    draft.begin(None, None).unwrap();
    assert_eq!((draft.owner(), draft.credential()), (None, None), "nobody is signed in");
}

/// A name that was told is the name of one session.
#[cfg(feature = "express")]
#[test]
fn an_id_that_was_told_is_not_the_id_of_the_session_after_it() {
    let mut draft = Draft::new(Base::Fresh, &crate::config::Options::default().policy);
    let first = draft.id_to_be(|| Ok(SessionId::generate().unwrap())).unwrap();
    assert_eq!(draft.id_to_be(|| Ok(SessionId::generate().unwrap())).unwrap(), first);
    draft.edit(|edits| edits.renew()).unwrap();
    assert_ne!(draft.id_to_be(|| Ok(SessionId::generate().unwrap())).unwrap(), first);
}
