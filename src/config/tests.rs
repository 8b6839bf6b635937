//! What visitors get while the operating system has no randomness to give.

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{App, HttpRequest, HttpResponse, Result, web};
use rand::TryRng;

use super::IdGenerator;
use crate::test_util::Browser;
use crate::{MemoryStore, RandomnessError, Session, SessionId, SessionMiddleware};

static IS_DRY: AtomicBool = AtomicBool::new(false);

/// A source that fails half way, so that the bytes which it was to fill are not even all the same.
struct Drying;

impl TryRng for Drying {
    type Error = std::io::Error;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Err(std::io::Error::other("dry"))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Err(std::io::Error::other("dry"))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes[..16].fill(7);
        Err(std::io::Error::other("dry"))
    }
}

fn draw() -> Result<SessionId, RandomnessError> {
    match IS_DRY.load(Ordering::SeqCst) {
        true => SessionId::draw(&mut Drying),
        false => SessionId::generate(),
    }
}

async fn page(session: Session, request: HttpRequest) -> Result<HttpResponse> {
    match request.path() {
        "/insert" => session.insert("color", "red")?,
        "/save" => {
            session.insert("color", "red")?;
            session.save().await?;
        }
        "/login" => session.login("ann")?,
        "/renew" => session.renew()?,
        "/regenerate" => session.regenerate()?,
        "/confirm" => session.reauthenticate()?,
        _ => {}
    }
    Ok(HttpResponse::Ok().body(session.owner().unwrap_or_else(|| "nobody".into())))
}

#[actix_web::test]
async fn without_randomness_no_session_begins_and_those_that_are_there_go_on() {
    let store = MemoryStore::new();
    let mut builder = SessionMiddleware::builder(store.clone(), "a secret of thirty-two bytes or more");
    builder.options.id_generator = IdGenerator::Random(draw);
    let sessions = builder.build().expect("the defaults go together");
    let browser = Browser::new(App::new().wrap(sessions).default_service(web::to(page))).await;

    IS_DRY.store(true, Ordering::SeqCst);
    for path in ["/insert", "/save", "/login", "/regenerate"] {
        let reply = browser.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.body.as_str()), (500, ""), "{path}");
        assert!(reply.set_cookies().is_empty(), "{path}");
        assert!(store.is_empty(), "{path}: an id that was not drawn became a session's");
    }
    browser.get("/").await.assert_status(200);

    IS_DRY.store(false, Ordering::SeqCst);
    browser.get("/login").await.assert_status(200);

    IS_DRY.store(true, Ordering::SeqCst);
    for path in ["/renew", "/login", "/regenerate", "/confirm"] {
        let reply = browser.get(path).await;
        assert_eq!(reply.status.as_u16(), 500, "{path}: nobody keeps an id that was to change");
        assert!(reply.set_cookies().is_empty(), "{path}");
        assert_eq!(browser.get("/").await.body, "ann", "{path}: and it still names the same session");
    }
    browser.get("/insert").await.assert_status(200);
    assert_eq!(store.len(), 1);
}
