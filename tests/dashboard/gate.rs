//! Nobody gets in but by the gatekeeper.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_pg_session::dashboard::{self, Admittance};
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpRequest, HttpResponse, web};

use crate::stage::{HERE, by_header, stage};
use crate::support;

const ADDRESSES: [&str; 9] = [
    "",
    "/",
    "/sessions",
    "/sessions/x",
    "/sessions/x/end",
    "/end",
    "/health",
    "/style.css",
    "/no/such/page",
];

#[actix_web::test]
async fn every_address_and_method_asks_the_gatekeeper_whose_answer_is_the_visitors() {
    let stage = stage().await;
    for address in ADDRESSES {
        for method in ["GET", "POST", "HEAD", "PUT", "DELETE"] {
            let method = method.parse().expect("a method");
            let request = TestRequest::with_uri(&format!("{HERE}{address}")).method(method);
            let reply = stage.send(request).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{address}");
            assert_eq!((reply.header("who-are-you"), &*reply.body), ("?", "no"));
        }
    }
}

#[actix_web::test]
async fn whoever_is_let_in_is_asked_again_for_each_page() {
    let store = support::store().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let gate = {
        let asked = Arc::clone(&asked);
        async move |_: &HttpRequest| match asked.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(Admittance::full("once")),
            _ => Err(HttpResponse::Forbidden().finish()),
        }
    };
    let app = init_service(App::new().service(dashboard::scope("/d", store.admin(), gate))).await;
    for status in [StatusCode::OK, StatusCode::FORBIDDEN] {
        let reply = call_service(&app, TestRequest::get().uri("/d/health").to_request()).await;
        assert_eq!(reply.status(), status);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[actix_web::test]
async fn pages_below_other_scopes_link_to_each_other_there() {
    let store = support::store().await;
    let inner = web::scope("/shop/{tenant}").service(dashboard::scope("/admin", store.admin(), by_header));
    let app = init_service(App::new().service(inner)).await;
    for path in ["/shop/a/admin", "/shop/a/admin/", "/shop/a/admin/sessions", "/shop/a/admin/nowhere"] {
        let request = TestRequest::get().uri(path).insert_header(("who", "ada")).to_request();
        let body = read_body(call_service(&app, request).await).await;
        let body = String::from_utf8(body.to_vec()).expect("text");
        assert!(body.contains("href=\"/shop/a/admin/sessions\""), "{path}: {body}");
        assert!(body.contains("href=\"/shop/a/admin/style.css?"), "{path}");
    }
}

/// A browser keeps the path of a cookie as it comes, and compares it with that of an address as it is written.
#[actix_web::test]
async fn the_tokens_cookie_is_for_the_address_as_the_browser_writes_it() {
    let store = support::store().await;
    let inner = web::scope("/shop/{tenant}").service(dashboard::scope("/admin", store.admin(), by_header));
    let app = init_service(App::new().service(inner)).await;
    for (tenant, path) in [
        ("a%20b%2Fc", "/shop/a%20b%2Fc/admin"),
        ("a%3B%20Domain=evil.example", "/shop/a%3B%20Domain=evil.example/admin"),
        ("a;Domain=evil.example", "/shop"),
    ] {
        let uri = format!("/shop/{tenant}/admin/nowhere");
        let request = TestRequest::get().uri(&uri).insert_header(("who", "ada")).to_request();
        let reply = call_service(&app, request).await;
        let cookie = reply.headers().get("set-cookie").expect("a token").to_str().expect("text").to_owned();
        assert_eq!(cookie.split("; ").last(), Some(&*format!("Path={path}")), "{cookie}");
        let body = read_body(reply).await;
        let body = String::from_utf8(body.to_vec()).expect("text");
        assert!(body.contains(&format!("href=\"/shop/{tenant}/admin/sessions\"")), "{body}");
    }
}

#[actix_web::test]
async fn a_browser_may_do_nothing_with_a_page_but_show_it_and_send_its_forms() {
    let stage = stage().await;
    let session = stage.session(Some("ann"), "{}").await;
    for address in ["", "/sessions", &session, &format!("{session}/end"), "/end", "/health", "/no/such/page"]
    {
        let reply = stage.get(address).await;
        let policy = reply.header("content-security-policy");
        for rule in ["default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"]
        {
            assert!(policy.contains(rule), "{address}: {policy}");
        }
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(reply.header("cache-control"), "no-store", "{address}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        for forbidden in ["<script", " style=", "<style", "http://", "https://", "javascript:"] {
            assert!(!reply.body.contains(forbidden), "{address}: {forbidden}");
        }
        let cookie = reply.header("set-cookie");
        for word in ["HttpOnly", "SameSite=Strict", "Path=/back/office"] {
            assert!(cookie.contains(word), "{cookie}");
        }
    }
    let style = stage.get("/style.css").await;
    assert_eq!((style.status, style.header("content-type")), (StatusCode::OK, "text/css; charset=utf-8"));
}
