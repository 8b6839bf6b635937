//! The pages of the application. Each shows the session as it was loaded, and then does one thing.

use std::collections::BTreeMap;

use actix_pg_session::admin::{Admin, Filter, Position};
use actix_pg_session::{PostgresStore, Session};
use actix_web::error::ErrorServiceUnavailable;
use actix_web::{HttpResponse, Result, web};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::setup::Times;
use super::witness::{DEADLINE, REMAINING, VERSION};
use super::{Sabotage, joint};
use crate::history::Seen;

/// What pages use besides the session.
#[derive(Clone)]
pub(super) struct Office {
    pub(super) admin: Admin,
    pub(super) store: PostgresStore,
    pub(super) times: Times,
    pub(super) sabotage: Option<Sabotage>,
}

/// What a page says.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Page {
    pub(crate) seen: Option<Seen>,
    pub(crate) handles: Option<Vec<Uuid>>,
    pub(crate) done: bool,
}

/// What a page is told.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: u64,
    #[serde(default)]
    owner: String,
    handle: Option<Uuid>,
}

pub(super) type Query = web::Query<Asked>;

pub(super) fn pages(app: &mut web::ServiceConfig) {
    app.route("/healthy", web::get().to(HttpResponse::Ok))
        .route("/create", web::get().to(create))
        .route("/read", web::get().to(async |session: Session| answer(&session, false)))
        .route("/set", web::get().to(set))
        .route("/set-with-line", web::get().to(joint::set_with_line))
        .route("/set-detached", web::get().to(joint::set_detached))
        .route("/remove", web::get().to(remove))
        .route("/both", web::get().to(both))
        .route("/count", web::get().to(count))
        .route("/touch", web::get().to(touch))
        .route("/renew", web::get().to(renew))
        .route("/login", web::get().to(login))
        .route("/logout", web::get().to(logout))
        .route("/devices", web::get().to(devices))
        .route("/end-device", web::get().to(end_device))
        .route("/end-others", web::get().to(end_others))
        .route("/end-all", web::get().to(end_all))
        .route("/revoke", web::get().to(revoke))
        .route("/revoke-owner", web::get().to(revoke_owner))
        .route("/revoke-all", web::get().to(revoke_all))
        .route("/prune", web::get().to(prune))
        .route("/list", web::get().to(list));
}

/// The session as it was loaded; `None` if there is none.
pub(super) fn seen(session: &Session) -> Option<Seen> {
    let handle = session.handle()?;
    let mut values: BTreeMap<String, u64> = BTreeMap::new();
    let mut facts = [(VERSION, 0), (DEADLINE, 0), (REMAINING, 0)];
    for (name, json) in session.entries() {
        match facts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, fact)) => *fact = json.parse().unwrap_or_default(),
            // A number is all that anybody stores; anything else is a number that nobody has stored.
            None => drop(values.insert(name, json.parse().unwrap_or(u64::MAX))),
        }
    }
    let [(_, version), (_, deadline), (_, remaining)] = facts;
    Some(Seen {
        handle,
        owner: session.owner(),
        version,
        deadline,
        remaining: remaining.unsigned_abs(),
        values,
    })
}

/// Says in the session that it begins with this request. A sign-in keeps what those before it have said.
fn begin(session: &Session, no: u64) -> Result<()> {
    Ok(session.insert(Seen::beginning(no).as_str(), no)?)
}

pub(super) fn page(page: &Page) -> HttpResponse {
    match page.seen {
        Some(_) => HttpResponse::Ok().json(page),
        None => HttpResponse::Unauthorized().json(page),
    }
}

fn answer(session: &Session, done: bool) -> HttpResponse {
    page(&Page { seen: seen(session), done, ..Page::default() })
}

async fn create(session: Session, asked: Query) -> Result<HttpResponse> {
    let seen = seen(&session);
    // The cookie of somebody who has a session after all: nothing is begun.
    if seen.is_none() {
        begin(&session, asked.value)?;
    }
    Ok(HttpResponse::Ok().json(Page { seen, done: true, ..Page::default() }))
}

/// Does something to a session that is there.
macro_rules! with {
    ($session:ident, $done:expr) => {{
        // What was loaded, before anything is done to it.
        let Some(seen) = seen(&$session) else { return Ok(page(&Page::default())) };
        let done = $done;
        Ok(page(&Page { seen: Some(seen), done, ..Page::default() }))
    }};
}

