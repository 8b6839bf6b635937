//! A limit for each owner, kept by four processes that let two hundred people in at once.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};

use actix_pg_session::{PostgresStore, SessionMiddleware, WhenFull};
use sqlx::{Connection as _, PgConnection};

use crate::site::{cookie_of, listed, read, visit_with};
use crate::support::gate::until;
use crate::support::http::Browser;
use crate::support::site::Plan;
use crate::support::{self, count, migrated, pool_on};

const PROCESSES: usize = 4;
const SIGN_INS: usize = 50;
const MOST: u32 = 5;

/// By what a process knows that it is one of those, and where the database is.
const URL: &str = "SIGN_IN_AT";

/// Processes wait for this lock, so that all of them begin when the parent lets it go.
const LINE: &str = "select pg_advisory_lock_shared(4711)";

/// Ends with the test, however that ends.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may be over already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// This program again, with nothing but this test.
    fn start(url: &str, test: &str) -> Self {
        let child = Command::new(std::env::current_exe().expect("this program has a place"))
            .args(["--exact", test, "--nocapture"])
            .env(URL, url)
            .stdout(Stdio::piped())
            .spawn();
        Self(child.expect("it starts"))
    }

    /// How many were let in, and how many were refused.
    fn tally(mut self) -> (usize, usize) {
        let mut said = String::new();
        self.0.stdout.take().expect("a pipe").read_to_string(&mut said).expect("it says something");
        let line = said.lines().find_map(|line| line.split_once("tally: ")).expect("a tally").1;
        let (let_in, refused) = line.split_once(' ').expect("two numbers");
        (let_in.parse().expect("a number"), refused.parse().expect("a number"))
    }
}

/// What one of the processes does: lets a crowd sign in on a site of its own, and says how many it has let in.
async fn one_of_them(url: &str, when_full: WhenFull) {
    let site =
        Plan::on(url).sessions(move |sessions| sessions.sessions_per_owner(MOST, when_full)).start().await;
    let mut line = PgConnection::connect(url).await.expect("a connection");
    sqlx::query(LINE).execute(&mut line).await.expect("it is let go");
    let all: Vec<_> = (0..SIGN_INS).map(|_| Browser::new(&site).send("/?login=ann")).collect();
    let (mut let_in, mut refused) = (0, 0);
    for reply in all {
        let reply = reply.await.expect("a reply");
        match (reply.status, &reply.cookie) {
            (200, Some(_)) => let_in += 1,
            (409, None) => refused += 1,
            _ => panic!("neither let in nor refused: {reply:?}"),
        }
    }
    println!("tally: {let_in} {refused}");
}

/// Lets all of them sign in the same owner. Answers how many were let in and refused, and the most that were
/// live at any moment that somebody looked. `None`: this is one of the processes.
async fn crowd(test: &str, when_full: WhenFull) -> Option<(usize, usize, i64)> {
    if let Ok(url) = std::env::var(URL) {
        one_of_them(&url, when_full).await;
        return None;
    }
    let url = migrated().await;
    let pool = pool_on(&url).await;
    let mut line = PgConnection::connect(&url).await.expect("a connection");
    sqlx::query("select pg_advisory_lock(4711)").execute(&mut line).await.expect("nobody else has it");
    let processes: Vec<_> = (0..PROCESSES).map(|_| Process::start(&url, test)).collect();
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'advisory'";
    until("all processes stand in line", async || count(&pool, waiting).await == PROCESSES as i64).await;
    let begun = std::time::Instant::now();
    line.close().await.expect("the line begins to move");
    let mut tallies =
        tokio::task::spawn_blocking(|| processes.into_iter().map(Process::tally).collect::<Vec<_>>());
    let (mut most, mut looks) = (0, 0);
    let tallies = loop {
        most = most.max(count(&pool, LIVE).await);
        looks += 1;
        if let Some(tallies) = futures_util::future::poll_immediate(&mut tallies).await {
            break tallies.expect("the processes end well");
        }
    };
    let let_in = tallies.iter().map(|(let_in, _)| let_in).sum();
    let refused = tallies.iter().map(|(_, refused)| refused).sum();
    println!(
        "{when_full:?}: {PROCESSES} processes, {} sign-ins at once, a limit of {MOST}: {let_in} let in, {refused} refused, \
         at most {most} live in {looks} looks, {} live in the end, after {:?}",
        PROCESSES * SIGN_INS,
        count(&pool, LIVE).await,
        begun.elapsed(),
    );
    assert_eq!(count(&pool, LIVE).await, i64::from(MOST), "so many are live in the end");
    Some((let_in, refused, most))
}

const LIVE: &str = "select count(*) from sessions where owner = 'ann' and expires_at > now()";

