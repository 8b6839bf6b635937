//! The verbs of a session, each within a request that is dropped whole, as actix does when a client hangs up.

use std::convert::Infallible;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use actix_pg_session::test_util::{Browser, Reply};
use actix_pg_session::{Detached, LoadSession as _, Session, SessionError, SessionMiddleware};
use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpRequest, Result, error};
use uuid::Uuid;

use crate::drops::{Stage, dropped_everywhere, dropped_in_steps};
use crate::ground::Ground;
use crate::sessions::{Sessions, Way, with_store};
use crate::support::gate::PATIENCE;
use crate::support::site::SECRET;

/// Where the handler leaves what it has detached.
type Slot = Data<Mutex<Option<Detached>>>;

struct Site {
    sessions: Sessions,
    stranger: Browser,
    detached: Slot,
}

/// Somebody who is signed in with two browsers.
#[derive(Clone)]
struct Visit {
    owner: String,
    here: Browser,
    keys: Arc<Vec<Vec<u8>>>,
    elsewhere: Uuid,
    detached: Detached,
}

impl Site {
    async fn new(way: (Way, u32)) -> Self {
        let sessions = Sessions::new(way).await;
        let audit = "create table if not exists audit (who text)";
        sqlx::raw_sql(audit).execute(&sessions.ground().direct).await.expect("a table");
        let detached: Slot = Data::default();
        let middleware = with_store!(sessions, store => SessionMiddleware::builder(store.clone(), SECRET));
        let middleware = middleware.store_timeout(PATIENCE).build().expect("the options go together");
        let app = App::new().app_data(detached.clone()).wrap(middleware).configure(routes);
        Self { stranger: Browser::new(app).await, sessions, detached }
    }
}

fn routes(app: &mut web::ServiceConfig) {
    app.route("/begin/{owner}", web::get().to(begin))
        .route("/values", web::get().to(values))
        .route("/insert", web::get().to(insert))
        .route("/increment", web::get().to(increment))
        .route("/save", web::get().to(save))
        .route("/save-and-go-on", web::get().to(save_and_go_on))
        .route("/renew", web::get().to(renew))
        .route("/login/{owner}", web::get().to(login))
        .route("/login-and-save/{owner}", web::get().to(login_and_save))
        .route("/logout", web::get().to(logout))
        .route("/reload", web::get().to(reload))
        .route("/commit/{owner}", web::get().to(commit))
        .route("/transaction", web::get().to(transaction))
        .route("/list", web::get().to(list))
        .route("/end/{handle}", web::get().to(end))
        .route("/end-others", web::get().to(end_others))
        .route("/end-all", web::get().to(end_all));
}

async fn begin(session: Session, owner: Path<String>, slot: Slot) -> Result<&'static str> {
    session.insert("a", 1)?;
    session.login(owner.into_inner())?;
    session.save().await?;
    *slot.lock().expect("nobody panics with it") = Some(session.detach());
    Ok("")
}

async fn values(session: Session) -> String {
    session.entries().into_iter().map(|(name, value)| format!("{name}={value} ")).collect()
}

async fn insert(session: Session) -> Result<&'static str> {
    session.insert("b", 2)?;
    session.remove("a")?;
    Ok("")
}

async fn increment(session: Session) -> Result<&'static str> {
    session.update_or("n", 1_u32, |n| n + 1)?;
    Ok("")
}

async fn save(session: Session) -> Result<&'static str> {
    session.insert("b", 2)?;
    session.save().await?;
    Ok("")
}

async fn save_and_go_on(session: Session) -> Result<&'static str> {
    session.insert("b", 2)?;
    session.save().await?;
    session.reload().await?;
    session.insert("c", 3)?;
    Ok("")
}

async fn renew(session: Session) -> Result<&'static str> {
    session.renew()?;
    Ok("")
}

async fn login(session: Session, owner: Path<String>) -> Result<&'static str> {
    session.insert("b", 2)?;
    session.login(owner.into_inner())?;
    Ok("")
}

async fn login_and_save(session: Session, owner: Path<String>) -> Result<&'static str> {
    session.login(owner.into_inner())?;
    session.save().await?;
    Ok("")
}

async fn logout(session: Session) -> Result<&'static str> {
    session.logout()?;
    Ok("")
}

/// Loaded by hand, too.
async fn reload(request: HttpRequest) -> Result<&'static str> {
    let session = request.session().await?;
    session.reload().await?;
    Ok("")
}

async fn commit(session: Session, owner: Path<String>) -> Result<&'static str> {
    let mut transaction = session.begin_transaction().await?;
    let line = sqlx::query("insert into audit values ($1)").bind(owner.as_str());
    line.execute(&mut *transaction).await.map_err(error::ErrorServiceUnavailable)?;
    session.insert("b", 2)?;
    session.login(owner.into_inner())?;
    session.commit(transaction).await?;
    Ok("")
}

