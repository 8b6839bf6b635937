//! A site where people sign in, see their devices, and end what they like.

use actix_pg_session::test_util::{Browser, Reply};
use actix_pg_session::{
    Device, Recent, Session, SessionEvents, SessionMiddleware, SessionMiddlewareBuilder, SessionStore,
    SignedIn,
};
use actix_web::web::{self, Path, ServiceConfig};
use actix_web::{App, HttpResponse, Result, error};
use uuid::Uuid;

use crate::support::site::SECRET;

const TEN_MINUTES: u64 = 600;

/// The first visitor of a site on this store.
pub(crate) async fn visit(store: impl SessionStore) -> Browser {
    visit_with(store, |sessions| sessions).await.0
}

/// The same, on a site that is set up in another way, and what happens on it.
pub(crate) async fn visit_with(
    store: impl SessionStore,
    set: impl FnOnce(SessionMiddlewareBuilder) -> SessionMiddlewareBuilder,
) -> (Browser, SessionEvents) {
    let sessions =
        set(SessionMiddleware::builder(store, SECRET).store_timeout(crate::support::gate::PATIENCE))
            .build()
            .expect("the options go together");
    let events = sessions.events();
    (Browser::new(App::new().wrap(sessions).configure(routes)).await, events)
}

fn routes(app: &mut ServiceConfig) {
    app.route("/set/{name}", web::get().to(set))
        .route("/values", web::get().to(values))
        .route("/login/{owner}", web::get().to(login))
        .route("/login/{owner}/{credential}", web::get().to(login_with))
        .route("/login-politely/{owner}", web::get().to(login_politely))
        .route("/login-and-fail/{owner}", web::get().to(login_and_fail))
        .route("/logout", web::get().to(logout))
        .route("/renew", web::get().to(renew))
        .route("/owner", web::get().to(owner))
        .route("/account", web::get().to(account))
        .route("/vault", web::get().to(vault))
        .route("/confirm", web::get().to(confirm))
        .route("/confirm/{credential}", web::get().to(confirm_with))
        .route("/confirm-and-fail", web::get().to(confirm_and_fail))
        .route("/check/{credential}", web::get().to(check))
        .route("/devices", web::get().to(devices))
        .route("/end/{handle}", web::get().to(end))
        .route("/end-others", web::get().to(end_others))
        .route("/login-and-end-others/{owner}", web::get().to(login_and_end_others))
        .route("/login-and-end/{owner}/{handle}", web::get().to(login_and_end))
        .route("/end-all", web::get().to(end_all));
}

async fn set(session: Session, name: Path<String>) -> Result<&'static str> {
    session.insert(&**name, 1)?;
    Ok("set")
}

async fn values(session: Session) -> String {
    session.entries().into_keys().collect::<Vec<_>>().join(" ")
}

async fn login(session: Session, owner: Path<String>) -> Result<&'static str> {
    session.login(owner.into_inner())?;
    Ok("signed in")
}

async fn login_with(session: Session, path: Path<(String, u32)>) -> Result<&'static str> {
    let (owner, credential) = path.into_inner();
    session.login_with(owner, credential)?;
    Ok("signed in")
}

/// Says it with a page of its own, if there are too many sessions.
async fn login_politely(session: Session, owner: Path<String>) -> Result<HttpResponse> {
    session.login(owner.into_inner())?;
    match session.save().await {
        Err(error) if error.is_too_many_sessions() => {
            Ok(HttpResponse::Conflict().body("please sign out somewhere else first"))
        }
        saved => Ok(saved.map(|()| HttpResponse::Ok().body("signed in"))?),
    }
}

async fn login_and_fail(session: Session, owner: Path<String>) -> Result<HttpResponse> {
    session.login(owner.into_inner())?;
    Err(error::ErrorInternalServerError("failed"))
}

async fn logout(session: Session) -> Result<&'static str> {
    session.logout()?;
    Ok("signed out")
}

async fn renew(session: Session) -> Result<&'static str> {
    session.renew()?;
    Ok("renewed")
}

async fn owner(session: Session) -> String {
    session.owner().unwrap_or_else(|| "nobody".into())
}

async fn account(ann: SignedIn) -> String {
    ann.owner().to_owned()
}

async fn vault(ann: Recent<TEN_MINUTES>) -> String {
    ann.owner().to_owned()
}

async fn confirm(session: Session) -> Result<&'static str> {
    session.reauthenticate()?;
    Ok("confirmed")
}

async fn confirm_with(session: Session, credential: Path<u32>) -> Result<&'static str> {
    session.reauthenticate_with(credential.into_inner())?;
    Ok("confirmed")
}

async fn confirm_and_fail(session: Session) -> Result<HttpResponse> {
    session.reauthenticate()?;
    Err(error::ErrorInternalServerError("failed"))
}

async fn check(session: Session, credential: Path<u32>) -> Result<String> {
    Ok(session.check_credential(credential.into_inner())?.to_string())
}

/// A line for each: the handle, and whether it is this one.
async fn devices(session: Session) -> Result<String> {
    let line = |device: Device| format!("{} {}\n", device.handle, device.is_current);
    Ok(session.devices().list().await?.into_iter().map(line).collect())
}

async fn end(session: Session, handle: Path<Uuid>) -> Result<String> {
    Ok(session.devices().end(handle.into_inner()).await?.to_string())
}

async fn end_others(session: Session) -> Result<String> {
    Ok(session.devices().end_others().await?.len().to_string())
}

async fn login_and_end_others(session: Session, owner: Path<String>) -> Result<String> {
    session.login(owner.into_inner())?;
    Ok(session.devices().end_others().await?.len().to_string())
}

async fn login_and_end(session: Session, path: Path<(String, Uuid)>) -> Result<String> {
    let (owner, handle) = path.into_inner();
    session.login(owner)?;
    Ok(session.devices().end(handle).await?.to_string())
}

async fn end_all(session: Session) -> Result<String> {
    Ok(session.devices().end_all().await?.len().to_string())
}

/// What a visitor reads who is let in.
pub(crate) async fn read(browser: &Browser, path: &str) -> String {
    let reply = browser.get(path).await;
    reply.assert_status(200);
    reply.body
}

/// The handles of the visitor's devices, and which of them is the one at hand.
pub(crate) async fn listed(browser: &Browser) -> (Vec<Uuid>, Option<Uuid>) {
    let list = read(browser, "/devices").await;
    let lines = list.lines().map(|line| line.split_once(' ').expect("a handle and a word"));
    let lines: Vec<(Uuid, bool)> =
        lines.map(|(handle, is_current)| (handle.parse().expect("a handle"), is_current == "true")).collect();
    let current = lines.iter().find(|(_, is_current)| *is_current).map(|(handle, _)| *handle);
    (lines.into_iter().map(|(handle, _)| handle).collect(), current)
}

/// Whether a reply hands out a cookie, takes one away, or does neither.
pub(crate) fn cookie_of(reply: &Reply) -> Option<&'static str> {
    match &reply.set_cookies()[..] {
        [] => None,
        [cookie] if cookie.contains("Max-Age=0") => Some("removed"),
        [_] => Some("set"),
        cookies => panic!("one cookie is enough: {cookies:?}"),
    }
}
