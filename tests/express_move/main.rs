//! The last of the three deploys of `docs/express.md`: live sessions move from connect-pg-simple's table
//! to the crate's own, while both applications serve, and nobody notices.
//!
//! `MOVE_SESSIONS` says how many there are, if not a hundred thousand.

mod afterwards;
mod copies;
mod crowd;
mod customer;
#[allow(dead_code)]
#[path = "../express/dice.rs"]
mod dice;
mod import;
mod ledger;
mod planted;
#[path = "../support/shop/mod.rs"]
mod shop;
#[path = "../support/mod.rs"]
mod support;

use std::io::Write as _;
use std::time::Instant;

use tokio::task::LocalSet;

use afterwards::Afterwards;
use copies::Copied;
use customer::Customer;
use import::Importing;
use shop::Shop;
use support::count;

/// +05:45 and without summer time: whoever takes the column for UTC is off by hours.
const ZONE: &str = "Asia/Kathmandu";

/// How many of the planted sessions are visited afterwards.
const SAMPLE: i64 = 2000;

fn sessions() -> u32 {
    let given = std::env::var("MOVE_SESSIONS");
    given.map_or(100_000, |given| given.parse().expect("MOVE_SESSIONS is a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_live_sessions_move_while_two_applications_serve_and_nobody_notices() {
    let mut shop = Shop::open(ZONE).await;
    let pool = shop.pool.clone();
    let planted = planted::plant(&shop, sessions()).await;
    planted::are_as_node_writes_them(&shop).await;
    let import = Importing::on(&pool).await;
    let Copied { took: copied_in, served, customers } = copies::make(&shop, &import, planted).await;
    shop.close().await;

    let due = ledger::due(&shop).await;
    assert!(due.added > 0 && due.changed > 0 && due.ended > 0, "no copy knows it all: {due:?}");
    let begin = Instant::now();
    assert_eq!(import.finish().await, due, "what the move had to do");
    let moved_in = begin.elapsed();
    assert_none("left in the Express table", &ledger::left_behind(&pool).await);
    assert_eq!(count(&pool, "select count(*) from sessions").await as u64, due.found);
    import.is_finished(planted.refused).await;

    let (mut lost, mut revived) = (ledger::lost(&pool).await, ledger::revived(&pool).await);
    let sample = planted::sample(&pool, SAMPLE).await;
    // The crate's `Browser` does not leave its thread.
    let visits = async {
        let shop = Afterwards::open(import.own.clone()).await;
        lost.extend(shop.disappointed(&sample, &customers).await);
        revived.extend(shop.known(customers.iter().flat_map(|customer| &customer.spent)).await);
        // A half of the customers, and a few others, sign out for good.
        let customers = customers.iter().step_by(2).filter_map(Customer::cookie);
        let leaving: Vec<_> =
            sample.iter().take(10).map(|planted| &*planted.cookie).chain(customers).collect();
        for cookie in &leaving {
            shop.sign_out(cookie).await;
        }
        import.is_finished(planted.refused).await;
        revived.extend(shop.known(leaving.iter().copied()).await);
        leaving.len() as u64
    };
    let gone = LocalSet::new().run_until(visits).await;
    assert_none("lost", &lost);
    assert_none("revived", &revived);
    assert_eq!(count(&pool, "select count(*) from sessions").await as u64, due.found - gone);
    let sids = customers.iter().flat_map(Customer::sids);
    assert_eq!(ledger::in_clear(&pool, sids).await, 0, "ids are hashed on the way");

    let line = format!(
        "move: {} sessions, copied in {:.1} s while 2 applications served {} requests, moved in {:.1} s, \
         {} lost, {} revived\n",
        planted.live,
        copied_in.as_secs_f64(),
        grouped(served),
        moved_in.as_secs_f64(),
        lost.len(),
        revived.len(),
    );
    // Past the harness, which would keep it to itself.
    std::io::stdout().write_all(line.as_bytes()).expect("somewhere to print");
}

/// Of a hundred thousand the first few say enough.
#[track_caller]
fn assert_none(what: &str, found: &[String]) {
    let first = &found[..found.len().min(5)];
    assert!(found.is_empty(), "{} {what}; the first of them:\n{}", found.len(), first.join("\n"));
}

/// `1,234`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}
