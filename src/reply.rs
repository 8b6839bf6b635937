//! The end of a request: save, then say so in the response's head.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, SET_COOKIE, VARY};
use actix_web::{Error, HttpResponse, ResponseError};

use crate::commit::{Outcome, enact};
use crate::config::Config;
use crate::cookie::CookieAttributes;
use crate::decide::{CookieMove, Decision, Write, decide};
use crate::draft::{Draft, time_left};
use crate::error::SessionError;
use crate::id::SessionId;
use crate::middleware::Visit;
use crate::policy::{Dialect, OnError, OnOutage};
use crate::session::Inner;
use crate::telemetry;

/// Why a handler's response cannot go out.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The session could not be loaded, and the handler went on as if there were none.
    Load,
    /// What the handler changed could not be saved.
    Save(SessionError),
}

/// Saves and completes a response.
pub(crate) async fn finish<B: MessageBody>(
    visit: &Visit,
    mut response: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B>> {
    let failed = response.status().is_server_error();
    match settle(visit, failed).await {
        Ok(cookie) => {
            if visit.session().is_some() {
                mark(response.headers_mut(), cookie);
            }
            response.map_into_left_body()
        }
        // The handler has an error page of its own.
        Err(Failed::Load) if failed => response.map_into_left_body(),
        Err(failure) => {
            let mut refusal = failure.into_error().error_response();
            mark(refusal.headers_mut(), None);
            response.into_response(refusal.map_into_right_body())
        }
    }
}

/// Saves and completes an error that passed by the handler's response.
pub(crate) async fn finish_error(visit: &Visit, error: Error) -> Error {
    match settle(visit, true).await {
        Ok(_) if visit.session().is_none() => error,
        Ok(cookie) => Marked { error, cookie }.into(),
        Err(Failed::Load) => error,
        Err(failure) => failure.into_error().into(),
    }
}

/// Signs out whom a handler has signed out before it panicked. Nothing else is done: there is no reply
/// that could carry a new cookie.
pub(crate) async fn finish_panic(visit: &Visit) {
    let is_over = |inner: &Rc<Inner>| inner.draft.borrow().is_over();
    if visit.session().is_some_and(is_over) {
        // An error was logged, and nobody is left to tell.
        let _ = settle(visit, true).await;
    }
}

/// A response without the handler, because the session could not be loaded.
pub(crate) fn refuse<B>(request: ServiceRequest, error: &SessionError) -> ServiceResponse<EitherBody<B>> {
    let mut refusal = error.error_response();
    mark(refusal.headers_mut(), None);
    request.into_response(refusal.map_into_right_body())
}

/// Saves the session, if there is one, and answers the `Set-Cookie` to send.
async fn settle(visit: &Visit, handler_failed: bool) -> Result<Option<HeaderValue>, Failed> {
    if let Some(failure) = visit.failure() {
        return Err(failure);
    }
    let Some(inner) = visit.session() else {
        return Ok(None);
    };
    conclude(inner, handler_failed).await.map_err(|error| {
        // A sign-in too many is no fault of anybody's here, and was logged.
        if !error.is_too_many_sessions() {
            telemetry::failed(&error);
        }
        Failed::Save(error)
    })
}

/// Whether the response goes out although the store did not do its part.
///
/// A touch only notes that somebody was there. A sign-out that did not happen is never confirmed.
fn is_dispensable(write: Write, error: &SessionError, config: &Config) -> bool {
    let is_dispensable = match write {
        Write::Touch => true,
        Write::Delete => false,
        _ => config.options.on_outage == OnOutage::Anonymous,
    };
    is_dispensable && error.is_unavailable()
}

/// Decides, and does what there is to do.
async fn conclude(inner: &Inner, handler_failed: bool) -> Result<Option<HeaderValue>, SessionError> {
    let (decision, cookie_owed) = {
        let mut draft = inner.draft.borrow_mut();
        let policy = &inner.config.options.policy;
        let ended = draft.ended(&inner.config, inner.arrival.presented, handler_failed);
        let decision = decide(policy, ended);
        if handler_failed && policy.on_error == OnError::Drop {
            draft.drop_values();
        }
        draft.seal();
        if decision.write == Write::Nothing && decision.cookie == CookieMove::Leave && !draft.is_late() {
            // Most requests read, and nothing else.
            return Ok(None);
        }
        (decision, ended.cookie_owed)
    };
    // Apart, so that a request which only reads has no room in its future for all this.
    Box::pin(carry_out(inner, decision, cookie_owed)).await
}

/// Writes, and renders the cookie.
async fn carry_out(
    inner: &Inner,
    decision: Decision,
    cookie_owed: bool,
) -> Result<Option<HeaderValue>, SessionError> {
    let config = &inner.config;
    let (plan, cookie, known) = {
        let mut draft = inner.draft.borrow_mut();
        let known = draft.live().map(|live| {
            let left = draft.new_lifetime().map_or_else(|| time_left(live), |lifetime| lifetime.idle);
            (live.id.clone(), left)
        });
        let cookie = Cookie {
            persistent: draft.is_persistent(config),
            attributes: attributes(inner, &draft, decision.write),
        };
        (inner.plan(decision.write, &mut draft), cookie, known)
    };
    let outcome = match enact(plan).await {
        Err(error) if is_dispensable(decision.write, &error, config) => {
            telemetry::failed(&error);
            // Whether the session is still there is not known. Only a cookie that the browser has
            // never seen goes out: it takes no newer one's place.
            if !cookie_owed {
                return Ok(None);
            }
            Outcome::Nothing
        }
        outcome => outcome?,
    };
    match &outcome {
        Outcome::Live { id, .. } => {
            inner.moved_to(Some(id));
            #[cfg(feature = "express")]
            inner.draft.borrow_mut().note_id(id);
        }
        Outcome::Deleted | Outcome::Gone(_) => inner.moved_to(None),
        Outcome::Nothing => {}
    }
    let set = |(id, remaining): (SessionId, Duration)| {
        let max_age = cookie.persistent.then_some(remaining);
        config.cookie.set(&config.keys.sign(&id), max_age, &cookie.attributes)
    };
    let header = match (decision.cookie, outcome) {
        // A reply of a session that is gone says nothing: the browser may have a newer cookie.
        (CookieMove::Leave, _) | (_, Outcome::Gone(_)) => None,
        _ if is_withheld(inner, &cookie.attributes) => {
            telemetry::cookie_withheld();
            None
        }
        (CookieMove::Remove, _) => Some(config.cookie.removal(&cookie.attributes)),
        (CookieMove::Set, Outcome::Live { id, remaining }) => Some(set((id, remaining))),
        (CookieMove::Set, Outcome::Nothing | Outcome::Deleted) => known.map(set),
    };
    match header.transpose() {
        // A row says what its cookie is like, and anybody may have written it.
        Err(error) if config.options.policy.dialect == Dialect::Express => {
            telemetry::cookie_unwritable(&error);
            Ok(None)
        }
        header => header.map_err(SessionError::id_generator),
    }
}

/// What the cookie will be, but for its value and its time.
struct Cookie {
    persistent: bool,
    attributes: CookieAttributes,
}

/// The attributes of a session that keeps its own, unless another begins; else those of now.
fn attributes(inner: &Inner, draft: &Draft, write: Write) -> CookieAttributes {
    let keeps = inner.config.options.policy.dialect == Dialect::Express && write != Write::Restart;
    let kept = draft.live().filter(|_| keeps).and_then(|live| live.record.cookie.clone());
    kept.unwrap_or_else(|| inner.config.cookie.attributes(inner.arrival.over_tls))
}

/// express-session sends no `Secure` cookie in the clear. Ours goes: browsers take it from localhost, and
/// drop it elsewhere, which shows.
fn is_withheld(inner: &Inner, attributes: &CookieAttributes) -> bool {
    let is_express = inner.config.options.policy.dialect == Dialect::Express;
    is_express && attributes.secure && !inner.arrival.over_tls
}

/// Tells caches that the response depends on who asked.
fn mark(headers: &mut HeaderMap, cookie: Option<HeaderValue>) {
    vary_by_cookie(headers);
    if let Some(cookie) = cookie {
        headers.append(SET_COOKIE, cookie);
        // Whatever the handler said: a stored `Set-Cookie` is a session given away. `no-store` is
        // what OWASP's session cheat sheet asks for.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn vary_by_cookie(headers: &mut HeaderMap) {
    let named = headers
        .get_all(VARY)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|name| name.trim() == "*" || name.trim().eq_ignore_ascii_case("cookie"));
    if !named {
        headers.append(VARY, HeaderValue::from_static("Cookie"));
    }
}

impl Failed {
    pub(crate) fn into_error(self) -> SessionError {
        match self {
            Self::Load => crate::error::StoreError::failed("the session could not be loaded").into(),
            Self::Save(error) => error,
        }
    }
}

/// An error whose response says that it depends on who asked, and may carry our cookie.
struct Marked {
    error: Error,
    cookie: Option<HeaderValue>,
}

impl fmt::Debug for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl ResponseError for Marked {
    fn status_code(&self) -> StatusCode {
        self.error.as_response_error().status_code()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = self.error.error_response();
        mark(response.headers_mut(), self.cookie.clone());
        response
    }
}
