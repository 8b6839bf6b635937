//! `Set-Cookie`, `Vary` and `Cache-Control` beside those of the handler.

use actix_pg_session::Session;
use actix_pg_session::test_util::{Browser, Reply};
use actix_web::{App, HttpRequest, HttpResponse, Result, web};

use crate::story::{SID, anywhere, pair};

/// Answers with the headers that the path asks for, and stores something if it says so.
async fn headed(session: Session, request: HttpRequest) -> Result<HttpResponse> {
    let mut response = HttpResponse::Ok();
    for part in request.path().split('/').filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some((name, value)) => {
                response.append_header((name, value));
            }
            None => session.update_or("n", 1, |n: u32| n + 1)?,
        }
    }
    response.append_header(("set-cookie", "theme=dark")).append_header(("set-cookie", "tour=done"));
    Ok(response.finish())
}

async fn site() -> Browser {
    let sessions = anywhere().build().expect("the defaults work");
    Browser::new(App::new().wrap(sessions).default_service(web::to(headed))).await
}

fn all(reply: &Reply, name: &str) -> Vec<String> {
    let lines = reply.headers.get_all(name);
    lines.map(|line| line.to_str().expect("text").to_owned()).collect()
}

#[actix_web::test]
async fn our_cookie_comes_after_those_of_the_handler_and_replaces_none() {
    let reply = site().await.get("/store").await;
    let names: Vec<_> =
        reply.set_cookies().iter().map(|line| pair(line).split('=').next().map(str::to_owned)).collect();
    assert_eq!(names, [Some("theme".into()), Some("tour".into()), Some(SID.to_owned())]);
}

#[actix_web::test]
async fn vary_is_added_once_and_to_what_the_handler_said() {
    let browser = site().await;
    for (page, expected) in [
        ("/", &["Cookie"][..]),
        ("/vary=accept", &["accept", "Cookie"]),
        ("/vary=accept,%20origin", &["accept,%20origin", "Cookie"]),
        ("/vary=cookie", &["cookie"]),
        ("/vary=accept,COOKIE", &["accept,COOKIE"]),
        ("/vary=accept/vary=Cookie", &["accept", "Cookie"]),
        ("/vary=*", &["*"]),
        ("/vary=x-cookie", &["x-cookie", "Cookie"]),
        ("/vary=accept/store", &["accept", "Cookie"]),
    ] {
        assert_eq!(all(&browser.get(page).await, "vary"), expected, "{page}");
    }
}

#[actix_web::test]
async fn a_response_that_sets_the_cookie_is_stored_by_nobody_and_others_as_the_handler_says() {
    let browser = site().await;
    for (page, expected) in [
        ("/", &[][..]),
        ("/cache-control=max-age:60", &["max-age:60"]),
        ("/store", &["no-store"]),
        ("/store/cache-control=public", &["no-store"]),
        ("/store/cache-control=public/cache-control=immutable", &["no-store"]),
    ] {
        assert_eq!(all(&browser.another().get(page).await, "cache-control"), expected, "{page}");
    }
}
