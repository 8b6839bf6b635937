//! A web site with sessions, served by `HttpServer` on a port of its own.

use std::net::SocketAddr;
use std::thread::JoinHandle;

use actix_pg_session::{SessionMiddleware, SessionMiddlewareBuilder, SessionStore};
use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::sync::oneshot;

use super::gate::Gate;
use super::{script, way};

/// What the site's cookies are signed with.
pub const SECRET: &str = "a secret of the tests, and long enough for anybody";

/// A running site. It stops when it is dropped.
pub struct Site {
    pub address: SocketAddr,
    /// Where handlers with a `wait` in their script stand.
    pub gate: Gate,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Site {
    /// A site on this database, with everything else at its default.
    pub async fn on(url: &str) -> Self {
        Plan::on(url).start().await
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // The word is sent at once; the future is only the answer.
        drop(self.handle.stop(false));
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(matches!(ended, Some(Ok(()))), "the site stops in good order");
        }
    }
}

/// A site that is not running yet.
pub struct Plan {
    url: String,
    pool: PgPoolOptions,
    store: Box<dyn FnOnce(PgPool, Vec<&'static str>) -> SessionMiddlewareBuilder + Send>,
    sessions: Box<dyn FnOnce(SessionMiddlewareBuilder) -> SessionMiddlewareBuilder + Send>,
    secrets: Vec<&'static str>,
}

impl Plan {
    pub fn on(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            pool: PgPoolOptions::new().max_connections(8),
            store: Box::new(|pool, secrets| SessionMiddleware::builder(way::store(pool), secrets)),
            // Tests that are about the deadline set their own; no other should meet it.
            sessions: Box::new(|sessions| sessions.store_timeout(super::gate::PATIENCE)),
            secrets: vec![SECRET],
        }
    }

    pub fn pool(mut self, set: impl FnOnce(PgPoolOptions) -> PgPoolOptions) -> Self {
        self.pool = set(self.pool);
        self
    }

    pub fn store<S: SessionStore>(mut self, make: impl FnOnce(PgPool) -> S + Send + 'static) -> Self {
        self.store = Box::new(|pool, secrets| SessionMiddleware::builder(make(pool), secrets));
        self
    }

    pub fn sessions(
        mut self,
        set: impl FnOnce(SessionMiddlewareBuilder) -> SessionMiddlewareBuilder + Send + 'static,
    ) -> Self {
        let before = self.sessions;
        self.sessions = Box::new(move |sessions| set(before(sessions)));
        self
    }

    pub fn secrets(mut self, secrets: Vec<&'static str>) -> Self {
        self.secrets = secrets;
        self
    }

    /// Starts it, with two workers.
    pub async fn start(self) -> Site {
        let gate = Gate::default();
        let (ready, started) = oneshot::channel();
        let thread = std::thread::spawn({
            let gate = gate.clone();
            move || self.run(gate, ready)
        });
        let (address, handle) = started.await.expect("the site starts");
        Site { address, gate, handle, thread: Some(thread) }
    }

    fn run(self, gate: Gate, ready: oneshot::Sender<(SocketAddr, ServerHandle)>) {
        actix_web::rt::System::new().block_on(async move {
            let pool = self.pool.connect_lazy_with(way::options(&self.url));
            let sessions = (self.store)(pool.clone(), self.secrets);
            let sessions = (self.sessions)(sessions).build().expect("the options go together");
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(web::Data::new(gate.clone()))
                    .app_data(web::Data::new(pool.clone()))
                    .wrap(from_fn(script::fail_in_a_middleware))
                    .wrap(sessions.clone())
                    .wrap(from_fn(script::notice_hang_ups))
                    .configure(script::routes)
            });
            let server = server
                .workers(2)
                .disable_signals()
                .h1_allow_half_closed(false)
                .bind(("127.0.0.1", 0))
                .expect("a free port");
            let address = server.addrs()[0];
            let server = server.run();
            ready.send((address, server.handle())).expect("somebody waits for the site");
            server.await.expect("the site runs");
        });
    }
}
