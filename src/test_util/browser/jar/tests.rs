use super::*;

fn jar(lines: &[&str]) -> Jar {
    let mut jar = Jar::default();
    for line in lines {
        jar.take(line, "/shop/cart", true);
    }
    jar
}

fn sent(jar: &Jar, path: &str) -> String {
    let header = jar.header(path, true);
    header.map_or(String::new(), |header| header.to_str().unwrap().to_owned())
}

#[test]
fn a_cookie_replaces_one_of_the_same_name_domain_and_path_and_no_other() {
    let jar = jar(&[
        "a=1; Path=/",
        "a=2; Path=/shop",
        "a=3; Path=/; Domain=example.com",
        "a=4; Path=/",
        "a=5; Path=/; Domain=EXAMPLE.com",
    ]);
    let values: Vec<_> = jar.all().iter().map(|cookie| cookie.value.as_str()).collect();
    assert_eq!(values, ["4", "2", "5"]);
}

#[test]
fn a_removal_removes_only_the_cookie_that_it_names_in_full() {
    let set = "a=1; Path=/; Domain=example.com; Secure";
    for other in [
        "a=; Path=/; Max-Age=0",
        "a=; Path=/shop; Domain=example.com; Max-Age=0",
        "b=; Path=/; Domain=example.com; Max-Age=0",
    ] {
        assert_eq!(jar(&[set, other]).all().len(), 1, "{other}");
    }
    for removal in [
        "Max-Age=0",
        "Max-Age=-1",
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "Expires=Thu, 01 Jan 2099 00:00:00 GMT; Max-Age=0",
    ] {
        let line = format!("a=; Path=/; Domain=example.com; {removal}");
        assert_eq!(jar(&[set, &line]).all(), [], "{line}");
    }
    assert_eq!(
        jar(&[set, "a=2; Path=/; Domain=example.com; Max-Age=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
            .all()
            .len(),
        1
    );
}

#[test]
fn a_cookie_is_sent_to_its_path_and_below_longer_paths_first() {
    let jar = jar(&["root=1; Path=/", "shop=1; Path=/shop", "default=1", "dir=1; Path=/shop/"]);
    assert_eq!(sent(&jar, "/shop/cart"), "dir=1; shop=1; default=1; root=1");
    assert_eq!(sent(&jar, "/shop"), "shop=1; default=1; root=1");
    assert_eq!(sent(&jar, "/shopping"), "root=1");
}

#[test]
fn over_http_no_secure_cookie_comes_or_goes() {
    let mut jar = jar(&["a=1; Secure; Path=/", "b=1; Path=/"]);
    jar.take("c=1; Secure; Path=/", "/", false);
    assert_eq!(jar.all().len(), 2);
    assert_eq!(jar.header("/", false).unwrap(), "b=1");
    assert_eq!(jar.header("/", true).unwrap(), "a=1; b=1");
}

#[test]
fn a_prefixed_cookie_that_breaks_its_promise_is_refused() {
    for good in ["__Host-a=1; Secure; Path=/", "__Secure-a=1; Secure; Path=/shop; Domain=example.com"] {
        assert_eq!(jar(&[good]).all().len(), 1, "{good}");
    }
    for bad in [
        "__Host-a=1; Path=/",
        "__Host-a=1; Secure",
        "__Host-a=1; Secure; Path=/shop",
        "__host-a=1; Secure; Path=/; Domain=example.com",
        "__Secure-a=1; Path=/",
    ] {
        assert_eq!(jar(&[bad]).all(), [], "{bad}");
    }
}

#[test]
fn closing_the_browser_drops_cookies_without_a_lifetime() {
    let mut jar = jar(&["a=1", "b=1; Max-Age=60", "c=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT"]);
    jar.close();
    assert_eq!(sent(&jar, "/shop/cart"), "b=1; c=1");
}

#[test]
fn a_forged_value_keeps_the_cookie_as_it_is() {
    let mut jar = jar(&["a=1; Path=/shop; Secure"]);
    jar.forge("a", "forged");
    jar.forge("b", "new");
    assert_eq!(sent(&jar, "/shop"), "a=forged; b=new");
    assert_eq!(sent(&jar, "/"), "b=new");
}
