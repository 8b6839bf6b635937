//! One request's operations, done to its session one after the other.

use actix_pg_session::{Session, SessionError};
use actix_web::{HttpResponse, Result, error, web};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::javascript::canonical;
use crate::options::milliseconds;
use crate::stored::Stored;

#[derive(serde::Deserialize)]
struct Script {
    ops: Vec<Vec<Box<RawValue>>>,
}

/// `POST` to any path.
pub(crate) async fn run(
    session: Option<Session>,
    body: web::Bytes,
    stored: web::Data<Stored>,
) -> Result<HttpResponse> {
    let script: Script = serde_json::from_slice(&body).map_err(error::ErrorBadRequest)?;
    let mut session = session;
    let mut results = Vec::new();
    for op in &script.ops {
        let name: String =
            op.first().and_then(|name| serde_json::from_str(name.get()).ok()).unwrap_or_default();
        let Some(current) = &session else {
            results.push(json!("no-session"));
            continue;
        };
        let result = one(current, &name, op.get(1..).unwrap_or_default()).await;
        results.push(result.map_err(error::ErrorInternalServerError)?);
        stored.note(current.session_id()?);
        if matches!(name.as_str(), "destroy" | "null") {
            session = None;
        }
    }
    if let Some(session) = &session {
        stored.note(session.session_id()?);
    }
    Ok(HttpResponse::Ok().json(json!({ "results": results })))
}

async fn one(session: &Session, name: &str, arguments: &[Box<RawValue>]) -> Result<Value, SessionError> {
    let key = || -> String {
        arguments.first().and_then(|key| serde_json::from_str(key.get()).ok()).unwrap_or_default()
    };
    match name {
        "get" => return Ok(session.get::<Value>(&*key())?.unwrap_or_default()),
        "set" => {
            let value = arguments.get(1).map_or_else(|| RawValue::NULL.to_owned(), |value| canonical(value));
            session.insert(key(), value)?;
        }
        "delete" => {
            session.remove(&key())?;
        }
        // They come sorted.
        "keys" => return Ok(session.entries().into_keys().collect()),
        "id" => return Ok(session.session_id()?.into()),
        "regenerate" => session.regenerate()?,
        "destroy" => session.destroy()?,
        "null" => session.unset()?,
        "save" => session.save().await?,
        "reload" => {
            let found = session.reload().await?;
            return Ok(json!(if found { "ok" } else { "error" }));
        }
        "touch" => session.touch()?,
        "maxAge" => {
            let number = arguments.first().and_then(|number| serde_json::from_str::<f64>(number.get()).ok());
            session.set_max_age(number.map(milliseconds))?;
        }
        "getMaxAge" => return Ok(session.max_age().map(|left| left.as_secs_f64().round()).map(whole).into()),
        "originalMaxAge" => {
            let milliseconds = session.original_max_age().map(|idle| idle.as_secs_f64() * 1000.0);
            return Ok(milliseconds.map(whole).into());
        }
        other => return Ok(json!(format!("there is no operation {other:?}"))),
    }
    Ok(json!("ok"))
}

/// A number without a fraction, so that it is written without a point.
fn whole(number: f64) -> i64 {
    number.round() as i64
}