#[tokio::test]
async fn of_two_hundred_sign_ins_in_four_processes_the_last_stay_and_never_more_than_may() {
    let test = "limit::of_two_hundred_sign_ins_in_four_processes_the_last_stay_and_never_more_than_may";
    let Some((let_in, refused, most)) = crowd(test, WhenFull::Evict).await else { return };
    assert_eq!((let_in, refused), (PROCESSES * SIGN_INS, 0));
    assert!(most <= i64::from(MOST), "{most} were live at once");
}

#[tokio::test]
async fn of_two_hundred_sign_ins_in_four_processes_as_many_are_let_in_as_there_is_room_for() {
    let test = "limit::of_two_hundred_sign_ins_in_four_processes_as_many_are_let_in_as_there_is_room_for";
    let Some((let_in, refused, most)) = crowd(test, WhenFull::Refuse).await else { return };
    assert_eq!((let_in, refused), (MOST as usize, PROCESSES * SIGN_INS - MOST as usize));
    assert!(most <= i64::from(MOST), "{most} were live at once");
}

#[actix_web::test]
async fn who_signs_in_once_too_often_is_signed_out_where_they_have_not_been_for_longest() {
    let store = support::store().await;
    let (first, _) =
        visit_with(store.clone(), |sessions| sessions.sessions_per_owner(2, WhenFull::Evict)).await;
    let (second, third) = (first.another(), first.another());
    for browser in [&first, &second, &third] {
        assert_eq!(read(browser, "/owner").await, "nobody");
        read(browser, "/login/ann").await;
        support::elapse(store.pool(), std::time::Duration::from_secs(600)).await;
    }
    assert_eq!(read(&first, "/owner").await, "nobody");
    assert_eq!(read(&second, "/owner").await, "ann");
    assert_eq!(listed(&third).await.0.len(), 2);
    // The same again in the same browser takes no second place.
    read(&third, "/login/ann").await;
    assert_eq!(read(&second, "/owner").await, "ann");
}

#[actix_web::test]
async fn a_sign_in_that_is_refused_is_a_conflict_and_leaves_the_visitor_as_they_were() {
    let store = support::store().await;
    let (first, _) =
        visit_with(store.clone(), |sessions| sessions.sessions_per_owner(1, WhenFull::Refuse)).await;
    read(&first, "/login/ann").await;
    let second = first.another();
    read(&second, "/set/cart").await;
    let reply = second.get("/login/ann").await;
    assert_eq!((reply.status.as_u16(), cookie_of(&reply), &*reply.body), (409, None, ""));
    assert_eq!(reply.header("retry-after"), None, "to wait would not help");
    assert_eq!(
        (read(&second, "/owner").await, read(&second, "/values").await),
        ("nobody".into(), "cart".into())
    );

    let reply = second.get("/login-politely/ann").await;
    assert_eq!(reply.assert_status(409).body, "please sign out somewhere else first");
    assert_eq!(cookie_of(&reply), None);
    read(&second, "/login-politely/bob").await;
    read(&first, "/logout").await;
    read(&second, "/login/ann").await;
    assert_eq!(read(&second, "/owner").await, "ann");
}

#[actix_web::test]
async fn a_limit_that_cannot_be_kept_is_refused_at_boot() {
    let built = |sessions: actix_pg_session::SessionMiddlewareBuilder| sessions.build().map(drop);
    let zero = SessionMiddleware::builder(PostgresStore::new(support::pool().await), support::site::SECRET);
    let error = built(zero.sessions_per_owner(0, WhenFull::Evict)).expect_err("nobody could sign in");
    assert!(error.to_string().contains("zero"), "{error}");
}

/// Its table has no column for an owner, and Node would not keep one true.
#[cfg(feature = "express")]
#[actix_web::test]
async fn a_store_that_does_not_know_owners_says_so() {
    let pool = support::pool().await;
    sqlx::raw_sql(support::CONNECT_PG_SIMPLE).execute(&pool).await.expect("a table");
    let store = actix_pg_session::ExpressStore::builder(pool).build().await.expect("the table is one");
    let limited = SessionMiddleware::builder(store.clone(), support::site::SECRET)
        .sessions_per_owner(2, WhenFull::Evict);
    let error = limited.build().map(drop).expect_err("it cannot count").to_string();
    assert!(error.contains("by their owner"), "{error}");

    let (browser, _) = visit_with(store, |sessions| sessions).await;
    read(&browser, "/login/ann").await;
    browser.get("/devices").await.assert_status(500);
    assert_eq!(read(&browser, "/vault").await, "ann", "all else is as ever");
    read(&browser, "/confirm/8").await;
    assert_eq!(read(&browser, "/check/8").await, "true");
}
