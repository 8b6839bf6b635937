//! Handlers that do what the query says, verb by verb: `/?set=cart:3&wait&login=alice&get=cart`.
//!
//! | verb | does |
//! | --- | --- |
//! | `set=k:v`, `remove=k`, `clear`, `get=k`, `owner` | values; what is read stands in the reply, a line each |
//! | `incr=k`, `typed` | counts by `update_or`, and by `Typed::update` |
//! | `age` | when the session began, and how long it has left |
//! | `login=o`, `logout`, `renew`, `regenerate`, `touch`, `save` | as the verbs of `Session` |
//! | `begin`, `commit` | a transaction of the application's, and the session saved in it |
//! | `wait` | stands at the site's gate |
//! | `fail=500`, `fail=error`, `fail=panic` | ends the request badly; `fail=middleware` behind the handler's back |

use actix_pg_session::{Session, SessionValue, Typed};
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, Result, error, web};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use super::gate::Gate;

pub fn routes(app: &mut web::ServiceConfig) {
    app.route("/", web::get().to(page))
        .route("/maybe", web::get().to(page_for_anybody))
        .route("/maybe-thrice", web::get().to(page_that_asks_thrice))
        .route("/apology", web::get().to(page_that_apologises))
        .route("/plain", web::get().to(plain_page))
        .route("/hog", web::get().to(page_that_hogs_the_pool));
}

async fn page(
    session: Session,
    hits: Typed<Hits>,
    request: HttpRequest,
    gate: web::Data<Gate>,
) -> Result<HttpResponse> {
    perform(&session, &hits, request.query_string(), &gate).await
}

async fn page_for_anybody(
    session: Option<Session>,
    hits: Option<Typed<Hits>>,
    request: HttpRequest,
    gate: web::Data<Gate>,
) -> Result<HttpResponse> {
    match (session, hits) {
        (Some(session), Some(hits)) => perform(&session, &hits, request.query_string(), &gate).await,
        _ => Ok(HttpResponse::Ok().body("a page for anybody")),
    }
}

async fn page_that_asks_thrice(_: Option<Session>, _: Option<Session>, _: Option<Session>) -> HttpResponse {
    HttpResponse::Ok().body("a page for anybody")
}

/// It has a page of its own for visitors that it does not know.
async fn page_that_apologises(session: Option<Session>) -> HttpResponse {
    match session {
        Some(_) => HttpResponse::Ok().finish(),
        None => HttpResponse::BadGateway().body("we are sorry"),
    }
}

async fn plain_page() -> HttpResponse {
    HttpResponse::Ok().body("no session here")
}

/// Holds all connections of the pool that the store uses too, until the gate opens.
async fn page_that_hogs_the_pool(pool: web::Data<PgPool>, gate: web::Data<Gate>) -> HttpResponse {
    let mut connections = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        connections.push(pool.acquire().await.expect("a connection"));
    }
    gate.pass().await;
    HttpResponse::Ok().finish()
}

#[derive(Default, Serialize, Deserialize)]
pub struct Hits {
    count: u32,
}

impl SessionValue for Hits {
    const KEY: &'static str = "hits";
}

async fn perform(session: &Session, hits: &Typed<Hits>, script: &str, gate: &Gate) -> Result<HttpResponse> {
    let (mut lines, mut transaction) = (Vec::new(), None);
    for step in script.split('&').filter(|step| !step.is_empty()) {
        let (verb, what) = step.split_once('=').unwrap_or((step, ""));
        match verb {
            "wait" => gate.pass().await,
            "set" => {
                let (name, value) = what.split_once(':').expect("set=name:value");
                session.insert(name, value)?;
            }
            "get" => lines.push(session.entries().remove(what).unwrap_or_else(|| "nothing".into())),
            "owner" => lines.push(session.owner().unwrap_or_else(|| "nobody".into())),
            "remove" => drop(session.remove(what)?),
            "clear" => session.clear()?,
            "age" => lines.push(age(session)),
            "incr" => session.update_or(what, 1_u32, |n| n + 1)?,
            "typed" => hits.update(|hits| hits.count += 1)?,
            "login" => session.login(what)?,
            "logout" => session.logout()?,
            "renew" => session.renew()?,
            "regenerate" => session.regenerate()?,
            "touch" => session.touch()?,
            "save" => session.save().await?,
            "begin" => transaction = Some(session.begin_transaction().await?),
            "commit" => session.commit(transaction.take().expect("begin comes before")).await?,
            "fail" if what == "500" => return Ok(HttpResponse::InternalServerError().body("failed")),
            "fail" if what == "error" => return Err(error::ErrorInternalServerError("failed")),
            "fail" if what == "panic" => panic!("the handler panics, as it was told to"),
            "fail" => {}
            other => panic!("there is no verb {other:?}"),
        }
    }
    Ok(HttpResponse::Ok().body(lines.join("\n")))
}

/// When the session began and how long it has left, in seconds, as the application is told.
fn age(session: &Session) -> String {
    let created = session.created_at().map_or(0, |time| time.timestamp());
    let left = session.expires_in().map_or(0, |left| left.as_secs());
    format!("{created} {left}")
}

/// A middleware around everything, which sees a request being dropped before its reply.
pub async fn notice_hang_ups<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    struct Unfinished(Option<Gate>);
    impl Drop for Unfinished {
        fn drop(&mut self) {
            if let Some(gate) = &self.0 {
                gate.abandon();
            }
        }
    }
    let gate = request.app_data::<web::Data<Gate>>().map(|gate| Gate::clone(gate));
    let mut unfinished = Unfinished(gate);
    let response = next.call(request).await;
    unfinished.0 = None;
    response
}

/// A middleware within the session's, whose error passes by the handler's response.
pub async fn fail_in_a_middleware<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let fails = request.query_string().contains("fail=middleware");
    let response = next.call(request).await?;
    if fails { Err(error::ErrorImATeapot("failed behind the handler's back")) } else { Ok(response) }
}
