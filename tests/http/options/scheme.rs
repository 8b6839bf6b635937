//! `secure`, `same_site` and `trust_proxy`: what the scheme of a request decides, and who says it.

use actix_pg_session::test_util::{Browser, Reply};
use actix_pg_session::{SameSite, Secure, SessionMiddlewareBuilder, TrustProxy};
use actix_web::test::TestRequest;

use crate::story::{anywhere, attributes, visit};

const TLS: [&str; 4] = ["HttpOnly", "Path=/", "SameSite=None", "Secure"];
const PLAIN: [&str; 3] = ["HttpOnly", "Path=/", "SameSite=Lax"];

async fn auto(change: fn(SessionMiddlewareBuilder) -> SessionMiddlewareBuilder) -> Browser {
    visit(change(anywhere().secure(Secure::Auto).same_site(SameSite::Auto))).await
}

/// A first visit from `peer`, through a proxy that says these schemes.
async fn ask(browser: &Browser, peer: &str, schemes: &[&str]) -> Reply {
    let mut request = TestRequest::get().uri("/put:color=red").peer_addr(peer.parse().expect("an address"));
    for scheme in schemes {
        request = request.append_header(("x-forwarded-proto", *scheme));
    }
    browser.another().send(request).await
}

async fn attributes_for(browser: &Browser, peer: &str, schemes: &[&str]) -> Vec<String> {
    attributes(&ask(browser, peer, schemes).await.set_cookies()[0])
}

#[actix_web::test]
async fn nobody_is_believed_about_the_scheme_unless_trusted() {
    let browser = auto(|b| b).await;
    assert_eq!(attributes_for(&browser, "10.0.0.1:1", &["https"]).await, PLAIN);
}

#[actix_web::test]
async fn a_trusted_proxy_says_the_scheme_and_auto_follows_it() {
    let browser = auto(|b| b.trust_proxy(true)).await;
    for https in [&["https"][..], &["HTTPS, http"], &["https", "http"]] {
        assert_eq!(attributes_for(&browser, "10.0.0.1:1", https).await, TLS, "{https:?}");
    }
    for http in [&["http"][..], &["http, https"], &[], &["wss"], &[""]] {
        assert_eq!(attributes_for(&browser, "10.0.0.1:1", http).await, PLAIN, "{http:?}");
    }
}

#[actix_web::test]
async fn only_peers_within_the_trusted_networks_are_believed() {
    let browser =
        auto(|b| b.trust_proxy(TrustProxy::networks(["10.0.0.0/8", "::1"]).expect("networks"))).await;
    for trusted in ["10.9.9.9:1", "[::1]:1", "[::ffff:10.1.1.1]:1"] {
        assert_eq!(attributes_for(&browser, trusted, &["https"]).await, TLS, "{trusted}");
    }
    for other in ["11.0.0.1:1", "[::2]:1"] {
        assert_eq!(attributes_for(&browser, other, &["https"]).await, PLAIN, "{other}");
    }
}

#[actix_web::test]
async fn always_and_never_ask_nobody() {
    let always = visit(anywhere().trust_proxy(true)).await;
    assert!(attributes_for(&always, "10.0.0.1:1", &["http"]).await.contains(&"Secure".to_owned()));
    let never = visit(anywhere().secure(Secure::Never).trust_proxy(true)).await;
    assert!(!attributes_for(&never, "10.0.0.1:1", &["https"]).await.contains(&"Secure".to_owned()));
}

#[actix_web::test]
async fn auto_works_for_a_browser_on_plain_http_and_always_does_not() {
    let develop = visit(anywhere().secure(Secure::Auto)).await.over_http();
    develop.get("/put:color=red").await;
    assert_eq!(develop.get("/get:color").await.body, "red");
    let deployed = visit(anywhere()).await.over_http();
    deployed.get("/put:color=red").await;
    assert_eq!(deployed.get("/get:color").await.body, "none");
}

#[actix_web::test]
async fn the_removal_follows_the_scheme_as_the_cookie_did() {
    let browser = auto(|b| b.trust_proxy(true)).await;
    let https = |path: &str| TestRequest::get().uri(path).insert_header(("x-forwarded-proto", "https"));
    let set = browser.send(https("/put:color=red")).await.set_cookies();
    let removed = browser.send(https("/logout")).await.set_cookies();
    assert_eq!(attributes(&set[0]), attributes(&removed[0]));
    assert_eq!(attributes(&removed[0]), TLS);
}

#[actix_web::test]
async fn a_session_that_began_in_the_clear_is_renewed_as_its_new_scheme_wants_it() {
    let browser = auto(|b| b.trust_proxy(true)).await;
    let over = |scheme: &str, path: &str| {
        TestRequest::get().uri(path).insert_header(("x-forwarded-proto", scheme.to_owned()))
    };
    let began = browser.send(over("http", "/put:color=red")).await.set_cookies();
    assert_eq!(attributes(&began[0]), PLAIN);
    let renewed = browser.send(over("https", "/renew")).await.set_cookies();
    assert_eq!(attributes(&renewed[0]), TLS);
}
