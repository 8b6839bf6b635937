//! A middleware against forged requests: a form on another site that posts to this one.
//!
//! `SameSite=Lax` keeps the cookie from most of them, but to a browser the "site" is the domain:
//! another port, or a forgotten subdomain, is the same site. So a request that changes something must
//! also come from a page of ours. Browsers say where a request comes from, and pages cannot lie
//! about it; no token in every form is needed.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

/// Refuses what is neither safe nor ours. For `App::wrap(middleware::from_fn(same_origin))`, around
/// the session's middleware, so that a forged request costs no query.
///
/// It relies on `GET` and `HEAD` changing nothing.
pub(crate) async fn same_origin<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if request.method().is_safe() || is_ours(request.head()) {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    let refusal =
        HttpResponse::Forbidden().body("This form was sent from another site, so it was not accepted.");
    Ok(request.into_response(refusal.map_into_right_body()))
}

fn is_ours(head: &RequestHead) -> bool {
    let header = |name: &str| head.headers().get(name).and_then(|value| value.to_str().ok());
    // Browsers send it over TLS and to this machine. `none`: the user's own doing, not a page's.
    if let Some(site) = header("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    // All browsers have sent this one with every POST since 2020. The schemes are not compared,
    // because behind a proxy we do not know ours.
    let origin = header(ORIGIN.as_str()).and_then(|origin| origin.split_once("://"));
    // HTTP/2 has the host in the address.
    let host = head.uri.authority().map(|authority| authority.as_str()).or_else(|| header(HOST.as_str()));
    // Neither header: no browser, and nobody whom a cookie would be stolen from; but strict is simple.
    origin.is_some_and(|(_, origin)| Some(origin) == host)
}
