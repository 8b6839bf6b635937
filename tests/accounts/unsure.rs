//! What is done when it is not known what was done, and when things change under one's hands.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use actix_pg_session::test_util::Browser;
use actix_pg_session::{
    Change, Created, Deleted, Joined, Lifetime, Loaded, NewSession, PostgresStore, Renewal, Session,
    SessionId, SessionMiddleware, SessionStore, StoreError, Touched, Updated,
};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, Result, error};
use futures_util::future::join;
use sqlx::{PgPool, Postgres, Transaction};
use tokio::sync::Semaphore;

use crate::site::{cookie_of, read, visit_with};
use crate::support::gate::{PATIENCE, at_once};
use crate::support::site::SECRET;
use crate::support::{count, store};

/// A store that cannot read from some moment on, but take part in a transaction.
struct Blind {
    store: PostgresStore,
    is_blind: Arc<AtomicBool>,
}

impl SessionStore for Blind {
    async fn create(&self, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
        self.store.create(id, new).await
    }

    async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        match self.is_blind.load(Ordering::Relaxed) {
            true => Err(StoreError::failed("it cannot read")),
            false => self.store.load(id).await,
        }
    }

    async fn update(&self, id: &SessionId, change: Change) -> Result<Updated, StoreError> {
        self.store.update(id, change).await
    }

    async fn touch(&self, id: &SessionId, lifetime: Option<Lifetime>) -> Result<Touched, StoreError> {
        self.store.touch(id, lifetime).await
    }

    async fn renew(&self, old: &SessionId, new: &SessionId, renewal: Renewal) -> Result<Updated, StoreError> {
        self.store.renew(old, new, renewal).await
    }

    async fn delete(&self, id: &SessionId, late_grace: Duration) -> Result<Deleted, StoreError> {
        self.store.delete(id, late_grace).await
    }

    fn join(&self, transaction: Transaction<'static, Postgres>) -> Result<Joined, StoreError> {
        self.store.join(transaction)
    }
}

/// A site that signs Ann in together with a line in a table, and goes on whatever comes of it.
async fn audited(
    store: impl SessionStore,
    pool: &PgPool,
    deadline: Duration,
    blind: Arc<AtomicBool>,
) -> Browser {
    sqlx::raw_sql("create table audit (who text)").execute(pool).await.expect("a table");
    let sessions =
        SessionMiddleware::builder(store, SECRET).store_timeout(deadline).build().expect("options");
    let app = App::new()
        .app_data(Data::new(pool.clone()))
        .app_data(Data::from(blind))
        .wrap(sessions)
        .route("/begin", web::get().to(begin))
        .route("/login", web::get().to(login))
        .route("/owner", web::get().to(owner));
    Browser::new(app).await
}

async fn begin(session: Session) -> Result<&'static str> {
    session.insert("a", 1)?;
    Ok("")
}

async fn owner(session: Session) -> String {
    session.owner().unwrap_or_else(|| "nobody".into())
}

async fn login(session: Session, pool: Data<PgPool>, blind: Data<AtomicBool>) -> Result<HttpResponse> {
    let mut transaction = pool.begin().await.map_err(error::ErrorServiceUnavailable)?;
    let line = sqlx::query("insert into audit values ('ann')").execute(&mut *transaction).await;
    line.map_err(error::ErrorServiceUnavailable)?;
    session.login("ann")?;
    blind.store(true, Ordering::Relaxed);
    let committed = session.commit(transaction).await;
    blind.store(false, Ordering::Relaxed);
    match committed {
        // What is stored now is for nobody.
        Err(error) if error.is_outcome_unknown() => {
            session.insert("b", 2)?;
            Ok(HttpResponse::GatewayTimeout().body("perhaps"))
        }
        committed => Ok(committed.map(|()| HttpResponse::Ok().body("signed in"))?),
    }
}

