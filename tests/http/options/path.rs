//! `path`: requests outside the cookie's path have no session at all.

use actix_pg_session::test_util::Browser;
use actix_pg_session::{LoadSession, Session, SessionError, SessionExt};
use actix_web::test::TestRequest;
use actix_web::{App, HttpRequest, HttpResponse, ResponseError, web};

use crate::story::{Counted, SID, Shelf, counted_memory, over, pages};

async fn maybe(session: Option<Session>) -> String {
    session.map_or("none".into(), |session| format!("{:?}", session.get::<String>("color").ok().flatten()))
}

async fn asked(session: Result<Session, SessionError>) -> HttpResponse {
    match session {
        Ok(_) => HttpResponse::Ok().finish(),
        Err(error) => HttpResponse::build(error.status_code()).body(error.to_string()),
    }
}

async fn awaited(request: HttpRequest) -> String {
    let now = request.get_session().map(drop).map_err(|error| error.to_string());
    let loaded = request.session().await.map(drop).map_err(|error| error.to_string());
    format!("{now:?} {loaded:?}")
}

async fn shop(store: &Counted<impl Shelf>, eager: bool) -> Browser {
    let sessions = over(store).path("/shop").eager_load(eager).build().expect("a path is fine");
    let app = App::new()
        .wrap(sessions)
        .route("/maybe", web::get().to(maybe))
        .route("/shop/maybe", web::get().to(maybe))
        .route("/asked", web::get().to(asked))
        .route("/awaited", web::get().to(awaited))
        .configure(pages);
    Browser::new(app).await
}

#[actix_web::test]
async fn inside_its_path_a_session_is_as_any_other() {
    let store = counted_memory();
    let browser = shop(&store, false).await;
    for page in ["/shop/put:color=red", "/shop/get:color", "/shop"] {
        browser.get(page).await.assert_status(200);
    }
    assert_eq!(browser.get("/shop/get:color").await.body, "red");
    assert_eq!(browser.get("/shop/maybe").await.body, "Some(\"red\")");
}

#[actix_web::test]
async fn outside_its_path_there_is_no_session_and_the_cookie_is_not_touched() {
    for eager in [false, true] {
        let store = counted_memory();
        let browser = shop(&store, eager).await;
        browser.get("/shop/put:color=red").await;
        let cookie = browser.cookie("sid").expect("a cookie").value;
        let before = store.all_calls();
        for page in ["/get:color", "/shopping/get:color", "/logout", "/put:color=blue"] {
            // A client may send the cookie where no browser would.
            let request = TestRequest::get().uri(page).insert_header(("cookie", format!("sid={cookie}")));
            let reply = browser.send(request).await;
            assert_eq!((reply.status.as_u16(), reply.body.as_str()), (500, ""), "{page}");
            assert!(reply.set_cookies().is_empty() && reply.header("vary").is_none(), "{page}");
        }
        assert_eq!(browser.get("/maybe").await.body, "none");
        let said = browser.get("/asked").await;
        assert!(said.body.contains("outside the session cookie's path"), "{said}");
        let said = browser.get("/awaited").await.body;
        assert_eq!(said.matches("outside the session cookie's path").count(), 2, "{said}");
        assert_eq!(store.all_calls(), before, "no query");
    }
}

#[actix_web::test]
async fn without_the_middleware_the_error_says_so() {
    let app = App::new()
        .route("/asked", web::get().to(asked))
        .route("/maybe", web::get().to(maybe))
        .route("/awaited", web::get().to(awaited));
    let browser = Browser::new(app).await;
    let said = browser.get("/asked").await;
    said.assert_status(500);
    assert!(said.body.contains("wrap the App in a SessionMiddleware"), "{said}");
    assert_eq!(browser.get("/maybe").await.body, "none");
    assert_eq!(browser.get("/awaited").await.body.matches("SessionMiddleware").count(), 2);
    assert_eq!(browser.cookie(SID), None);
}
