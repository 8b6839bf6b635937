use super::*;

fn spec() -> CookieSpec {
    CookieSpec {
        name: "sid".into(),
        path: "/".into(),
        domain: None,
        secure: Secure::Always,
        http_only: true,
        same_site: SameSite::Lax,
        partitioned: false,
        priority: None,
        expiry: Expiry::MaxAge,
        dialect: Dialect::Own,
    }
}

fn set(
    spec: &CookieSpec,
    value: &str,
    max_age: Option<Duration>,
    over_tls: bool,
) -> Result<HeaderValue, CookieError> {
    spec.set(value, max_age, &spec.attributes(over_tls))
}

fn attributes(header: &HeaderValue) -> Vec<String> {
    let mut parts: Vec<_> = header
        .to_str()
        .unwrap()
        .split("; ")
        .skip(1)
        .filter(|part| !part.starts_with("Max-Age") && !part.starts_with("Expires"))
        .map(str::to_owned)
        .collect();
    parts.sort();
    parts
}

#[test]
fn the_removal_has_every_attribute_of_the_cookie_that_it_removes() {
    let fancy = CookieSpec {
        domain: Some("example.com".into()),
        path: "/shop".into(),
        same_site: SameSite::None,
        partitioned: true,
        priority: Some(Priority::High),
        ..spec()
    };
    for spec in [spec(), fancy] {
        for over_tls in [true, false] {
            let cookie = spec.attributes(over_tls);
            let set = spec.set("v", Some(Duration::from_secs(60)), &cookie).unwrap();
            let removal = spec.removal(&cookie).unwrap();
            assert_eq!(attributes(&set), attributes(&removal));
            assert!(removal.to_str().unwrap().contains("Max-Age=0"));
        }
    }
}

#[test]
fn max_age_is_rounded_up_and_never_more_than_400_days() {
    for (age, text) in [
        (Duration::from_millis(1), "Max-Age=1;"),
        (Duration::from_millis(59_001), "Max-Age=60;"),
        (Duration::from_secs(10 * 365 * 86_400), "Max-Age=34560000;"),
    ] {
        let header = set(&spec(), "v", Some(age), true).unwrap();
        let header = format!("{};", header.to_str().unwrap());
        assert!(header.contains(text), "{header}");
    }
    assert!(!set(&spec(), "v", None, true).unwrap().to_str().unwrap().contains("Max-Age"));
}

#[test]
fn a_cookie_of_4096_bytes_passes_and_one_of_4097_does_not() {
    assert!(set(&spec(), &"v".repeat(4093), None, true).is_ok());
    let error = set(&spec(), &"v".repeat(4094), None, true).unwrap_err();
    assert!(error.to_string().contains("4096 bytes"), "{error}");
}

#[test]
fn auto_follows_the_scheme() {
    let auto = CookieSpec { secure: Secure::Auto, same_site: SameSite::Auto, ..spec() };
    assert_eq!(
        attributes(&set(&auto, "v", None, true).unwrap()),
        ["HttpOnly", "Path=/", "SameSite=None", "Secure"]
    );
    assert_eq!(attributes(&set(&auto, "v", None, false).unwrap()), ["HttpOnly", "Path=/", "SameSite=Lax"]);
}

#[test]
fn express_goes_by_the_connection_and_we_by_the_attributes() {
    let own = CookieSpec {
        same_site: SameSite::Auto,
        partitioned: true,
        path: "/shop".into(),
        domain: Some(".example.com".into()),
        ..spec()
    };
    let express = CookieSpec { dialect: Dialect::Express, ..own.clone() };
    // Always secure, although the request came in the clear.
    let (ours, theirs) = (own.attributes(false), express.attributes(false));
    assert_eq!((ours.same_site, theirs.same_site), (Some(SameSite::None), Some(SameSite::Lax)));
    assert_eq!(
        (ours.domain.as_deref(), theirs.domain.as_deref()),
        (Some("example.com"), Some(".example.com"))
    );
    let auto = |spec: &CookieSpec, over_tls| {
        CookieSpec { secure: Secure::Auto, ..spec.clone() }.attributes(over_tls).partitioned
    };
    assert_eq!([auto(&own, false), auto(&own, true), auto(&express, false)], [false, true, true]);
    let plain = CookieSpec { partitioned: false, ..express.clone() };
    assert_eq!([auto(&plain, false), auto(&plain, true)], [false, false]);
    assert!(express.covers("/shopping") && !own.covers("/shopping"));
}

#[test]
fn finds_every_cookie_of_the_name_over_all_lines_and_no_other() {
    let mut headers = HeaderMap::new();
    for line in
        [&b"a=1; sid=one; Sid=no; xsid=no;sid = \"two\" "[..], b"bad\xff=\xff; sid=thr\xffee; sid", b"sid="]
    {
        headers.append(COOKIE, HeaderValue::from_bytes(line).unwrap());
    }
    let spec = spec();
    let found: Vec<_> = spec.find(&headers).collect();
    assert_eq!(found, [&b"one"[..], b"two", b"thr\xffee", b""]);
}

#[test]
fn a_path_covers_itself_and_what_is_below() {
    let at = |path: &str| CookieSpec { path: path.into(), ..spec() };
    assert!(at("/").covers("/anything"));
    assert!(at("/shop").covers("/shop") && at("/shop").covers("/shop/cart"));
    assert!(at("/shop/").covers("/shop/cart") && !at("/shop/").covers("/shop"));
    assert!(!at("/shop").covers("/shopping") && !at("/shop").covers("/"));
}

#[test]
fn what_no_attribute_can_hold_or_would_begin_another_one_is_refused() {
    let plain = spec().attributes(true);
    for odd in [
        CookieAttributes { path: Some("/; Domain=evil.example".into()), ..plain.clone() },
        CookieAttributes { domain: Some("a;Secure".into()), ..plain.clone() },
        CookieAttributes { path: Some("/\u{fc}".into()), ..plain.clone() },
        CookieAttributes { path: Some("/\r\nSet-Cookie: a=b".into()), ..plain },
    ] {
        assert!(spec().set("v", None, &odd).is_err(), "{odd:?}");
        assert!(spec().removal(&odd).is_err(), "{odd:?}");
    }
}