#[actix_web::test]
async fn a_commit_whose_session_cannot_be_read_afterwards_is_no_refusal_and_sends_no_cookie() {
    let store = store().await;
    let pool = store.pool().clone();
    let is_blind = Arc::new(AtomicBool::new(false));
    let blind = Blind { store, is_blind: Arc::clone(&is_blind) };
    let browser = audited(blind, &pool, PATIENCE, is_blind).await;
    read(&browser, "/begin").await;
    let reply = browser.get("/login").await;
    assert_eq!((reply.status.as_u16(), &*reply.body, cookie_of(&reply)), (504, "perhaps", None));
    assert_eq!(count(&pool, "select count(*) from audit").await, 1, "it is committed");
    let signed_in = "select count(*) from sessions where owner = 'ann' and not data ? 'b'";
    assert_eq!(count(&pool, signed_in).await, 1, "and nothing was added to it afterwards");
    assert_eq!(read(&browser, "/owner").await, "nobody", "the id from before is dead");
}

/// The statement that waits for the lock would have to end before the rollback that waits behind it.
#[actix_web::test]
async fn a_commit_behind_somebodys_lock_is_refused_in_time_and_nothing_of_it_stays() {
    let store = store().await;
    let pool = store.pool().clone();
    let nobody_is_blind = Arc::default();
    let browser = audited(store, &pool, Duration::from_millis(500), nobody_is_blind).await;
    read(&browser, "/begin").await;
    let mut lock = pool.begin().await.expect("a transaction");
    sqlx::query("select from sessions for update").execute(&mut *lock).await.expect("a lock");
    let reply = at_once(browser.get("/login")).await;
    assert_eq!((reply.status.as_u16(), cookie_of(&reply)), (503, None), "while the lock is still there");
    lock.commit().await.expect("the lock is released");
    let mut all = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        all.push(at_once(pool.acquire()).await.expect("no connection is lost"));
    }
    drop(all);
    assert_eq!(count(&pool, "select count(*) from audit").await, 0);
    assert_eq!(count(&pool, "select count(owner) from sessions").await, 0);
    assert_eq!(read(&browser, "/owner").await, "nobody");
}

/// The request that changes the password gives the session a new id, while another one is being let in by the old.
#[actix_web::test]
async fn a_request_that_crosses_a_change_of_password_sets_no_cookie_over_the_new_one() {
    let store = store().await;
    let (version, asked, go_on) =
        (Arc::new(AtomicU32::new(7)), Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(1)));
    let (browser, _) = visit_with(store.clone(), |sessions| {
        let (version, asked, go_on) = (Arc::clone(&version), Arc::clone(&asked), Arc::clone(&go_on));
        sessions.credentials(move |_| {
            let (version, asked, go_on) = (Arc::clone(&version), Arc::clone(&asked), Arc::clone(&go_on));
            async move {
                asked.add_permits(1);
                go_on.acquire().await.expect("it stays open").forget();
                Ok::<_, std::io::Error>(Some(version.load(Ordering::Relaxed).to_string()))
            }
        })
    })
    .await;
    read(&browser, "/login/ann/7").await;
    asked.forget_permits(usize::MAX);
    // Under way with the old cookie, and stopped before it is known what the present version is.
    let late = browser.get("/set/cart");
    let confirm = async {
        asked.acquire().await.expect("it stays open").forget();
        // The late one stands at the gate. Now the password changes, in a request that is let in under the old one.
        let mut direct = store.pool().begin().await.expect("a transaction");
        let renew = "with moved as (update sessions set key = sha256(key), credential = '8' returning 1)
            insert into sessions_ended (key, until) select key, now() + interval '1 hour' from sessions";
        sqlx::query(renew).execute(&mut *direct).await.expect("a renewal");
        direct.commit().await.expect("a commit");
        version.store(8, Ordering::Relaxed);
        go_on.add_permits(10);
    };
    go_on.forget_permits(usize::MAX);
    let (reply, ()) = join(late, confirm).await;
    assert_eq!((reply.status.as_u16(), cookie_of(&reply)), (200, None), "{reply}");
    let kept = "select count(*) from sessions where credential = '8' and owner = 'ann' and data = '{}'";
    assert_eq!(count(store.pool(), kept).await, 1, "the renewed session is as it was");
    assert_eq!(count(store.pool(), "select count(*) from sessions").await, 1, "and there is no other");
}
