//! `build()` refuses what cannot work, with a sentence.

use std::time::Duration;

use actix_pg_session::{
    Keyring, MemoryStore, SameSite, Secure, SessionMiddleware, SessionMiddlewareBuilder, TrustProxy,
};

use crate::story::{DAY, anywhere};

type Change = fn(SessionMiddlewareBuilder) -> SessionMiddlewareBuilder;

/// What `build()` says: a sentence, or nothing.
fn verdict(change: Change) -> Option<String> {
    change(anywhere()).build().err().map(|error| error.to_string())
}

fn with_keys(keys: impl Into<Keyring>) -> Option<String> {
    let built = SessionMiddleware::builder(MemoryStore::new(), keys).build();
    built.err().map(|error| error.to_string())
}

#[test]
fn each_combination_that_cannot_work_is_refused_with_a_sentence_that_says_why() {
    let refused: &[(&str, Change)] = &[
        ("`max_age` and `absolute_lifetime` must be longer", |b| b.max_age(Duration::ZERO)),
        ("`max_age` and `absolute_lifetime` must be longer", |b| b.absolute_lifetime(Duration::ZERO)),
        ("must be shorter", |b| b.max_age(DAY * 365 * 7501)),
        ("must be shorter", |b| b.absolute_lifetime(Duration::MAX)),
        ("`store_timeout` is zero", |b| b.store_timeout(Duration::ZERO)),
        ("`late_grace` is more than 7500 years", |b| b.late_grace(Duration::MAX)),
        ("`max_data_bytes` leaves no room", |b| b.max_data_bytes(1)),
        ("`touch_after` is 1,", |b| b.touch_after(1.0, DAY)),
        ("`touch_after` is -0.1,", |b| b.touch_after(-0.1, DAY)),
        ("`touch_after` is NaN,", |b| b.touch_after(f64::NAN, DAY)),
        ("`touch_after` is inf,", |b| b.touch_after(f64::INFINITY, DAY)),
        ("cookie name \"\"", |b| b.name("")),
        ("cookie name \"a b\"", |b| b.name("a b")),
        ("cookie name \"a=b\"", |b| b.name("a=b")),
        ("cookie name \"a;b\"", |b| b.name("a;b")),
        ("cookie name \"a\\r\\nb\"", |b| b.name("a\r\nb")),
        ("cookie name \"sé\"", |b| b.name("sé")),
        ("cookie path \"\"", |b| b.path("")),
        ("cookie path \"shop\"", |b| b.path("shop")),
        ("cookie path \"/a;b\"", |b| b.path("/a;b")),
        ("cookie path \"/a\\nb\"", |b| b.path("/a\nb")),
        ("longer than 1024 bytes", |b| b.path(format!("/{}", "a".repeat(1024)))),
        ("cookie domain \"\"", |b| b.domain("".to_owned())),
        ("cookie domain \".\"", |b| b.domain(".".to_owned())),
        ("cookie domain \"a.example; Path=/x\"", |b| b.domain("a.example; Path=/x".to_owned())),
        ("cookie domain \"exämple.org\"", |b| b.domain("exämple.org".to_owned())),
        ("`SameSite::None` needs `Secure::Always`", |b| b.same_site(SameSite::None).secure(Secure::Never)),
        ("`SameSite::None` needs `Secure::Always`", |b| b.same_site(SameSite::None).secure(Secure::Auto)),
        ("`partitioned` needs a secure cookie", |b| b.partitioned(true).secure(Secure::Never)),
        ("the cookie name has 3191 bytes", |b| b.name("n".repeat(3191))),
    ];
    for (part, change) in refused {
        let sentence = verdict(*change).unwrap_or_else(|| panic!("not refused: {part}"));
        assert!(sentence.contains(part), "{sentence:?} does not say {part:?}");
    }
}

#[test]
fn a_combination_at_the_edge_of_a_refusal_is_built() {
    let allowed: &[(&str, Change)] = &[
        ("7500 years", |b| b.max_age(DAY * 365 * 7500).absolute_lifetime(None)),
        ("7500 years in any case", |b| b.absolute_lifetime(DAY * 365 * 7500)),
        ("an idle time beyond the absolute one", |b| b.max_age(DAY * 100)),
        ("no throttle", |b| b.touch_after(0.0, Duration::ZERO)),
        ("no grace", |b| b.late_grace(Duration::ZERO)),
        ("a grace of 7500 years", |b| b.late_grace(DAY * 365 * 7500)),
        ("room for the empty object", |b| b.max_data_bytes(2)),
        ("the longest path", |b| b.path(format!("/{}", "a".repeat(1023)))),
        ("a dot before the domain", |b| b.domain(".example.org".to_owned())),
        ("none, always secure", |b| b.same_site(SameSite::None)),
        ("auto, never secure", |b| b.same_site(SameSite::Auto).secure(Secure::Never)),
        ("partitioned when secure", |b| b.partitioned(true).secure(Secure::Auto)),
        ("the longest name", |b| b.name("n".repeat(3190))),
        ("an odd but legal name", |b| b.name("!#$%&'*+-.^_`|~")),
    ];
    for (what, change) in allowed {
        assert_eq!(verdict(*change), None, "{what}");
    }
}

