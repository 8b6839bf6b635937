//! Every cookie of `golden.json` through HTTP, there and back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use actix_pg_session::test_util::{Browser, Reply};
use actix_pg_session::{ExpressStore, Keyring, Session, SessionError, SessionMiddlewareBuilder};
use actix_web::test::TestRequest;
use actix_web::{App, web};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgPool;

use crate::site::{as_express, database, store};
use crate::{node, support};

const GOLDEN: &str = include_str!("golden.json");

#[derive(Deserialize)]
struct Golden {
    accepted: Vec<Cookie>,
    refused: Vec<Cookie>,
}

#[derive(Deserialize)]
struct Cookie {
    about: String,
    /// In hexadecimal. The first signs.
    secrets: Vec<String>,
    sid: String,
    value: String,
    /// What the first secret makes of the same sid.
    #[serde(default)]
    again: String,
}

impl Cookie {
    fn keys(&self) -> Keyring {
        let secrets: Vec<Vec<u8>> = self.secrets.iter().map(|hex| bytes(hex)).collect();
        secrets.into()
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}

fn golden() -> Golden {
    serde_json::from_str(GOLDEN).expect("golden.json is what is read here")
}

/// Who the visitor is: the session's id, and the sid that stands in its row.
async fn show(session: Session) -> Result<web::Json<(String, BTreeMap<String, String>)>, SessionError> {
    Ok(web::Json((session.session_id()?, session.entries())))
}

async fn visit(sessions: SessionMiddlewareBuilder) -> Browser {
    let sessions = sessions.build().expect("what express-session accepts");
    Browser::new(App::new().wrap(sessions).route("/", web::get().to(show))).await
}

async fn present(sessions: SessionMiddlewareBuilder, value: &str) -> Reply {
    let cookie = ("Cookie", format!("connect.sid={value}"));
    let reply = visit(sessions).await.send(TestRequest::get().insert_header(cookie)).await;
    reply.assert_status(200);
    reply
}

/// The value in the `Set-Cookie` of a reply that has one.
fn set(reply: &Reply) -> Option<String> {
    let lines = reply.set_cookies();
    assert!(lines.len() <= 1, "{lines:?}");
    let (value, _) = lines.first()?.strip_prefix("connect.sid=")?.split_once(';')?;
    Some(value.to_owned())
}

/// A store with a session for each sid, which holds that sid as its only value.
async fn store_with<'a>(sids: impl Iterator<Item = &'a str>) -> (PgPool, ExpressStore) {
    let pool = support::pool_on(&database().await).await;
    for sid in sids {
        let cookie = json!({"originalMaxAge": null, "expires": null, "httpOnly": true, "path": "/"});
        let sess = json!({"cookie": cookie, "sid": sid}).to_string();
        sqlx::query(
            "insert into session (sid, sess, expire) values ($1, $2::json, now() + interval '30 days')
             on conflict do nothing",
        )
        .bind(sid)
        .bind(sess)
        .execute(&pool)
        .await
        .expect("a session of Express");
    }
    let store = store(&pool).await;
    (pool, store)
}

#[test]
fn golden_json_is_what_its_script_says_today() {
    assert_eq!(node::run("golden.js", None, &[]), GOLDEN.trim_end());
}

#[actix_web::test]
async fn every_cookie_of_express_finds_its_session_and_goes_back_letter_by_letter() {
    let Golden { accepted, .. } = golden();
    let (_, store) = store_with(accepted.iter().map(|cookie| &*cookie.sid)).await;
    for cookie in &accepted {
        let sessions = as_express(&store, cookie.keys()).rolling(true);
        let reply = present(sessions, &cookie.value).await;
        let (id, entries) = reply.json::<(String, BTreeMap<String, String>)>();
        assert_eq!(id, cookie.sid, "{}", cookie.about);
        let stored = BTreeMap::from([("sid".to_owned(), json!(cookie.sid).to_string())]);
        assert_eq!(entries, stored, "{}", cookie.about);
        assert_eq!(set(&reply).as_ref(), Some(&cookie.again), "{}", cookie.about);
    }
}

#[actix_web::test]
async fn every_cookie_that_express_refuses_names_nobody_here_either() {
    let Golden { refused, .. } = golden();
    let (pool, store) = store_with(refused.iter().map(|cookie| &*cookie.sid)).await;
    let before = rows(&pool).await;
    for cookie in &refused {
        let sessions = as_express(&store, cookie.keys()).save_uninitialized(false);
        let reply = present(sessions, &cookie.value).await;
        let (id, entries) = reply.json::<(String, BTreeMap<String, String>)>();
        assert_eq!(entries, BTreeMap::new(), "{}", cookie.about);
        assert_ne!(id, cookie.sid, "{}", cookie.about);
        assert_eq!(set(&reply), None, "{}", cookie.about);
    }
    assert_eq!(rows(&pool).await, before, "somebody else's row was touched");
}

async fn rows(pool: &PgPool) -> Vec<(String, String)> {
    let all = sqlx::query_as("select sess::text, expire::text from session order by sid");
    all.fetch_all(pool).await.expect("the rows")
}

#[actix_web::test]
async fn every_cookie_that_we_set_is_verified_by_express() {
    let Golden { accepted, .. } = golden();
    let (pool, store) = store_with(std::iter::empty()).await;
    let (mut lines, mut count) = (String::new(), 0);
    for cookie in &accepted {
        let sessions = || as_express(&store, cookie.keys());
        let sid = cookie.sid.clone();
        // A generator may make nothing shorter or longer; that such ids are signed again is seen above.
        let of_ours = (32..=256).contains(&sid.len());
        let named = of_ours.then(|| sessions().id_generator(move || sid.clone()));
        for sessions in [Some(sessions()), named].into_iter().flatten() {
            let reply = visit(sessions).await.get("/").await;
            let (sid, _) = reply.assert_status(200).json::<(String, BTreeMap<String, String>)>();
            let value = set(&reply).expect("a new session has a cookie");
            let line = json!({"secrets": cookie.secrets, "sid": sid, "value": value});
            writeln!(lines, "{line}").expect("strings take everything");
            count += 1;
        }
        // The next secret may have its turn with the same sid.
        sqlx::query("delete from session").execute(&pool).await.expect("an empty table");
    }
    let file = node::Handout::new("cookies");
    std::fs::write(file.path(), lines).expect("a file for Node");
    assert_eq!(node::run("verify.js", None, &[file.path()]), format!("verified {count}"));
}
