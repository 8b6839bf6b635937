//! A page that does as its path says, so that a story can be read as the requests that it sends.
//!
//! `/put:color=red/login:ann/500` stores, signs in, and fails. What a step has to say stands in the
//! body, with a space between two.

use std::time::Duration;

use actix_pg_session::{Lifetime, Session, SessionError};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Result};

pub async fn play(session: Session, request: HttpRequest) -> Result<HttpResponse> {
    let mut said = Vec::new();
    let mut status = StatusCode::OK;
    for step in request.path().split('/').filter(|step| !step.is_empty()) {
        match step.parse::<u16>() {
            Ok(code) => status = StatusCode::from_u16(code).expect("a status"),
            Err(_) => said.extend(perform(&session, step).await?),
        }
    }
    Ok(HttpResponse::build(status).body(said.join(" ")))
}

/// Carries out one step, and answers what it has to say.
pub async fn perform<M>(session: &Session<M>, step: &str) -> Result<Option<String>, SessionError> {
    let (verb, object) = step.split_once(':').unwrap_or((step, ""));
    let text = |value: Option<String>| Some(value.unwrap_or_else(|| "none".into()));
    match verb {
        "get" => return session.get::<String>(object).map(text),
        "number" => return Ok(Some(session.get::<u64>(object)?.unwrap_or_default().to_string())),
        "put" => {
            let (key, value) = object.split_once('=').expect("put:key=value");
            session.insert(key, value)?;
        }
        "count" => session.update_or(object, 1_u64, |n| n + 1)?,
        "add" => session.update(object, |n: u64| n + 1)?,
        "remove" => return session.remove(object).map(text),
        "take" => return session.take::<String>(object).map(text),
        "has" => return Ok(Some(session.contains_key(object).to_string())),
        "entries" => return Ok(Some(format!("{:?}", session.entries()))),
        "clear" => session.clear()?,
        "login" => session.login(object)?,
        "logout" => session.logout()?,
        "purge" => session.purge()?,
        "destroy" => session.destroy()?,
        "renew" => session.renew()?,
        "regenerate" => session.regenerate()?,
        "unset" => session.unset()?,
        "touch" => session.touch()?,
        "save" => session.save().await?,
        "reload" => return Ok(Some(session.reload().await?.to_string())),
        "idle" => session.set_lifetime(Lifetime::new(seconds(object), seconds("100000000")))?,
        "deadline" => session.set_lifetime(Lifetime::new(seconds(object), seconds(object)))?,
        "brief" => {
            session.set_lifetime(Lifetime::new(seconds(object), seconds(object)).until_browser_closes())?;
        }
        "owner" => return Ok(text(session.owner())),
        "status" => return Ok(Some(format!("{:?}", session.status()))),
        "handle" => return Ok(text(session.handle().map(|handle| handle.to_string()))),
        "left" => return Ok(text(session.expires_in().map(|left| left.as_secs().to_string()))),
        "born" => return Ok(text(session.created_at().map(|at| at.to_rfc3339()))),
        "proved" => return Ok(text(session.authenticated_at().map(|at| at.to_rfc3339()))),
        // Parts of a path that a cookie or a route is bound to.
        "shop" | "admin" | "only" => {}
        _ => panic!("no step is called {step:?}"),
    }
    Ok(None)
}

fn seconds(text: &str) -> Duration {
    Duration::from_secs(text.parse().expect("seconds"))
}
