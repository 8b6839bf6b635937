//! The cookie's attributes, when it is set and when it is taken away.

use actix_pg_session::{Priority, SameSite, Secure, SessionMiddlewareBuilder};

use crate::story::{SID, anywhere, attributes, pair, visit};

type Change = fn(SessionMiddlewareBuilder) -> SessionMiddlewareBuilder;

const TABLE: &[(Change, &str, &[&str])] = &[
    (|b| b, SID, &["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]),
    (|b| b.name("visit"), "visit", &["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]),
    (|b| b.http_only(false), SID, &["Path=/", "SameSite=Lax", "Secure"]),
    (|b| b.secure(Secure::Never), "sid", &["HttpOnly", "Path=/", "SameSite=Lax"]),
    (|b| b.secure(false), "sid", &["HttpOnly", "Path=/", "SameSite=Lax"]),
    (|b| b.same_site(SameSite::Strict), SID, &["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]),
    (|b| b.same_site(SameSite::None), SID, &["HttpOnly", "Path=/", "SameSite=None", "Secure"]),
    (|b| b.same_site(SameSite::Auto), SID, &["HttpOnly", "Path=/", "SameSite=None", "Secure"]),
    (|b| b.same_site(SameSite::Auto).secure(Secure::Never), "sid", &["HttpOnly", "Path=/", "SameSite=Lax"]),
    (|b| b.path("/shop"), "sid", &["HttpOnly", "Path=/shop", "SameSite=Lax", "Secure"]),
    (
        |b| b.domain("example.org".to_owned()),
        "sid",
        &["Domain=example.org", "HttpOnly", "Path=/", "SameSite=Lax", "Secure"],
    ),
    (|b| b.partitioned(true), SID, &["HttpOnly", "Partitioned", "Path=/", "SameSite=Lax", "Secure"]),
    (|b| b.partitioned(true).secure(Secure::Auto), "sid", &["HttpOnly", "Path=/", "SameSite=Lax"]),
    (|b| b.priority(Priority::Low), SID, &["HttpOnly", "Path=/", "Priority=Low", "SameSite=Lax", "Secure"]),
    (
        |b| b.priority(Priority::Medium),
        SID,
        &["HttpOnly", "Path=/", "Priority=Medium", "SameSite=Lax", "Secure"],
    ),
    (|b| b.priority(Priority::High), SID, &["HttpOnly", "Path=/", "Priority=High", "SameSite=Lax", "Secure"]),
    (
        |b| {
            b.path("/shop")
                .domain(".example.org".to_owned())
                .same_site(SameSite::None)
                .partitioned(true)
                .priority(Priority::High)
                .http_only(false)
        },
        "sid",
        &["Domain=example.org", "Partitioned", "Path=/shop", "Priority=High", "SameSite=None", "Secure"],
    ),
    (
        |b| {
            b.cookie_name("id".into())
                .cookie_secure(false)
                .cookie_path("/shop".into())
                .cookie_http_only(false)
        },
        "id",
        &["Path=/shop", "SameSite=Lax"],
    ),
    (
        |b| b.cookie_same_site(SameSite::Strict).cookie_domain(Some("example.org".into())),
        "sid",
        &["Domain=example.org", "HttpOnly", "Path=/", "SameSite=Strict", "Secure"],
    ),
];

#[actix_web::test]
async fn the_cookie_has_the_attributes_that_the_options_say_and_its_removal_has_the_same() {
    for (row, (change, name, expected)) in TABLE.iter().enumerate() {
        let browser = visit(change(anywhere())).await;
        let set = browser.get("/shop/put:color=red").await.set_cookies();
        assert_eq!(set.len(), 1, "row {row}");
        assert!(set[0].starts_with(&format!("{name}=s%3A")), "row {row}: {}", set[0]);
        assert_eq!(attributes(&set[0]), *expected, "row {row}: {}", set[0]);
        assert!(set[0].contains("; Max-Age=1209600"), "row {row}: {}", set[0]);

        let value = browser.cookie(name).expect("browsers keep it").value;
        let removed = browser.get("/shop/logout").await.set_cookies();
        assert_eq!(removed.len(), 1, "row {row}");
        assert_eq!(pair(&removed[0]), format!("{name}="), "row {row}");
        assert_eq!(attributes(&removed[0]), attributes(&set[0]), "row {row}");
        assert!(removed[0].contains("; Max-Age=0") && removed[0].contains("; Expires=Thu, 01 Jan 1970"));
        assert_eq!(browser.cookie(name), None, "row {row}: browsers drop it");

        // A cookie that names nothing any more goes the same way.
        browser.set_cookie(name, &value[..value.len() - 1]);
        assert_eq!(browser.get("/shop/purge").await.set_cookies(), removed, "row {row}");
    }
}