async fn transaction(session: Session) -> Result<&'static str> {
    session.begin_transaction().await?.rollback().await.map_err(error::ErrorServiceUnavailable)?;
    Ok("")
}

async fn list(session: Session) -> Result<String> {
    let devices = [session.devices().list().await?.len(), session.devices().list_at_most(1).await?.len()];
    Ok(format!("{devices:?}"))
}

async fn end(session: Session, handle: Path<Uuid>) -> Result<String> {
    Ok(session.devices().end(*handle).await?.to_string())
}

async fn end_others(session: Session) -> Result<&'static str> {
    session.devices().end_others().await?;
    Ok("")
}

async fn end_all(session: Session) -> Result<&'static str> {
    session.devices().end_all().await?;
    Ok("")
}

impl Stage for Site {
    type Scene = Visit;

    fn ground(&self) -> &Ground {
        self.sessions.ground()
    }

    async fn scene(&self) -> Visit {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let owner = format!("eve{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let (here, there) = (self.stranger.another(), self.stranger.another());
        there.get(&format!("/begin/{owner}")).await.assert_status(200);
        let rows = "select id, key from sessions where owner = $1 order by created_at";
        let elsewhere: (Uuid, Vec<u8>) =
            sqlx::query_as(rows).bind(&owner).fetch_one(&self.ground().direct).await.expect("a row");
        here.get(&format!("/begin/{owner}")).await.assert_status(200);
        let detached = self.detached.lock().expect("nobody panics with it").take().expect("a handle");
        let keys = sqlx::query_scalar("select key from sessions where owner = $1 order by created_at desc");
        let keys = keys.bind(&owner).fetch_all(&self.ground().direct).await.expect("the rows");
        here.get("/values").await.assert_status(200);
        self.ground().is_whole("a scene").await;
        Visit { owner, here, keys: Arc::new(keys), elsewhere: elsewhere.0, detached }
    }

    async fn seen(&self, visit: &Visit) -> String {
        let lines =
            "select concat_ws(' ', case when key = $2 then 'here' when key = $3 then 'there' else 'anew' end,
                data::text, 'version', version, case id when $4 then 'elsewhere' end) as line
            from sessions where owner = $1 and expires_at > now()
            union all
            select concat_ws(' ', case key when $2 then 'here' else 'there' end, 'has ended')
            from sessions_ended where key in ($2, $3)
            union all select 'audited' from audit where who = $1 order by line";
        let lines: Vec<String> = sqlx::query_scalar(lines)
            .bind(&visit.owner)
            .bind(&visit.keys[0])
            .bind(&visit.keys[1])
            .bind(visit.elsewhere)
            .fetch_all(&self.ground().direct)
            .await
            .expect("the rows");
        lines.join("\n")
    }

    async fn goes_on(&self, visit: &Visit) {
        if let crate::sessions::Store::Cached(cached) = &self.sessions.store {
            cached.caught_up().await;
        }
        // The cookie from before, unless the reply with another one has come.
        let page = visit.here.get("/values").await;
        page.assert_status(200);
        let seen = self.seen(visit).await;
        let is_live = seen.lines().any(|line| line.starts_with("here {") || line.starts_with("anew {"));
        assert!(page.body.is_empty() || is_live, "what is not there is shown: {}\n{seen}", page.body);
        self.stranger.another().get("/insert").await.assert_status(200);
    }

    /// A save that has begun completes, even if its client hangs up before there is a connection for it.
    fn completes_what_has_begun(&self) -> bool {
        true
    }
}

async fn in_each_way(name: &str, path: impl Fn(&Visit) -> String) {
    for way in [(Way::Alone, 1), (Way::Batched, 1), (Way::Cached, 1)] {
        let site = Site::new(way).await;
        let operation = |visit: Visit| replied(visit.here.get(&path(&visit)));
        dropped_everywhere(name, &site, operation).await;
    }
}

#[actix_web::test]
async fn a_save_with_the_reply_is_whole_or_not_at_all() {
    in_each_way("a save with the reply", |_| "/insert".into()).await;
    in_each_way("a computed value", |_| "/increment".into()).await;
}

#[actix_web::test]
async fn a_save_in_the_middle_is_whole_or_not_at_all() {
    in_each_way("Session::save", |_| "/save".into()).await;
    in_each_way("Session::save of a sign-in", |visit| format!("/login-and-save/{}", visit.owner)).await;
}

#[actix_web::test]
async fn a_renewal_leaves_one_session() {
    in_each_way("renew", |_| "/renew".into()).await;
}

