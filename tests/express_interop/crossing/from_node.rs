//! Node writes, Rust reads.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use actix_pg_session::{Session, SessionError, SessionMiddleware, SessionMiddlewareBuilder};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpRequest, HttpResponse, web};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use sqlx::PgPool;

use super::{AT_ONCE, SECRET};
use crate::node;
use crate::pieces::{lasting, members};
use crate::site::{as_express, database, pool, store};
use crate::tally::Tally;

/// One in so many sessions gets another value from Rust.
const CHANGED: usize = 45;

/// One in so many is saved again as it is, which is express-session's default, and touched. The others
/// are only read.
const SAVED: usize = 9;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

type Texts = BTreeMap<String, String>;

/// What write.js prints.
#[derive(Deserialize)]
struct Written {
    cookie: String,
    texts: Texts,
    /// Names with half of a surrogate pair.
    broken: usize,
}

/// Hands over what the visitor brought, and gives one in so many something to take along.
async fn visit(session: Session, request: HttpRequest) -> Result<HttpResponse, SessionError> {
    let mut response = HttpResponse::Ok().finish();
    // As it is: what a body would do to it is not the question.
    response.extensions_mut().insert::<Texts>(session.entries());
    let n: usize = request.query_string().parse().expect("the number of the session");
    if n.is_multiple_of(CHANGED) {
        session.insert("rust", n)?;
    }
    Ok(response)
}

/// Answers how many sessions have crossed.
pub(super) async fn cross(sessions: usize) -> usize {
    let url = database().await;
    let printed = node::run("write.js", Some(&url), &[SECRET, &sessions.to_string()]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), sessions);
    let pool = pool(&url).await;
    let copy = "create unlogged table as_node_wrote as table session";
    sqlx::query(copy).execute(&pool).await.expect("a copy of what Node wrote");

    let tally = RefCell::default();
    let broken = visit_all(&pool, &lines, &tally).await;
    assert!(broken > 0 || sessions < 100, "no name was broken: the test has lost its edge");

    let mut tally = tally.into_inner();
    let changed = compare_rows(&pool, &mut tally).await;
    tally.assert_none();
    assert_eq!(changed, lines.len().div_ceil(CHANGED));
    let unmoved: i64 = sqlx::query_scalar(
        "select count(*) from session a full join as_node_wrote b using (sid)
         where (a.expire >= b.expire) is not true",
    )
    .fetch_one(&pool)
    .await
    .expect("both tables");
    assert_eq!(unmoved, 0, "a visit lets a session live longer, and ends none");
    lines.len()
}

/// Visits the site with every cookie. Answers how many broken names there were.
async fn visit_all(pool: &PgPool, lines: &[&str], tally: &RefCell<Tally>) -> usize {
    let express = as_express(&store(pool).await, SECRET);
    let reader = as_express(&store(pool).await, SECRET).resave(false).touch_after(0.99, YEAR);
    let app = App::new()
        .service(web::resource("/saved").wrap(built(express)).to(visit))
        .service(web::resource("/read").wrap(built(reader)).to(visit));
    let app = init_service(app).await;
    let visits = stream::iter(lines.iter().enumerate()).map(async |(n, line)| {
        let written: Written = serde_json::from_str(line).expect("what write.js prints");
        let page = if n.is_multiple_of(SAVED) { "saved" } else { "read" };
        let cookie = ("Cookie", format!("connect.sid={}", written.cookie));
        let request = TestRequest::get().uri(&format!("/{page}?{n}")).insert_header(cookie);
        let mut reply = call_service(&app, request.to_request()).await;
        let mut tally = tally.borrow_mut();
        if !reply.status().is_success() {
            tally.note(|| format!("{} for {line}", reply.status()));
            return written.broken;
        }
        let texts = reply.response_mut().extensions_mut().remove::<Texts>().unwrap_or_default();
        if texts != written.texts {
            tally.note(|| format!("{}\n{}", written.cookie, first_difference(&written.texts, &texts)));
        }
        written.broken
    });
    visits.buffer_unordered(AT_ONCE).fold(0, async |sum, broken| sum + broken).await
}

/// The first value that is not the same.
fn first_difference(node: &Texts, rust: &Texts) -> String {
    let mut names = node.keys().chain(rust.keys());
    let name = names.find(|name| node.get(*name) != rust.get(*name)).expect("a difference");
    format!("{name:?}\n  in Node {:?}\n  in Rust {:?}", node.get(name), rust.get(name))
}

fn built(sessions: SessionMiddlewareBuilder) -> SessionMiddleware {
    sessions.build().expect("what express-session accepts")
}

/// Whether the rows are what they were, byte for byte, but for what a visit may change. Answers how many
/// have got another value.
async fn compare_rows(pool: &PgPool, tally: &mut Tally) -> usize {
    let both = "select b.sess::text, a.sess::text from as_node_wrote b join session a using (sid)";
    let mut rows = sqlx::query_as::<_, (String, String)>(both).fetch(pool);
    let mut changed = 0;
    while let Some((before, after)) = rows.try_next().await.expect("both tables") {
        if lasting(&before) != lasting(&after) {
            tally.note(|| format!("the row\n  {before}\nbecame\n  {after}"));
        }
        changed += members(&after).iter().filter(|member| member.starts_with("\"rust\":")).count();
    }
    changed
}
