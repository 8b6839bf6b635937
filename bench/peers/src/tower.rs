//! tower-sessions on axum, with its PostgreSQL store, bare or behind its cache in memory.

use std::error::Error;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tower_sessions::session::Error as SessionError;
use tower_sessions::{CachingSessionStore, Session, SessionManagerLayer, SessionStore};
use tower_sessions_moka_store::MokaStore;
use tower_sessions_sqlx_store::PostgresStore;

use crate::{WORKERS, announce, page, setting};

/// Connections of the pool, as the other contenders have them.
const CONNECTIONS: u32 = 10;

/// Sessions that the cache holds: all that there are.
const CACHED: u64 = 100_000;

type Failure = Box<dyn Error + Send + Sync>;

pub fn serve(is_cached: bool) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    runtime.block_on(async {
        let options = sqlx::postgres::PgPoolOptions::new().max_connections(CONNECTIONS);
        let store = PostgresStore::new(options.connect(&setting("DATABASE_URL")?).await?);
        store.migrate().await?;
        match is_cached {
            true => listen(CachingSessionStore::new(MokaStore::new(Some(CACHED)), store)).await,
            false => listen(store).await,
        }
    })
}

async fn listen(store: impl SessionStore + Clone) -> Result<(), Failure> {
    let pages = Router::new()
        .route("/read", get(read))
        .route("/change", get(change))
        .route("/count", get(count))
        .route("/create", get(create))
        .route("/anonymous", get(anonymous))
        .route("/login", get(login));
    // Not secure because this is http; everything else is the default.
    let pages = pages.layer(SessionManagerLayer::new(store).with_secure(false));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    announce(listener.local_addr()?.port())?;
    Ok(axum::serve(listener, pages).await?)
}

/// Answers a page, or what went wrong.
type Page = Result<String, (StatusCode, String)>;

fn broken(error: SessionError) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

async fn name_of(session: &Session) -> Page {
    let name: Option<String> = session.get("name").await.map_err(broken)?;
    name.ok_or_else(|| (StatusCode::UNAUTHORIZED, "no session".to_owned()))
}

async fn read(session: Session) -> Page {
    name_of(&session).await
}

async fn change(session: Session) -> Page {
    name_of(&session).await?;
    session.insert("count", page::next()).await.map_err(broken)?;
    Ok("changed".to_owned())
}

async fn count(session: Session) -> Page {
    name_of(&session).await?;
    let count: Option<u64> = session.get("count").await.map_err(broken)?;
    Ok(count.unwrap_or_default().to_string())
}

async fn create(session: Session) -> Page {
    for (name, value) in page::session() {
        session.insert_value(name, value).await.map_err(broken)?;
    }
    Ok("created".to_owned())
}

async fn anonymous(session: Session) -> Page {
    let name: Option<String> = session.get("name").await.map_err(broken)?;
    Ok(name.unwrap_or_else(|| "a stranger".to_owned()))
}

async fn login(session: Session) -> Page {
    name_of(&session).await?;
    session.insert("owner", "ann").await.map_err(broken)?;
    session.cycle_id().await.map_err(broken)?;
    Ok("signed in".to_owned())
}
