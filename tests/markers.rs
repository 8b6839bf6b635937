//! Several sessions in one application stay apart.

use actix_pg_session::test_util::Browser;
use actix_pg_session::{MemoryStore, Session, SessionMiddleware};
use actix_web::{App, Result, web};

const SECRET: &str = "one secret that signs the cookies of both";

struct Admin;

async fn visitor(session: Session) -> Result<String> {
    session.login("ann")?;
    Ok("signed in".into())
}

async fn office(session: Session<Admin>) -> String {
    session.owner().unwrap_or_else(|| "nobody".into())
}

#[actix_web::test]
async fn a_visitors_cookie_is_worth_nothing_under_the_administrators_name() {
    let store = MemoryStore::new();
    let visitors =
        SessionMiddleware::builder(store.clone(), SECRET).name("sid").build().expect("good options");
    let admins = SessionMiddleware::builder(store.clone(), SECRET)
        .marker::<Admin>()
        .name("admin_sid")
        .build()
        .expect("good options");
    let browser = Browser::new(
        App::new()
            .wrap(visitors)
            .wrap(admins)
            .route("/", web::get().to(visitor))
            .route("/office", web::get().to(office)),
    )
    .await;
    browser.get("/").await.assert_status(200);
    let stolen = browser.cookie("sid").expect("ann is signed in").value;
    browser.set_cookie("admin_sid", &stolen);
    assert_eq!(browser.get("/office").await.body, "nobody");
    assert_eq!(store.len(), 1);
}
