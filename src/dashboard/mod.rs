//! Pages for administrators: who is signed in, since when, from where, with what, and an end to it.
//!
//! ```no_run
//! use actix_pg_session::dashboard::{self, Admittance};
//! use actix_pg_session::{LoadSession as _, PostgresStore, SessionMiddleware};
//! use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
//!
//! /// Asked for every page, before anything else is done.
//! async fn only_staff(request: &HttpRequest) -> Result<Admittance, HttpResponse> {
//!     let session = request.session().await.map_err(|error| HttpResponse::from_error(error))?;
//!     match session.owner() {
//!         Some(name) if name == "ada" => Ok(Admittance::full(name)),
//!         _ => Err(HttpResponse::Forbidden().finish()),
//!     }
//! }
//!
//! # async fn boot(store: PostgresStore, secret: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let admin = store.admin();
//! let recorder = admin.start_recording(); // for the plots
//! let sessions = SessionMiddleware::builder(store, secret).build()?;
//! HttpServer::new(move || {
//!     App::new()
//!         .service(dashboard::scope("/admin/sessions", admin.clone(), only_staff))
//!         .wrap(sessions.clone())
//! })
//! # .bind("127.0.0.1:0")?.run().await?;
//! # drop(recorder);
//! # Ok(())
//! # }
//! ```
//!
//! There is no way to mount it without a [`Gatekeeper`]:
//!
//! ```compile_fail
//! # fn mount(admin: actix_pg_session::admin::Admin) {
//! let _ = actix_pg_session::dashboard::scope("/admin/sessions", admin);
//! # }
//! ```
//!
//! It needs no session of its own, and no script: the plots are
//! drawn here, as SVG. A strict `Content-Security-Policy` lets nothing in from elsewhere. What changes something is a
//! `POST` from a page of this very site, with a token, after a page that asks whether it is meant.
//!
//! Values under names such as `password` or `token` are [not shown](Dashboard::redact). Ten million sessions do not
//! make it slow: what would take long to count is estimated, and says so; lists go page by page along an index; and
//! no statement takes longer than [`Admin::statement_timeout`].

mod forgery;
mod gate;
mod json;
mod pages;
mod plot;
mod search;
mod words;

use std::fmt;
use std::sync::Arc;

use actix_web::dev::HttpServiceFactory;
use actix_web::middleware::from_fn;
use actix_web::web;

use crate::admin::Admin;
pub use gate::{Admittance, Gatekeeper};
use gate::{Gate, guard};
use json::Redaction;
#[cfg(feature = "fuzz-internals")]
#[doc(hidden)]
pub use pages::fuzzed;

/// Mounts the pages below `path`, as they come; [`Dashboard`] has the options.
pub fn scope<G: Gatekeeper>(path: &str, admin: Admin, gatekeeper: G) -> impl HttpServiceFactory + use<G> {
    Dashboard::new(admin, gatekeeper).scope(path)
}

/// The pages, and what they are told. Clones share everything.
#[derive(Clone)]
pub struct Dashboard {
    admin: Admin,
    gate: Arc<dyn Gate>,
    redaction: Arc<Redaction>,
}

impl Dashboard {
    /// Pages for those whom the gatekeeper admits.
    pub fn new(admin: Admin, gatekeeper: impl Gatekeeper) -> Self {
        Self { admin, gate: Arc::new(gatekeeper), redaction: Arc::default() }
    }

    /// Names whose values are not shown, at any depth: every name that contains one of these words, in upper or lower
    /// case. In place of the default: `password`, `passphrase`, `passwd`, `secret`, `token`, `authorization`,
    /// `credential`, `cookie`, `csrf`, `xsrf`, `otp`, `apikey`, `api_key`, `api-key`, `private`, `card`, `cvc`, `cvv`,
    /// `iban`, `ssn`.
    ///
    /// Texts that look like a JSON Web Token or begin with `Bearer` are never shown. None of this keeps an
    /// administrator from the database itself.
    #[must_use]
    pub fn redact<W: Into<String>>(self, words: impl IntoIterator<Item = W>) -> Self {
        Self { redaction: Arc::new(Redaction::new(words)), ..self }
    }

    /// Mounts the pages below `path`, such as `/admin/sessions`. To be called in each worker's application.
    pub fn scope(&self, path: &str) -> impl HttpServiceFactory + use<> {
        let dashboard = self.clone();
        web::scope(path)
            .configure(pages::routes)
            .default_service(web::to(pages::not_found))
            .wrap(from_fn(move |request, next| guard(dashboard.clone(), request, next)))
    }
}

impl fmt::Debug for Dashboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { admin, redaction, .. } = self;
        f.debug_struct("Dashboard")
            .field("admin", admin)
            .field("redaction", redaction)
            .finish_non_exhaustive()
    }
}