async fn set(session: Session, asked: Query) -> Result<HttpResponse> {
    with!(session, {
        session.insert(asked.key.as_str(), asked.value)?;
        true
    })
}

async fn remove(session: Session, asked: Query) -> Result<HttpResponse> {
    with!(session, session.remove(&asked.key)?.is_some())
}

async fn both(session: Session, asked: Query) -> Result<HttpResponse> {
    with!(session, {
        session.insert("p", asked.value)?;
        session.insert("q", asked.value)?;
        true
    })
}

async fn count(session: Session) -> Result<HttpResponse> {
    with!(session, {
        session.update_or("n", 1_u64, |n| n + 1)?;
        true
    })
}

async fn touch(session: Session) -> Result<HttpResponse> {
    with!(session, {
        session.touch()?;
        true
    })
}

async fn renew(session: Session) -> Result<HttpResponse> {
    with!(session, {
        session.renew()?;
        true
    })
}

async fn login(session: Session, asked: Query) -> Result<HttpResponse> {
    with!(session, {
        session.login(asked.owner.as_str())?;
        begin(&session, asked.value)?;
        true
    })
}

/// Also for those who are late: it ends what their session has become.
async fn logout(session: Session) -> Result<HttpResponse> {
    let seen = seen(&session);
    session.logout()?;
    Ok(HttpResponse::Ok().json(Page { seen, done: true, ..Page::default() }))
}

async fn devices(session: Session) -> Result<HttpResponse> {
    let Some(seen) = seen(&session) else { return Ok(page(&Page::default())) };
    let handles = match seen.owner {
        Some(_) => {
            let devices = session.devices().list_at_most(10_000).await?;
            Some(devices.iter().map(|device| device.handle).collect())
        }
        None => None,
    };
    Ok(page(&Page { seen: Some(seen), handles, done: true }))
}

async fn end_device(session: Session, asked: Query) -> Result<HttpResponse> {
    with!(
        session,
        match (asked.handle, session.owner()) {
            (Some(handle), Some(_)) => session.devices().end(handle).await?,
            _ => false,
        }
    )
}

async fn end_others(session: Session) -> Result<HttpResponse> {
    with!(
        session,
        match session.owner() {
            Some(_) => {
                session.devices().end_others().await?;
                true
            }
            None => {
                session.renew()?;
                false
            }
        }
    )
}

async fn end_all(session: Session) -> Result<HttpResponse> {
    with!(
        session,
        match session.owner() {
            Some(_) => {
                session.devices().end_all().await?;
                true
            }
            None => {
                session.logout()?;
                false
            }
        }
    )
}

fn unavailable(error: impl std::error::Error) -> actix_web::Error {
    ErrorServiceUnavailable(error.to_string())
}

fn done(done: bool) -> HttpResponse {
    HttpResponse::Ok().json(Page { done, ..Page::default() })
}

async fn revoke(office: web::Data<Office>, asked: Query) -> Result<HttpResponse> {
    let handle = asked.handle.unwrap_or_default();
    Ok(done(office.admin.revoke(handle).await.map_err(unavailable)?))
}

async fn revoke_owner(office: web::Data<Office>, asked: Query) -> Result<HttpResponse> {
    office.admin.revoke_owner(&asked.owner).await.map_err(unavailable)?;
    Ok(done(true))
}

async fn revoke_all(office: web::Data<Office>) -> Result<HttpResponse> {
    office.admin.revoke_everything().await.map_err(unavailable)?;
    Ok(done(true))
}

async fn prune(office: web::Data<Office>) -> Result<HttpResponse> {
    let pruned = office.store.prune(1000).await.map_err(unavailable)?;
    Ok(done(pruned.sessions > 0))
}

async fn list(office: web::Data<Office>) -> Result<HttpResponse> {
    let mut handles = Vec::new();
    let mut from = Position::Newest;
    loop {
        // Small pages, so that there are several.
        let some = office.admin.list(&Filter::new(), from, 50).await.map_err(unavailable)?;
        handles.extend(some.sessions.iter().map(|session| session.handle));
        match some.older {
            Some(older) => from = Position::OlderThan(older),
            None => break,
        }
    }
    Ok(HttpResponse::Ok().json(Page { handles: Some(handles), done: true, ..Page::default() }))
}
