//! A guard against forged requests: a form on another site that posts to this one.
//!
//! `SameSite=Lax` keeps the cookie from most of them, but to a browser the "site" is the domain: another
//! port, or a forgotten subdomain, is the same site.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

use crate::extract::LoadSession as _;
use crate::session::Visitor;

/// The header that a script sends a [token](crate::Session::csrf_token) in.
const TOKEN: &str = "x-csrf-token";

/// Refuses what is neither safe nor from a page of ours, with a `403`; for `App::wrap(from_fn(same_origin))`.
///
/// A request that changes something must say where it comes from. Browsers do (`Sec-Fetch-Site`, and `Origin`
/// with each `POST` since 2020), and pages cannot lie about it; so no form needs a token. A request from
/// elsewhere, or of a client that says nothing, passes with a [token of its
/// session](crate::Session::csrf_token) in the header `X-CSRF-Token`: for that, wrap this before the
/// session's middleware, so that it is within it.
///
/// It relies on `GET`, `HEAD`, `OPTIONS` and `TRACE` changing nothing. Cost: nothing, but for a request with
/// a token the load that its handler asks for anyway.
///
/// ```
/// use actix_pg_session::{MemoryStore, SessionMiddleware, same_origin};
/// use actix_web::App;
/// use actix_web::middleware::from_fn;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = "thirty-two bytes of randomness, or more";
/// let sessions = SessionMiddleware::builder(MemoryStore::new(), secret).build()?;
/// let app = App::new().wrap(from_fn(same_origin)).wrap(sessions);
/// # drop(app);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of whatever is within.
pub async fn same_origin<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    same_origin_of::<Visitor, B>(request, next).await
}

/// [`same_origin`] with the tokens of a marker's session: `from_fn(same_origin_of::<Admin, _>)`.
///
/// # Errors
///
/// Those of whatever is within.
pub async fn same_origin_of<M: 'static, B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let passes = request.method().is_safe() || is_ours(request.head()) || has_token::<M>(&request).await;
    if passes {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    let refusal =
        HttpResponse::Forbidden().body("This form was sent from another site, so it was not accepted.");
    Ok(request.into_response(refusal.map_into_right_body()))
}

/// Whether a page of ours has sent this, or nobody's page.
pub(crate) fn is_ours(head: &RequestHead) -> bool {
    let header = |name: &str| head.headers().get(name).and_then(|value| value.to_str().ok());
    // Browsers send it over TLS and to this machine. `none`: the user's own doing, not a page's.
    if let Some(site) = header("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    // The schemes are not compared, because behind a proxy we do not know ours.
    let origin = header(ORIGIN.as_str()).and_then(|origin| origin.split_once("://"));
    // HTTP/2 has the host in the address.
    let host = head.uri.authority().map(|authority| authority.as_str()).or_else(|| header(HOST.as_str()));
    // Neither header: no browser, and nobody whom a cookie would be stolen from; but strict is simple.
    origin.is_some_and(|(_, origin)| Some(origin) == host)
}

/// Whoever has read a page of this session's may ask what it may ask.
async fn has_token<M: 'static>(request: &ServiceRequest) -> bool {
    let token = request.headers().get(TOKEN).and_then(|token| token.to_str().ok());
    let Some(token) = token else { return false };
    request.session_of::<M>().await.is_ok_and(|session| session.is_csrf_token(token))
}
