//! Extractors that let only signed-in people pass, and those who have proved lately who they are.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::header::WWW_AUTHENTICATE;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;

use crate::extract::load;
use crate::session::{Session, Visitor};

/// The session of somebody who is signed in, as a handler's argument. Others do not get to the handler.
///
/// They are answered `401`, or as [`on_not_signed_in`](crate::SessionMiddlewareBuilder::on_not_signed_in) or
/// [`sign_in_at`](crate::SessionMiddlewareBuilder::sign_in_at) says. Cost: that of the [`Session`], which it
/// derefs to.
///
/// ```
/// use actix_pg_session::SignedIn;
///
/// async fn account(ann: SignedIn) -> String {
///     format!("Hello {}", ann.owner())
/// }
/// ```
///
/// `Option<SignedIn>` is `None` for strangers.
pub struct SignedIn<M = Visitor> {
    session: Session<M>,
    owner: String,
}

impl<M> SignedIn<M> {
    /// Who it is.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The session.
    pub fn session(&self) -> &Session<M> {
        &self.session
    }
}

/// The session of somebody who has proved who they are not longer ago than so many seconds, as a handler's
/// argument: for what a thief of the session must not do, such as changing the password or the address that
/// it is reset by (OWASP ASVS 5.0 §7.5.1, §7.5.3).
///
/// It was then that they signed in, or that [`reauthenticate`](Session::reauthenticate) was called; the
/// database's clock tells how long ago. Others are answered `401`, or as
/// [`on_not_signed_in`](crate::SessionMiddlewareBuilder::on_not_signed_in) says: who is signed in, but not
/// lately, is to be asked for the password again and sent back.
///
/// ```
/// use actix_pg_session::Recent;
/// use actix_web::{HttpResponse, Result};
///
/// const TEN_MINUTES: u64 = 10 * 60;
///
/// async fn change_password(ann: Recent<TEN_MINUTES>) -> Result<HttpResponse> {
///     // ... store the new hash, and then:
///     ann.devices().end_others().await?;
///     ann.reauthenticate()?;
///     Ok(HttpResponse::Ok().body(format!("{}'s password is another one", ann.owner())))
/// }
/// ```
pub struct Recent<const SECONDS: u64, M = Visitor>(SignedIn<M>);

impl<const SECONDS: u64, M> Recent<SECONDS, M> {
    /// How long ago it may be.
    pub const MAX_AGE: Duration = Duration::from_secs(SECONDS);
}

/// Why [`SignedIn`] or [`Recent`] lets a request not pass. [`Display`](fmt::Display) says it in words for a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotSignedIn {
    /// Nobody is signed in.
    Anonymous,
    /// Somebody is, who has proved it longer ago than that.
    Stale {
        /// What the handler demands.
        max_age: Duration,
    },
}

impl NotSignedIn {
    /// `401` without a body. The challenge names no scheme that a browser would ask a password for by itself;
    /// for clients that can do something about it, it says what, in the words of RFC 9470.
    pub(crate) fn response(self) -> HttpResponse {
        let challenge = match self {
            Self::Anonymous => "Session".to_owned(),
            Self::Stale { max_age } => {
                format!(
                    "Session error=\"insufficient_user_authentication\", max_age=\"{}\"",
                    max_age.as_secs()
                )
            }
        };
        HttpResponse::Unauthorized().insert_header((WWW_AUTHENTICATE, challenge)).finish()
    }
}

impl fmt::Display for NotSignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("nobody is signed in"),
            Self::Stale { max_age } => {
                write!(f, "whoever is signed in has not proved it within {} seconds", max_age.as_secs())
            }
        }
    }
}

/// Finds out whether a session is good enough.
fn admit<M>(
    session: Session<M>,
    max_age: Option<Duration>,
) -> Result<SignedIn<M>, (Session<M>, NotSignedIn)> {
    let Some(owner) = session.owner() else { return Err((session, NotSignedIn::Anonymous)) };
    match max_age {
        // Who never did, though there is an owner, has not done so lately.
        Some(max_age) if session.authentication_age().is_none_or(|age| age > max_age) => {
            Err((session, NotSignedIn::Stale { max_age }))
        }
        _ => Ok(SignedIn { session, owner }),
    }
}

fn extract<M: 'static>(
    request: &HttpRequest,
    max_age: Option<Duration>,
) -> LocalBoxFuture<'static, Result<SignedIn<M>, Error>> {
    let (loading, request) = (load(request), request.clone());
    Box::pin(async move {
        admit(loading.await?, max_age).map_err(|(session, why)| {
            let response = session.inner.config.options.refusal.answer(why, &request);
            InternalError::from_response(why, response).into()
        })
    })
}

impl<M: 'static> FromRequest for SignedIn<M> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        extract(request, None)
    }
}

impl<const SECONDS: u64, M: 'static> FromRequest for Recent<SECONDS, M> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extracting = extract(request, Some(Self::MAX_AGE));
        Box::pin(async move { extracting.await.map(Self) })
    }
}

impl<M> Deref for SignedIn<M> {
    type Target = Session<M>;

    fn deref(&self) -> &Session<M> {
        &self.session
    }
}

impl<const SECONDS: u64, M> Deref for Recent<SECONDS, M> {
    type Target = SignedIn<M>;

    fn deref(&self) -> &SignedIn<M> {
        &self.0
    }
}

impl<M> fmt::Debug for SignedIn<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("owner", &self.owner).field("session", &self.session).finish()
    }
}

impl<const SECONDS: u64, M> fmt::Debug for Recent<SECONDS, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recent").field(&self.0).finish()
    }
}
