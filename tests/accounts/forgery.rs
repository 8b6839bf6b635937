//! Forged requests, and the token that none of them can have.

use actix_pg_session::test_util::Browser;
use actix_pg_session::{Session, SessionMiddleware, same_origin};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, Result, web};

use crate::site::read;
use crate::support::site::SECRET;
use crate::support::store;

#[actix_web::test]
async fn only_pages_of_this_origin_may_change_something() {
    const HERE: (&str, &str) = ("host", "shop.example:8080");
    let app = App::new().default_service(web::to(async || HttpResponse::Ok())).wrap(from_fn(same_origin));
    let app = init_service(app).await;
    let cases: [(&[(&str, &str)], bool); 9] = [
        (&[HERE, ("sec-fetch-site", "same-origin")], true),
        (&[HERE, ("sec-fetch-site", "none")], true),
        (&[HERE, ("sec-fetch-site", "same-site"), ("origin", "http://shop.example:8080")], false),
        (&[HERE, ("sec-fetch-site", "cross-site")], false),
        (&[HERE, ("origin", "http://shop.example:8080")], true),
        (&[HERE, ("origin", "http://shop.example")], false),
        (&[HERE, ("origin", "https://thief.example")], false),
        (&[HERE, ("origin", "null")], false),
        (&[HERE], false),
    ];
    for (headers, may_change) in cases {
        for (method, allowed) in
            [(Method::GET, true), (Method::POST, may_change), (Method::DELETE, may_change)]
        {
            let request = TestRequest::default().method(method.clone());
            let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
            let expected = if allowed { StatusCode::OK } else { StatusCode::FORBIDDEN };
            let status = call_service(&app, request.to_request()).await.status();
            assert_eq!(status, expected, "{method} {headers:?}");
        }
    }
}

/// A site that tells its token, and may be asked for things by whoever has it.
async fn guarded() -> Browser {
    async fn token(session: Session) -> String {
        session.csrf_token().unwrap_or_else(|| "none".into())
    }
    async fn set(session: Session) -> Result<&'static str> {
        session.insert("cart", 1)?;
        Ok("set")
    }
    async fn renew(session: Session) -> Result<String> {
        session.renew()?;
        let before = session.csrf_token();
        session.save().await?;
        Ok(format!("{before:?} {}", session.csrf_token().unwrap_or_default()))
    }
    let sessions =
        SessionMiddleware::builder(store().await, SECRET).build().expect("the options go together");
    let app = App::new()
        .route("/token", web::get().to(token))
        .route("/set", web::get().to(set))
        .route("/renew", web::get().to(renew))
        .route("/", web::post().to(async || "done"))
        .wrap(from_fn(same_origin))
        .wrap(sessions);
    Browser::new(app).await
}

/// A request from another origin, with this token.
async fn ask(browser: &Browser, token: &str) -> u16 {
    let headers = [("sec-fetch-site", "cross-site"), ("x-csrf-token", token)];
    let request = headers.into_iter().fold(TestRequest::post().uri("/"), TestRequest::insert_header);
    browser.send(request).await.status.as_u16()
}

#[actix_web::test]
async fn whoever_has_the_token_of_the_session_may_ask_from_anywhere() {
    let browser = guarded().await;
    assert_eq!(read(&browser, "/token").await, "none", "there is no session that could be misused");
    read(&browser, "/set").await;
    let (first, second) = (read(&browser, "/token").await, read(&browser, "/token").await);
    assert_ne!(first, second, "it looks another each time");
    assert_eq!((ask(&browser, &first).await, ask(&browser, &second).await), (200, 200));
    browser.post("/").await.assert_status(403);

    let other = browser.another();
    read(&other, "/set").await;
    assert_eq!(ask(&other, &first).await, 403, "another session has another");
    assert_eq!(ask(&browser.another(), &first).await, 403, "no session has none");
}

#[actix_web::test]
async fn what_is_no_token_is_refused_whatever_it_is() {
    let browser = guarded().await;
    read(&browser, "/set").await;
    let token = read(&browser, "/token").await;
    let mut changed = token.clone().into_bytes();
    changed[70] = if changed[70] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).expect("text");
    let long = token.repeat(3);
    for wrong in ["", "A", "=", "\u{fc}", &token[1..], &changed, &long, &format!("{token}A")] {
        assert_eq!(ask(&browser, wrong).await, 403, "{wrong:?}");
    }
    assert_eq!(ask(&browser, &token).await, 200);
}

#[actix_web::test]
async fn a_renewal_gives_the_session_another_token() {
    let browser = guarded().await;
    read(&browser, "/set").await;
    let before = read(&browser, "/token").await;
    let reply = read(&browser, "/renew").await;
    let (unsaved, after) = reply.split_once(' ').expect("two words");
    assert_eq!(unsaved, "None", "the id is not known yet");
    assert_eq!((ask(&browser, &before).await, ask(&browser, after).await), (403, 200));
}
