//! Who may come in, and what every answer says to the browser.

use std::future::Future;
use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, HttpResponse, error};
use futures_util::future::{LocalBoxFuture, Ready, ready};

use super::Dashboard;
use super::forgery::Token;
use crate::forgery::is_ours;

/// Decides, for each request, who may see the pages.
///
/// An async function or closure is one: see [the module's example](super). It is asked before anything else is
/// done, for every address below the scope's path. What it refuses with is what the visitor gets: a `403`, or a
/// redirect to a page to sign in on.
pub trait Gatekeeper: Send + Sync + 'static {
    /// Admits whoever sent this request, or answers it.
    fn admit(&self, request: &HttpRequest) -> impl Future<Output = Result<Admittance, HttpResponse>>;
}

impl<F> Gatekeeper for F
where
    F: AsyncFn(&HttpRequest) -> Result<Admittance, HttpResponse> + Send + Sync + 'static,
{
    async fn admit(&self, request: &HttpRequest) -> Result<Admittance, HttpResponse> {
        self(request).await
    }
}

/// What somebody who was let in may do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Admittance {
    pub(super) name: String,
    pub(super) may_revoke: bool,
    pub(super) sees_data: bool,
}

impl Admittance {
    /// See everything, and end sessions. The name is shown on the pages, and is in the log when sessions are ended.
    pub fn full(name: impl Into<String>) -> Self {
        Self { name: name.into(), may_revoke: true, sees_data: true }
    }

    /// May look, and end nothing.
    pub fn without_revoking(self) -> Self {
        Self { may_revoke: false, ..self }
    }

    /// Does not see what is stored in a session, nor may search in it.
    pub fn without_data(self) -> Self {
        Self { sees_data: false, ..self }
    }
}

/// A gatekeeper without its type.
pub(super) trait Gate: Send + Sync {
    fn admit<'a>(&'a self, request: &'a HttpRequest) -> LocalBoxFuture<'a, Result<Admittance, HttpResponse>>;
}

impl<G: Gatekeeper> Gate for G {
    fn admit<'a>(&'a self, request: &'a HttpRequest) -> LocalBoxFuture<'a, Result<Admittance, HttpResponse>> {
        Box::pin(Gatekeeper::admit(self, request))
    }
}

/// Somebody who was let in, in front of a page.
#[derive(Clone)]
pub(super) struct Visit(pub(super) Rc<Admitted>);

pub(super) struct Admitted {
    pub(super) dashboard: Dashboard,
    /// What addresses begin with: where the scope is mounted.
    pub(super) base: String,
    pub(super) by: Admittance,
    pub(super) token: Token,
}

impl std::ops::Deref for Visit {
    type Target = Admitted;

    fn deref(&self) -> &Admitted {
        &self.0
    }
}

impl FromRequest for Visit {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    /// Without [`guard`] there is none, and no page.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visit = request.extensions().get::<Self>().cloned();
        ready(visit.ok_or_else(|| error::ErrorForbidden("nobody was asked whether you may come in")))
    }
}

/// Asks the gatekeeper, and refuses what another site has sent.
pub(super) async fn guard<B: MessageBody>(
    dashboard: Dashboard,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let by = match dashboard.gate.admit(request.request()).await {
        Ok(by) => by,
        Err(refusal) => return Ok(request.into_response(refusal.map_into_right_body())),
    };
    let is_safe = request.method().is_safe();
    if !is_safe && !is_ours(request.head()) {
        let refusal =
            HttpResponse::Forbidden().body("This form was sent from another site, so it was not accepted.");
        return Ok(request.into_response(refusal.map_into_right_body()));
    }
    let (token, is_new) = Token::of(&request)?;
    let base = base(&request);
    let set_cookie = is_new.then(|| token.cookie(&base, request.app_config().secure()));
    request.extensions_mut().insert(Visit(Rc::new(Admitted { dashboard, base, by, token })));
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    add(headers);
    if let Some(cookie) = set_cookie {
        headers.append(HeaderName::from_static("set-cookie"), cookie);
    }
    Ok(response.map_into_left_body())
}

/// The part of the address that the scopes around the pages have taken, as the browser has written it: it
/// compares a cookie's path with that.
fn base(request: &ServiceRequest) -> String {
    let path = request.match_info();
    let whole = path.as_str();
    let taken = whole[..whole.len() - path.unprocessed().len()].trim_end_matches('/');
    // What is decoded of it has as many parts: a slash stays encoded.
    let parts: Vec<_> = request.uri().path().split('/').take(1 + taken.matches('/').count()).collect();
    parts.join("/")
}

/// What a browser may do with these pages: show them, with our style sheet, and post our forms here.
const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-robots-tag", "noindex"),
    // Not `no-referrer`: browsers would then hide the origin of our own forms from us.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

fn add(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // Nobody gets a page out of a cache after they were shut out; files say otherwise themselves.
    let cache_control = HeaderName::from_static("cache-control");
    if !headers.contains_key(&cache_control) {
        headers.insert(cache_control, HeaderValue::from_static("no-store"));
    }
}