#[actix_web::test]
async fn a_sign_in_leaves_the_session_before_or_the_one_after() {
    in_each_way("login", |visit| format!("/login/{}", visit.owner)).await;
}

#[actix_web::test]
async fn a_sign_out_leaves_the_session_or_its_end() {
    in_each_way("logout", |_| "/logout".into()).await;
}

#[actix_web::test]
async fn reading_again_disturbs_nobody() {
    in_each_way(
        "Session::reload LoadSession::session LoadSession::session_of HttpRequest::session_of",
        |_| "/reload".into(),
    )
    .await;
}

#[actix_web::test]
async fn what_is_committed_together_is_there_together_or_not_at_all() {
    in_each_way("Session::commit", |visit| format!("/commit/{}", visit.owner)).await;
}

#[actix_web::test]
async fn a_transaction_that_nobody_takes_is_not_left_open() {
    in_each_way(
        "Session::begin_transaction PostgresStore::begin_transaction CachedStore::begin_transaction",
        |_| "/transaction".into(),
    )
    .await;
}

#[actix_web::test]
async fn a_list_of_devices_disturbs_nobody() {
    in_each_way("Devices::list Devices::list_at_most", |_| "/list".into()).await;
}

#[actix_web::test]
async fn a_device_is_ended_or_is_not() {
    in_each_way("Devices::end", |visit| format!("/end/{}", visit.elsewhere)).await;
}

/// Those end first; this session gets its new id with the reply.
#[actix_web::test]
async fn whoever_ends_the_others_stays_signed_in_under_one_id() {
    for way in [(Way::Alone, 1), (Way::Batched, 1), (Way::Cached, 1)] {
        let site = Site::new(way).await;
        let operation = |visit: Visit| replied(visit.here.get("/end-others"));
        let is_between = |seen: &str| seen.lines().count() == 1 && seen.starts_with("here {");
        dropped_in_steps("Devices::end_others", &site, operation, is_between).await;
    }
}

#[actix_web::test]
async fn whoever_ends_them_all_is_signed_out_last() {
    for way in [(Way::Alone, 1), (Way::Batched, 1), (Way::Cached, 1)] {
        let site = Site::new(way).await;
        let operation = |visit: Visit| replied(visit.here.get("/end-all"));
        let is_between = |seen: &str| seen.lines().count() == 1 && seen.starts_with("here {");
        dropped_in_steps("Devices::end_all", &site, operation, is_between).await;
    }
}

#[actix_web::test]
async fn what_comes_after_a_save_is_another_save() {
    for way in [(Way::Alone, 1), (Way::Batched, 1), (Way::Cached, 1)] {
        let site = Site::new(way).await;
        let operation = |visit: Visit| replied(visit.here.get("/save-and-go-on"));
        let is_between = |seen: &str| seen.contains(r#"here {"a": 1, "b": 2}"#);
        dropped_in_steps("two saves", &site, operation, is_between).await;
    }
}

async fn replied(reply: impl Future<Output = Reply>) -> Result<(), Infallible> {
    reply.await.assert_status(200);
    Ok(())
}

/// Without a request, each call is dropped by itself.
async fn detached_in_each_way(name: &str, operation: impl AsyncFn(Detached) -> Result<(), SessionError>) {
    for way in [(Way::Alone, 1), (Way::Batched, 1), (Way::Cached, 1)] {
        let site = Detaching(Site::new(way).await);
        dropped_everywhere(name, &site, |visit: Visit| operation(visit.detached)).await;
    }
}

/// As [`Site`], but what nobody waits for any more does not begin.
struct Detaching(Site);

impl Stage for Detaching {
    type Scene = Visit;

    fn ground(&self) -> &Ground {
        self.0.ground()
    }

    async fn scene(&self) -> Visit {
        self.0.scene().await
    }

    async fn seen(&self, visit: &Visit) -> String {
        self.0.seen(visit).await
    }

    async fn goes_on(&self, visit: &Visit) {
        self.0.goes_on(visit).await;
    }
}

#[actix_web::test]
async fn a_detached_handle_writes_whole_or_not_at_all() {
    detached_in_each_way("Detached::load", async |session| session.load().await.map(drop)).await;
    detached_in_each_way("Detached::insert", async |session| session.insert("b", 2).await.map(drop)).await;
    detached_in_each_way("Detached::remove", async |session| session.remove("a").await.map(drop)).await;
    detached_in_each_way("Detached::touch", async |session| session.touch().await.map(drop)).await;
    detached_in_each_way("Detached::destroy", async |session| session.destroy().await).await;
}

#[actix_web::test]
async fn a_detached_handle_computes_once_or_not_at_all() {
    let step = |n: u32| n + 1;
    detached_in_each_way("Detached::update_or", async |session| {
        session.update_or("n", 0, step).await.map(drop)
    })
    .await;
}
