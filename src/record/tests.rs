use chrono::Datelike as _;

use super::*;

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

fn data(text: &str) -> Data {
    Data::from_json(text).unwrap()
}

#[test]
fn values_are_put_in_and_taken_out_by_name() {
    let mut data = Data::default();
    assert!(data.is_empty() && data.remove("a").is_none());
    data.insert("a", raw("1"));
    data.insert("b", raw("2"));
    let before = data.clone();
    assert_eq!(data.remove("a").map(|raw| raw.get().to_owned()).as_deref(), Some("1"));
    assert_eq!((data.len(), data.to_json().as_str()), (1, r#"{"b":2}"#));
    assert_eq!((before.len(), before.to_json().as_str()), (2, r#"{"a":1,"b":2}"#));
    assert!(!data.is_empty());
}

#[test]
fn two_are_the_same_when_they_share_a_map_or_have_none() {
    let one = data(r#"{"a":1}"#);
    assert!(one.is_same(&one.clone()));
    assert!(!one.is_same(&data(r#"{"a":1}"#)), "that would take a comparison");
    assert!(Data::default().is_same(&data("{}")));
    assert!(!one.is_same(&Data::default()) && !Data::default().is_same(&one));
}

#[test]
fn debug_prints_names_and_no_values() {
    assert_eq!(format!("{:?}", data(r#"{"card":"4242"}"#)), r#"Data(["card"])"#);
}

#[test]
fn what_entries_weigh_is_what_they_add_to_the_object() {
    let object = |text: &str| data(text).to_json().len();
    let added = object(r#"{"a":1,"name":[2]}"#) - object(r#"{"a":1}"#);
    assert_eq!(weight_of("name", &raw("[2]")), added);
}

#[test]
fn no_lifetime_is_longer_than_the_longest_and_shorter_ones_stay() {
    let lifetime = Lifetime::new(Duration::MAX, Duration::MAX).until_browser_closes();
    let longest = Lifetime::new(LONGEST, LONGEST).until_browser_closes();
    assert_eq!((lifetime.clamped(), longest.clamped()), (longest, longest));
    let short = Lifetime { absolute: None, ..Lifetime::new(Duration::ZERO, Duration::ZERO) };
    assert_eq!(short.clamped(), short);
}

#[test]
fn the_longest_lifetime_ends_in_the_last_year_but_some_that_has_four_digits() {
    let end = DateTime::UNIX_EPOCH + LONGEST;
    assert!((9_400..9_500).contains(&end.year()), "{end}");
}

#[test]
fn of_a_user_agent_512_bytes_are_kept_without_control_characters() {
    let kept = |text: &str| Client::new(None, Some(text.into())).user_agent.unwrap();
    assert_eq!(kept("a\r\n\0b"), "ab");
    assert_eq!(kept(&"a".repeat(600)), "a".repeat(512));
    // The two bytes of the last one do not both fit.
    assert_eq!(kept(&format!("a{}", "\u{fc}".repeat(256))), format!("a{}", "\u{fc}".repeat(255)));
}

#[test]
fn an_owner_has_at_most_1024_bytes_and_no_zero() {
    assert!(check_owner(&"a".repeat(1024)).is_ok());
    assert!(matches!(check_owner(&"a".repeat(1025)), Err(Unstorable::TooLarge { limit: 1024 })));
    assert!(matches!(check_owner("a\0"), Err(Unstorable::Nul)));
}

#[cfg(feature = "postgres")]
#[test]
fn two_changes_as_one_are_as_one_after_the_other() {
    let change = |cleared, set: &str, removed: &[&str], seconds: Option<u64>| Change {
        cleared,
        set: data(set),
        removed: removed.iter().map(|name| (*name).to_owned()).collect(),
        lifetime: seconds.map(Duration::from_secs).map(|time| Lifetime::new(time, time)),
        expected_version: None,
    };
    let changes = [
        change(false, r#"{"a":1,"b":2}"#, &[], None),
        change(false, r#"{"b":3}"#, &["a", "c"], Some(1)),
        change(true, r#"{"c":4}"#, &[], None),
        change(true, "{}", &[], Some(2)),
        change(false, r#"{"c":5}"#, &["c"], Some(3)),
    ];
    let stored = data(r#"{"c":0,"d":0,"a":0}"#);
    for (first, next) in changes.iter().flat_map(|first| changes.iter().map(move |next| (first, next))) {
        let both = first.then(next);
        let expected = next.apply(&first.apply(&stored)).to_json();
        assert_eq!(both.apply(&stored).to_json(), expected, "{first:?} then {next:?}");
        assert_eq!(both.lifetime, next.lifetime.or(first.lifetime), "{first:?} then {next:?}");
        assert_eq!(both.cleared, first.cleared || next.cleared, "{first:?} then {next:?}");
    }
}