#[test]
fn secrets_are_refused_when_there_is_none_or_one_of_them_is_short() {
    let long = "thirty-two bytes are long enough";
    assert_eq!(long.len(), 32);
    assert_eq!(with_keys(long), None);
    assert_eq!(with_keys([long, "another of thirty-two bytes too!"]), None);
    let none = with_keys(Vec::<String>::new()).expect("no secret is refused");
    assert!(none.contains("no secret"), "{none}");
    for short in [vec![""], vec![&long[1..]], vec![long, &long[1..]]] {
        let sentence = with_keys(short).expect("a short secret is refused");
        assert!(sentence.contains("too short"), "{sentence}");
        assert!(!sentence.contains(&long[1..]), "the sentence tells the secret: {sentence}");
    }
}

#[test]
fn what_express_session_lets_pass_is_built_where_that_is_asked_for() {
    let verdict = |secrets: &[&str], change: Change| {
        let lenient = SessionMiddleware::builder(MemoryStore::new(), secrets.to_vec()).allow_insecure(true);
        change(lenient).build().err().map(|error| error.to_string())
    };
    let allowed: [Change; 5] = [
        |b| b.max_age(Duration::ZERO),
        |b| b.absolute_lifetime(Duration::ZERO),
        |b| b.same_site(SameSite::None).secure(Secure::Never),
        |b| b.partitioned(true).secure(Secure::Never),
        |b| b.name("__Host-sid").path("/shop"),
    ];
    for (row, change) in allowed.into_iter().enumerate() {
        assert_eq!(verdict(&["short"], change), None, "row {row}");
    }
    for (part, secret, change) in [
        ("a secret of 0 bytes", "", (|b| b) as Change),
        ("cookie name \"a b\"", "short", |b| b.name("a b")),
        ("`store_timeout` is zero", "short", |b| b.store_timeout(Duration::ZERO)),
    ] {
        let sentence = verdict(&[secret], change).unwrap_or_else(|| panic!("not refused: {part}"));
        assert!(sentence.contains(part), "{sentence:?} does not say {part:?}");
    }
}

#[test]
fn a_name_keeps_what_its_prefix_promises_in_whatever_case_it_is_written() {
    let names = |change: Change, prefix: &str| {
        let spell = |name: &str| change(anywhere()).name(name).build().is_ok();
        let name = format!("{prefix}sid");
        let built = spell(&name);
        assert_eq!(spell(&name.to_ascii_lowercase()), built, "{name} in lower case");
        assert_eq!(spell(&name.to_ascii_uppercase()), built, "{name} in upper case");
        built
    };
    // prefix, then whether it is built: as it comes, over HTTP too, for scripts, below a path, for a domain.
    let table = [
        ("__Secure-", [true, false, true, true, true]),
        ("__Host-", [true, false, true, false, false]),
        ("__Http-", [true, false, false, true, true]),
        ("__Host-Http-", [true, false, false, false, false]),
        ("Host-", [true, true, true, true, true]),
    ];
    let changes: [Change; 5] = [
        |b| b,
        |b| b.secure(Secure::Auto),
        |b| b.http_only(false),
        |b| b.path("/shop"),
        |b| b.domain("example.org".to_owned()),
    ];
    for (prefix, expected) in table {
        let built = changes.map(|change| names(change, prefix));
        assert_eq!(built, expected, "{prefix}");
    }
}

#[test]
fn networks_that_are_none_are_refused_where_they_are_written() {
    let error = TrustProxy::networks(["10.0.0.0/8", "the proxy"]).expect_err("no network");
    assert!(error.to_string().contains("\"the proxy\""), "{error}");
}

#[test]
fn neither_the_builder_nor_the_middleware_prints_a_secret() {
    let text = format!("{:?} {:?}", anywhere(), anywhere().build().expect("the defaults work"));
    assert!(!text.contains(crate::story::SECRET) && !text.contains("first secret"), "{text}");
}

#[test]
fn of_what_is_a_function_it_is_printed_that_it_is_there() {
    let usual = format!("{:?} {:?}", anywhere(), anywhere().build().expect("the defaults work"));
    for part in ["SessionMiddlewareBuilder {", "Config {", "id_generator: Random", "refusal: Refusal"] {
        assert!(usual.contains(part), "{usual} does not say {part:?}");
    }
    let own = anywhere()
        .id_generator(String::new)
        .credentials(|_| std::future::ready(Ok::<_, std::io::Error>(None)));
    let own = format!("{own:?}");
    for part in ["id_generator: Custom", "credentials: Some(Credentials)"] {
        assert!(own.contains(part), "{own} does not say {part:?}");
    }
}
