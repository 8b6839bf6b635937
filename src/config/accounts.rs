//! The options for sites where people sign in.

use std::fmt;
use std::sync::Arc;

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::BoxFuture;

use super::SessionMiddlewareBuilder;
use crate::error::{ConfigError, StoreError};
use crate::signed_in::NotSignedIn;
use crate::store::{ErasedStore, OwnerLimit, WhenFull};

impl<M: 'static> SessionMiddlewareBuilder<M> {
    /// How [`SignedIn`](crate::SignedIn) and [`Recent`](crate::Recent) answer whom they do not let pass.
    /// Default: `401`.
    ///
    /// ```
    /// use actix_pg_session::{MemoryStore, NotSignedIn, SessionMiddleware};
    /// use actix_web::HttpResponse;
    /// use actix_web::http::header::LOCATION;
    ///
    /// # let secret = "thirty-two bytes of randomness, or more";
    /// let sessions = SessionMiddleware::builder(MemoryStore::new(), secret)
    ///     .on_not_signed_in(|why, _request| {
    ///         let page = match why {
    ///             NotSignedIn::Stale { .. } => "/confirm-password",
    ///             _ => "/login",
    ///         };
    ///         HttpResponse::SeeOther().insert_header((LOCATION, page)).finish()
    ///     })
    ///     .build();
    /// # assert!(sessions.is_ok());
    /// ```
    ///
    /// An answer that leads back to the page that was asked for takes its address from the request, and must
    /// make sure that it is one of this site.
    pub fn on_not_signed_in(
        mut self,
        answer: impl Fn(NotSignedIn, &HttpRequest) -> HttpResponse + Send + Sync + 'static,
    ) -> Self {
        self.options.refusal = Refusal(Arc::new(answer));
        self
    }

    /// Sends everybody whom [`SignedIn`](crate::SignedIn) and [`Recent`](crate::Recent) do not let pass to
    /// this page (`303`), whatever they asked for and in what way.
    pub fn sign_in_at(self, page: impl Into<String>) -> Self {
        let page = page.into();
        self.on_not_signed_in(move |_, _| {
            HttpResponse::SeeOther().insert_header((LOCATION, page.as_str())).finish()
        })
    }

    /// How many sessions one owner may have at a time, and what becomes of the sign-in that is one too many
    /// (OWASP ASVS 5.0 §7.1.2). Default: as many as they like.
    ///
    /// It holds at every moment, however many sign in at once in however many processes, as long as all of
    /// them say the same. A sign-in that is refused answers `409` in place of the handler's response, and
    /// leaves the session as it was; a handler that wants to answer itself calls
    /// [`save`](crate::Session::save) and asks the error
    /// [`is_too_many_sessions`](crate::SessionError::is_too_many_sessions).
    ///
    /// Cost: nothing, but for sign-ins, which then are a transaction of four statements, and of one owner
    /// stand in line.
    pub fn sessions_per_owner(mut self, most: u32, when_full: WhenFull) -> Self {
        self.options.per_owner = Some(OwnerLimit { most, when_full });
        self
    }

    /// How to learn the present version of an owner's credentials. Every session that was begun with another
    /// one, or with none, is over at its next use; `None` says that there is no such owner any more. Default:
    /// nobody is asked.
    ///
    /// ```
    /// # use actix_pg_session::{MemoryStore, SessionMiddleware};
    /// # #[derive(Clone)] struct Users;
    /// # impl Users { async fn version(&self, _: &str) -> Result<Option<i64>, std::io::Error> { Ok(Some(7)) } }
    /// # let (users, secret) = (Users, "thirty-two bytes of randomness, or more");
    /// let sessions = SessionMiddleware::builder(MemoryStore::new(), secret)
    ///     .credentials(move |owner| {
    ///         let users = users.clone();
    ///         async move {
    ///             let version = users.version(&owner).await?; // select password_version from users where ...
    ///             Ok::<_, std::io::Error>(version.map(|version| version.to_string()))
    ///         }
    ///     })
    ///     .build();
    /// # assert!(sessions.is_ok());
    /// ```
    ///
    /// It belongs to [`login_with`](crate::Session::login_with), and is a second door behind
    /// [`end_others`](crate::Devices::end_others): that one ends what is there, this one also what comes too
    /// late. It is asked once for each request that loads a session with an owner, and once more before a session is
    /// ended for its answer. An application that remembers answers for some seconds must forget them when a
    /// password changes, in all of its processes, or it ends sessions that are newer than what it remembers. An error is an [outage](Self::on_outage). Work that goes on
    /// with a [detached](crate::Session::detach) handle is not checked again.
    pub fn credentials<F, A, E>(mut self, current: F) -> Self
    where
        F: Fn(Arc<str>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Option<String>, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.options.credentials = Some(Credentials(Arc::new(move |owner| {
            let answer = current(owner);
            Box::pin(async move { answer.await.map_err(StoreError::failed) })
        })));
        self
    }
}

/// Refuses a limit that this store cannot keep.
pub(super) fn check_limit(store: &dyn ErasedStore, limit: Option<OwnerLimit>) -> Result<(), ConfigError> {
    match limit {
        Some(OwnerLimit { most: 0, .. }) => {
            Err(ConfigError("`sessions_per_owner` is zero, so nobody could sign in".into()))
        }
        Some(_) if store.owners().is_none() => Err(ConfigError(
            "`sessions_per_owner` needs a store that can count sessions by their owner, and this one cannot"
                .into(),
        )),
        _ => Ok(()),
    }
}

/// How requests are answered that only signed-in people may make.
#[derive(Clone)]
pub(crate) struct Refusal(Arc<Answer>);

type Answer = dyn Fn(NotSignedIn, &HttpRequest) -> HttpResponse + Send + Sync;

impl Refusal {
    pub(crate) fn answer(&self, why: NotSignedIn, request: &HttpRequest) -> HttpResponse {
        (self.0)(why, request)
    }
}

impl Default for Refusal {
    fn default() -> Self {
        Self(Arc::new(|why, _| why.response()))
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refusal")
    }
}

/// How to learn which version of an owner's credentials is the present one.
#[derive(Clone)]
pub(crate) struct Credentials(Arc<Lookup>);

type Lookup = dyn Fn(Arc<str>) -> BoxFuture<'static, Result<Option<String>, StoreError>> + Send + Sync;

impl Credentials {
    pub(crate) async fn current(&self, owner: Arc<str>) -> Result<Option<String>, StoreError> {
        (self.0)(owner).await
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}
