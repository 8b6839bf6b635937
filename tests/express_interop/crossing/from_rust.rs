//! Rust writes, Node reads.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::time::Duration;

use actix_pg_session::{Priority, SameSite, Session, SessionMiddlewareBuilder};
use actix_web::http::header::SET_COOKIE;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::Bytes;
use actix_web::{App, HttpRequest, HttpResponse, Result, web};
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use serde_json::value::{RawValue, Value};

use super::{AT_ONCE, SECRET};
use crate::node;
use crate::site::{as_express, database, pool, store};
use crate::values::Values;

const HOUR: Duration = Duration::from_secs(60 * 60);

type Profile = fn(SessionMiddlewareBuilder) -> SessionMiddlewareBuilder;

/// What an application may say of its cookie; read.js has the same in Express's words.
const PROFILES: [(&str, Profile); 5] = [
    ("the defaults", |sessions| sessions),
    ("an hour", |sessions| sessions.max_age(HOUR)),
    ("two weeks, for a path", |sessions| {
        sessions.max_age(14 * 24 * HOUR).path("/shop").same_site(SameSite::Lax)
    }),
    ("everything", |sessions| {
        sessions
            .max_age(HOUR)
            .partitioned(true)
            .priority(Priority::High)
            .secure(true)
            .domain("example.com".to_owned())
            .same_site(SameSite::None)
    }),
    ("until the browser closes, for scripts", |sessions| {
        sessions.http_only(false).priority(Priority::Low).same_site(SameSite::Strict)
    }),
];

/// What read.js reads.
#[derive(Serialize)]
struct Line<'a> {
    cookie: Option<&'a str>,
    profile: &'a str,
    data: &'a str,
}

/// Stores each value of the body, `as-text` as it is spelled there, else as `serde_json` writes it.
async fn keep(session: Session, request: HttpRequest, body: Bytes) -> Result<HttpResponse> {
    let values: BTreeMap<String, &RawValue> = serde_json::from_slice(&body)?;
    for (name, text) in values {
        match request.query_string() {
            "as-text" => session.insert(&*name, text)?,
            _ => session.insert(&*name, serde_json::from_str::<Value>(text.get())?)?,
        }
    }
    Ok(HttpResponse::Ok().finish())
}

/// Answers how many sessions have crossed.
pub(super) async fn cross(sessions: usize) -> usize {
    let url = database().await;
    let pool = pool(&url).await;
    let store = store(&pool).await;
    let file = node::Handout::new("sessions");
    let mut lines = BufWriter::new(File::create(file.path()).expect("a file for Node"));
    let mut values = Values::new(1);
    for (at, (profile, configure)) in PROFILES.into_iter().enumerate() {
        // The test stands where a proxy would that has taken the visitor's TLS off.
        let sessions_of = configure(as_express(&store, SECRET).trust_proxy(true)).build();
        let app = App::new()
            .wrap(sessions_of.expect("what express-session accepts"))
            .app_data(web::PayloadConfig::new(1 << 20))
            .route("/shop", web::post().to(keep));
        let app = init_service(app).await;
        let texts = (at..sessions).step_by(PROFILES.len()).map(|n| (n, values.session(n)));
        let mut kept = stream::iter(texts)
            .map(async |(n, data)| {
                let way = if n % 2 == 0 { "/shop?as-text" } else { "/shop?as-value" };
                let request = TestRequest::post().uri(way).insert_header(("X-Forwarded-Proto", "https"));
                let reply = call_service(&app, request.set_payload(data.clone()).to_request()).await;
                assert!(reply.status().is_success(), "{} for {data}", reply.status());
                let line = reply.headers().get(SET_COOKIE).expect("a new session has a cookie");
                let line = line.to_str().expect("a cookie is ASCII");
                let value = line.strip_prefix("connect.sid=").and_then(|line| line.split(';').next());
                serde_json::to_string(&Line { cookie: value, profile, data: &data }).expect("JSON")
            })
            .buffer_unordered(AT_ONCE);
        while let Some(line) = kept.next().await {
            writeln!(lines, "{line}").expect("room for the file");
        }
    }
    lines.flush().expect("room for the file");
    let verdict = node::run("read.js", Some(&url), &[SECRET, file.path()]);
    let compared = verdict.strip_prefix("read ").and_then(|rest| rest.strip_suffix(", 0 differences"));
    compared.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{verdict}"))
}
