use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;
use crate::step;

const LIMIT: usize = 1 << 20;

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

fn data(text: &str) -> Data {
    Data::from_json(text).unwrap()
}

fn plus_one(name: &str) -> Step {
    step::or_insert(name, &1_i64, LIMIT, |n: i64| n + 1).unwrap()
}

/// Runs a step on what this request sees, and records it, as `Session::update` does.
fn run(changes: &mut Changes, base: &Data, name: &str, mut step: Step) {
    if let Some(value) = step(changes.view(name, Some(base))).unwrap() {
        changes.derive(name, step, value);
    }
}

fn seen<'a>(changes: &'a Changes, base: &'a Data, name: &str) -> Option<&'a str> {
    changes.view(name, Some(base)).map(RawValue::get)
}

fn viewed(changes: &Changes, base: &Data) -> Vec<String> {
    let mut all: Vec<_> =
        changes.view_all(Some(base)).map(|(name, value)| format!("{name}={}", value.get())).collect();
    all.sort();
    all
}

#[test]
fn a_request_sees_its_own_edits_over_what_was_loaded() {
    let base = data(r#"{"a": 1, "b": 2, "c": 3}"#);
    let mut changes = Changes::default();
    assert!(changes.is_empty());
    changes.set("a", raw("10"));
    changes.remove("b");
    assert!(!changes.is_empty());
    assert_eq!(seen(&changes, &base, "a"), Some("10"));
    assert_eq!(seen(&changes, &base, "b"), None);
    assert_eq!(seen(&changes, &base, "c"), Some("3"));
    assert_eq!(changes.view("c", None).map(RawValue::get), None);
    assert_eq!(viewed(&changes, &base), ["a=10", "c=3"]);
    run(&mut changes, &base, "c", plus_one("c"));
    assert_eq!(viewed(&changes, &base), ["a=10", "c=4"]);
}

#[test]
fn clearing_hides_what_was_loaded_and_forgets_what_was_done() {
    let base = data(r#"{"a": 1, "b": 2}"#);
    let mut changes = Changes::default();
    changes.set("a", raw("10"));
    run(&mut changes, &base, "b", plus_one("b"));
    changes.clear();
    assert_eq!((seen(&changes, &base, "a"), seen(&changes, &base, "b")), (None, None));
    assert!(viewed(&changes, &base).is_empty());
    changes.set("a", raw("11"));
    changes.remove("b");
    assert_eq!(viewed(&changes, &base), ["a=11"]);
    let change = changes.to_change(7);
    assert!(change.cleared);
    assert_eq!(change.set.to_json(), r#"{"a":11}"#);
    // What is cleared anyway need not be removed, and depends on nothing stored.
    assert_eq!((change.removed, change.expected_version), (vec![], None));
}

#[test]
fn the_last_edit_of_a_name_is_the_one_that_is_sent() {
    let mut changes = Changes::default();
    changes.set("a", raw("1"));
    changes.remove("a");
    changes.set("b", raw("1"));
    changes.set("b", raw("2"));
    changes.remove("c");
    changes.set("c", raw("3"));
    let change = changes.to_change(7);
    assert_eq!(change.set.to_json(), r#"{"b":2,"c":3}"#);
    // What was taken out and put in again goes to the end.
    assert_eq!((change.removed, change.expected_version), (vec!["a".to_owned(), "c".to_owned()], None));
}

#[test]
fn a_value_computed_from_a_stored_one_is_sent_under_its_version() {
    let base = data(r#"{"n": 5}"#);
    let mut changes = Changes::default();
    run(&mut changes, &base, "n", plus_one("n"));
    let change = changes.to_change(7);
    assert_eq!(change.set.to_json(), r#"{"n":6}"#);
    assert_eq!(change.expected_version, Some(7));
}

#[test]
fn a_value_computed_from_the_requests_own_needs_no_version() {
    let base = data(r#"{"set": 5, "removed": 5}"#);
    let mut changes = Changes::default();
    changes.set("set", raw("10"));
    changes.remove("removed");
    run(&mut changes, &base, "set", plus_one("set"));
    run(&mut changes, &base, "removed", plus_one("removed"));
    let change = changes.to_change(7);
    assert_eq!(change.set.to_json(), r#"{"set":11,"removed":1}"#);
    assert_eq!(change.expected_version, None);
}

#[test]
fn a_value_set_or_removed_after_it_was_computed_needs_no_version() {
    let base = data(r#"{"a": 5, "b": 5}"#);
    let mut changes = Changes::default();
    run(&mut changes, &base, "a", plus_one("a"));
    run(&mut changes, &base, "b", plus_one("b"));
    changes.set("a", raw("0"));
    assert!(changes.is_derived());
    changes.remove("b");
    assert!(!changes.is_derived());
    assert_eq!(changes.to_change(7).expected_version, None);
}

#[test]
fn a_replay_takes_every_step_again_from_the_fresher_value() {
    let base = data(r#"{"n": 5}"#);
    let mut changes = Changes::default();
    run(&mut changes, &base, "n", plus_one("n"));
    run(&mut changes, &base, "n", step::if_present("n", LIMIT, |n: i64| n * 10));
    assert_eq!(seen(&changes, &base, "n"), Some("60"));
    let fresh = data(r#"{"n": 8}"#);
    changes.replay(&fresh).unwrap();
    assert_eq!(seen(&changes, &fresh, "n"), Some("90"));
    changes.replay(&data("{}")).unwrap();
    assert_eq!(seen(&changes, &base, "n"), Some("10"));
}

#[test]
fn a_replay_upon_a_value_that_has_gone_does_not_bring_it_back() {
    let base = data(r#"{"n": 5}"#);
    let mut changes = Changes::default();
    run(&mut changes, &base, "n", step::if_present("n", LIMIT, |n: i64| n + 1));
    let fresh = data(r#"{"other": 1}"#);
    changes.replay(&fresh).unwrap();
    assert_eq!(seen(&changes, &fresh, "n"), None);
    assert_eq!(changes.to_change(8).apply(&fresh).to_json(), r#"{"other":1}"#);
    // Still under a version: it may come back by the next attempt.
    assert_eq!(changes.to_change(8).expected_version, Some(8));
}

#[test]
fn a_replay_upon_a_value_of_another_type_is_an_error() {
    let mut changes = Changes::default();
    run(&mut changes, &data(r#"{"n": 5}"#), "n", plus_one("n"));
    assert!(changes.replay(&data(r#"{"n": "five"}"#)).unwrap_err().is_decode());
}

#[test]
fn debug_prints_names_and_no_values() {
    let mut changes = Changes::default();
    changes.set("card", raw("\"4242\""));
    let text = format!("{changes:?}");
    assert!(text.contains("card") && !text.contains("4242"), "{text}");
}

const NAMES: [&str; 4] = ["", "a", "b", "c"];

#[derive(Clone, Debug)]
enum Verb {
    Set(usize, i64),
    Remove(usize),
    Clear,
    PlusOne(usize),
    Double(usize),
}

impl Verb {
    fn run(&self, changes: &mut Changes, base: &Data) {
        match *self {
            Self::Set(name, value) => changes.set(NAMES[name], raw(&value.to_string())),
            Self::Remove(name) => changes.remove(NAMES[name]),
            Self::Clear => changes.clear(),
            Self::PlusOne(name) => run(changes, base, NAMES[name], plus_one(NAMES[name])),
            Self::Double(name) => {
                let double = step::or_insert(NAMES[name], &7_i64, LIMIT, |n: i64| n.wrapping_mul(2));
                run(changes, base, NAMES[name], double.unwrap());
            }
        }
    }
}

fn verbs() -> impl Strategy<Value = Vec<Verb>> {
    let name = 0..NAMES.len();
    let verb = prop_oneof![
        4 => (name.clone(), -9_i64..9).prop_map(|(name, value)| Verb::Set(name, value)),
        3 => name.clone().prop_map(Verb::Remove),
        1 => Just(Verb::Clear),
        4 => name.clone().prop_map(Verb::PlusOne),
        2 => name.prop_map(Verb::Double),
    ];
    proptest::collection::vec(verb, 0..12)
}

fn stored() -> impl Strategy<Value = Data> {
    proptest::collection::btree_map(0..NAMES.len(), -9_i64..9, 0..=NAMES.len()).prop_map(|map| {
        map.into_iter().map(|(name, value)| (NAMES[name].to_owned(), raw(&value.to_string()))).collect()
    })
}

fn done(verbs: &[Verb], base: &Data) -> Changes {
    let mut changes = Changes::default();
    verbs.iter().for_each(|verb| verb.run(&mut changes, base));
    changes
}

/// All that a request sees, by name.
fn all_seen(changes: &Changes, base: &Data) -> Vec<Option<String>> {
    NAMES.iter().map(|name| seen(changes, base, name).map(str::to_owned)).collect()
}

fn all_of(data: &Data) -> Vec<Option<String>> {
    NAMES.iter().map(|name| data.get(name).map(|raw| raw.get().to_owned())).collect()
}

proptest! {
    #[test]
    fn what_is_saved_is_what_the_request_saw(base in stored(), verbs in verbs()) {
        let changes = done(&verbs, &base);
        prop_assert_eq!(all_of(&changes.to_change(1).apply(&base)), all_seen(&changes, &base));
    }

    #[test]
    fn a_replay_upon_the_same_values_changes_nothing(base in stored(), verbs in verbs()) {
        let mut changes = done(&verbs, &base);
        let (before, sent) = (all_seen(&changes, &base), format!("{:?}", changes.to_change(1)));
        changes.replay(&base).unwrap();
        prop_assert_eq!(all_seen(&changes, &base), before);
        prop_assert_eq!(format!("{:?}", changes.to_change(1)), sent);
    }

    #[test]
    fn a_replay_is_as_if_all_had_been_done_upon_the_fresher_values(
        base in stored(), fresh in stored(), verbs in verbs(),
    ) {
        let mut replayed = done(&verbs, &base);
        replayed.replay(&fresh).unwrap();
        let anew = done(&verbs, &fresh);
        prop_assert_eq!(all_of(&replayed.to_change(1).apply(&fresh)), all_of(&anew.to_change(1).apply(&fresh)));
    }

    #[test]
    fn a_save_without_a_version_is_worth_the_same_upon_any_values(
        base in stored(), fresh in stored(), verbs in verbs(),
    ) {
        let changes = done(&verbs, &base);
        let change = changes.to_change(1);
        prop_assume!(change.expected_version.is_none());
        let anew = done(&verbs, &fresh);
        prop_assert_eq!(all_of(&change.apply(&fresh)), all_of(&anew.to_change(1).apply(&fresh)));
    }
}

#[test]
fn values_keep_their_place_unless_they_are_taken_out_and_put_in_again() {
    let base = data(r#"{"a":1,"b":2,"c":3}"#);
    let order = |edit: fn(&mut Changes)| {
        let mut changes = Changes::default();
        edit(&mut changes);
        changes.to_change(0).apply(&base).to_json()
    };
    assert_eq!(order(|c| c.set("b", raw("9"))), r#"{"a":1,"b":9,"c":3}"#);
    let again = |c: &mut Changes| {
        c.set("d", raw("4"));
        c.remove("a");
        c.set("a", raw("1"));
        c.set("a", raw("2"));
    };
    assert_eq!(order(again), r#"{"b":2,"c":3,"d":4,"a":2}"#);
    let new_and_again = |c: &mut Changes| {
        c.set("d", raw("4"));
        c.set("e", raw("5"));
        c.remove("d");
        c.set("d", raw("6"));
    };
    assert_eq!(order(new_and_again), r#"{"a":1,"b":2,"c":3,"e":5,"d":6}"#);
}
