//! The pages as somebody writes them who has no library: one statement for each thing to do, and a cookie that
//! is signed when it is made and believed when it comes back.

use actix_web::{HttpRequest, HttpResponse, Result, error, web};
use serde_json::{Map, Value};

use super::{next, values};
use crate::cookie;

pub(super) const SELECT: &str = "select data::text from sessions where key = $1 and expires_at > now()";

pub(super) const UPDATE: &str =
    "update sessions set data = $2::text::jsonb, version = version + 1, seen_at = now(),
        expires_at = least(now() + idle_timeout, deadline)
    where key = $1 and expires_at > now()";

pub(super) const INSERT: &str =
    "insert into sessions (key, data, idle_timeout, deadline, expires_at, purge_at)
    values ($1, $2::text::jsonb, '14 days', now() + interval '90 days', now() + interval '14 days',
        now() + interval '14 days')";

pub(super) const RENEW: &str =
    "update sessions set key = $2, owner = 'ann', authenticated_at = now(), seen_at = now(),
        expires_at = least(now() + idle_timeout, deadline)
    where key = $1 and expires_at > now()";

/// The statements, sent by whichever driver. The changing ones say how many rows they found.
pub(super) trait Statements: 'static {
    async fn select(&self, key: &[u8]) -> Result<Option<String>>;
    async fn update(&self, key: &[u8], data: &str) -> Result<u64>;
    async fn insert(&self, key: &[u8], data: &str) -> Result<u64>;
    async fn renew(&self, key: &[u8], new: &[u8]) -> Result<u64>;
}

pub(super) fn pages<S: Statements>(app: &mut web::ServiceConfig) {
    app.route("/read", web::get().to(read::<S>))
        .route("/count", web::get().to(count::<S>))
        .route("/change", web::get().to(change::<S>))
        .route("/create", web::get().to(create::<S>))
        .route("/login", web::get().to(login::<S>))
        .route("/anonymous", web::get().to(anonymous::<S>));
}

/// The visitor's session, of the cookie that the request brings; `None` if it brings none.
async fn visitor<S: Statements>(request: &HttpRequest, sql: &S) -> Result<Option<(Vec<u8>, Value)>> {
    let cookies = request.headers().get("cookie").and_then(|cookies| cookies.to_str().ok());
    let Some(key) = cookies.and_then(cookie::key) else {
        return Ok(None);
    };
    let data = sql.select(&key).await?;
    Ok(data.map(|data| serde_json::from_str(&data)).transpose()?.map(|data| (key, data)))
}

async fn known<S: Statements>(request: &HttpRequest, sql: &S) -> Result<(Vec<u8>, Value)> {
    visitor(request, sql).await?.ok_or_else(|| error::ErrorUnauthorized("no session"))
}

fn one(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(error::ErrorUnauthorized("no session")) }
}

async fn read<S: Statements>(request: HttpRequest, sql: web::Data<S>) -> Result<HttpResponse> {
    let (_, data) = known(&request, &**sql).await?;
    Ok(HttpResponse::Ok().body(data["name"].as_str().unwrap_or_default().to_owned()))
}

async fn count<S: Statements>(request: HttpRequest, sql: web::Data<S>) -> Result<HttpResponse> {
    let (_, data) = known(&request, &**sql).await?;
    Ok(HttpResponse::Ok().body(data["count"].to_string()))
}

async fn change<S: Statements>(request: HttpRequest, sql: web::Data<S>) -> Result<HttpResponse> {
    let (key, mut data) = known(&request, &**sql).await?;
    data["count"] = next().into();
    one(sql.update(&key, &data.to_string()).await?)?;
    Ok(HttpResponse::Ok().body("changed"))
}

async fn create<S: Statements>(sql: web::Data<S>) -> Result<HttpResponse> {
    let data: Map<String, Value> =
        values().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let (id, key) = cookie::fresh().map_err(error::ErrorInternalServerError)?;
    one(sql.insert(&key, &Value::Object(data).to_string()).await?)?;
    Ok(HttpResponse::Ok().insert_header(("set-cookie", cookie::set(&id))).body("created"))
}

async fn login<S: Statements>(request: HttpRequest, sql: web::Data<S>) -> Result<HttpResponse> {
    let (key, _) = known(&request, &**sql).await?;
    let (id, new) = cookie::fresh().map_err(error::ErrorInternalServerError)?;
    one(sql.renew(&key, &new).await?)?;
    Ok(HttpResponse::Ok().insert_header(("set-cookie", cookie::set(&id))).body("signed in"))
}

async fn anonymous<S: Statements>(request: HttpRequest, sql: web::Data<S>) -> Result<HttpResponse> {
    let session = visitor(&request, &**sql).await?;
    let name = session.as_ref().and_then(|(_, data)| data["name"].as_str()).unwrap_or("a stranger");
    Ok(HttpResponse::Ok().body(name.to_owned()))
}
