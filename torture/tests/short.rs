//! The short form: a few seconds of each configuration, and proof that the checker bites.

use std::path::PathBuf;
use std::time::Duration;

use torture::apps::{Configuration, Sabotage, Times};
use torture::options::Options;
use torture::report::Totals;

async fn play(options: Options) -> Totals {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_torture"));
    let totals = torture::play(&options, program, Times::short()).await.expect("the play is performed");
    println!("{}", totals.tables());
    totals
}

fn options(seconds: f64, faults: &[&str]) -> Options {
    Options {
        lasting: Duration::from_secs_f64(seconds),
        round: Duration::from_secs(60),
        at_least: 250,
        seed: 6,
        configurations: Configuration::ALL.to_vec(),
        faults: Some(faults.iter().map(|name| (*name).to_owned()).collect()),
        processes: 3,
        clients: 12,
        sabotage: None,
    }
}

/// What clients do, but for what is rare.
const USUAL: [&str; 16] = [
    "create",
    "read",
    "set",
    "set with a line",
    "set detached",
    "remove",
    "set two",
    "count",
    "touch",
    "renew",
    "login",
    "logout",
    "devices",
    "prune",
    "list",
    "census",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_every_configuration_what_was_seen_can_be_true() {
    let totals = play(options(8.0, &[])).await;
    assert!(totals.is_clean());
    for kind in USUAL {
        assert!(totals.acknowledged(kind) > 0, "{kind}");
    }
    assert!(totals.acknowledged("read") > 50 && totals.acknowledged("set") > 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn also_when_processes_and_connections_are_killed() {
    let totals = play(options(8.0, &["kill-application", "kill-backend"])).await;
    assert!(totals.is_clean());
    assert!(totals.injected() >= 5, "one in each configuration");
}

/// A checker that finds nothing has to be seen finding something.
async fn is_noticed(sabotage: Sabotage, configuration: Configuration) {
    let configurations = vec![configuration];
    let totals = play(Options { sabotage: Some(sabotage), configurations, ..options(1.5, &[]) }).await;
    assert!(!totals.is_clean(), "{}", sabotage.name());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_save_that_inserts_is_noticed() {
    is_noticed(Sabotage::Upsert, Configuration::Batched).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cache_that_hears_nothing_is_noticed_even_where_reads_may_be_old() {
    is_noticed(Sabotage::Deaf, Configuration::Cached).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_save_of_the_whole_map_is_noticed() {
    is_noticed(Sabotage::WholeMap, Configuration::Alone).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_without_the_line_that_was_to_go_with_it_is_noticed() {
    is_noticed(Sabotage::NoLine, Configuration::Pooled).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn also_when_pgbouncer_breaks() {
    let configurations = vec![Configuration::Pooled];
    let options = options(4.0, &["pgbouncer-restart", "pgbouncer-reset", "connections-reset"]);
    let totals = play(Options { configurations, ..options }).await;
    assert!(totals.is_clean());
    assert!(totals.injected() > 0);
}
