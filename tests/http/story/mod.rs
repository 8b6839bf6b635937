//! What the stories share: a store of either kind, a site, and cookies made by hand.

#![allow(dead_code, unreachable_pub, unused_imports, unused_macros)]

mod cookies;
mod script;
mod shelf;

#[cfg(feature = "postgres")]
#[path = "../../support/mod.rs"]
pub mod support;

use std::time::Duration;

use actix_pg_session::test_util::{Browser, FlakyStore, Reply};
use actix_pg_session::{MemoryStore, Session, SessionMiddleware, SessionMiddlewareBuilder, SessionStore};
use actix_web::{App, HttpResponse, web};

pub use cookies::{attributes, digest_hex, encoded, max_age, pair, signed};
pub use script::{perform, play};
pub use shelf::Shelf;

pub const SECRET: &str = "the first secret, of thirty-two bytes and some";
pub const OTHER_SECRET: &str = "another secret, which is just as long as that one";

/// The default name of the cookie.
pub const SID: &str = "__Host-sid";

pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(60 * 60);
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A store that counts what it is asked.
pub type Counted<S> = FlakyStore<S>;

/// The default options over `store`.
pub fn over(store: &impl Shelf) -> SessionMiddlewareBuilder {
    SessionMiddleware::builder(store.clone(), SECRET)
}

/// The default options over a memory store that nobody looks into.
pub fn anywhere() -> SessionMiddlewareBuilder {
    SessionMiddleware::builder(MemoryStore::new(), SECRET)
}

/// A browser before a site whose pages do as their path says; see [`play`]. `/static` asks for no
/// session.
pub async fn visit(sessions: SessionMiddlewareBuilder) -> Browser {
    let sessions = sessions.build().expect("these options work together");
    Browser::new(App::new().wrap(sessions).configure(pages)).await
}

pub fn pages(site: &mut web::ServiceConfig) {
    site.route("/static", web::to(HttpResponse::Ok))
        .route("/cart", web::to(fill_cart))
        .default_service(web::to(play));
}

/// Stores a struct whose fields jsonb would put in another order.
async fn fill_cart(session: Session) -> actix_web::Result<HttpResponse> {
    #[derive(serde::Serialize)]
    struct Cart<'a> {
        things: &'a [(&'a str, f64)],
        of: &'a str,
    }
    session.insert("cart", Cart { things: &[("a hat, red", 12.5), ("a \"coat\"", 0.5)], of: "ann" })?;
    Ok(HttpResponse::Ok().finish())
}

/// What a request asked of the store.
pub async fn cost<S: SessionStore>(store: &Counted<S>, request: impl Future<Output = Reply>) -> usize {
    let before = store.all_calls();
    request.await;
    store.all_calls() - before
}

/// Tells each story over both stores.
macro_rules! on_both_stores {
    ($($story:ident),+ $(,)?) => {
        mod in_memory {
            $(#[actix_web::test]
            async fn $story() {
                super::$story($crate::story::counted_memory()).await;
            })+
        }
        #[cfg(feature = "postgres")]
        mod in_postgres {
            $(#[actix_web::test]
            async fn $story() {
                super::$story($crate::story::counted_postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both_stores;

pub fn counted_memory() -> Counted<MemoryStore> {
    Counted::new(MemoryStore::new())
}

#[cfg(feature = "postgres")]
pub async fn counted_postgres() -> Counted<actix_pg_session::PostgresStore> {
    Counted::new(support::store().await)
}
