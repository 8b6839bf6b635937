//! What a cluster promises to those who use it.

mod support;

use support::{TempDir, gone};
use xtask::Result;
use xtask::postgres::{Cluster, Mode};

#[test]
fn a_cluster_starts_answers_and_is_gone_after_drop() -> Result<()> {
    let cluster = Cluster::ephemeral()?;
    let directory = cluster.directory().to_owned();
    let pid = cluster.pid().expect("a running server");

    assert_eq!(cluster.psql("postgres", "select 6 * 7")?, "42");
    drop(cluster);

    assert!(gone(pid), "the server is still there");
    assert!(!directory.exists(), "its directory is still there");
    Ok(())
}

#[test]
fn clusters_live_side_by_side() -> Result<()> {
    let (one, other) = (Cluster::ephemeral()?, Cluster::ephemeral()?);
    one.create_database("notes")?;

    let count = "select count(*) from pg_database where datname = 'notes'";
    assert_ne!(one.port(), other.port());
    assert_eq!(one.psql("postgres", count)?, "1");
    assert_eq!(other.psql("postgres", count)?, "0");
    Ok(())
}

#[test]
fn settings_and_encoding_are_what_was_asked_for() -> Result<()> {
    let cluster = Cluster::ephemeral_with(&[("timezone", "Asia/Kathmandu")])?;
    assert_eq!(cluster.psql("postgres", "show timezone")?, "Asia/Kathmandu");
    assert_eq!(cluster.psql("postgres", "show server_encoding")?, "UTF8");
    Ok(())
}

#[test]
fn a_database_may_have_any_name() -> Result<()> {
    let cluster = Cluster::ephemeral()?;
    for name in ["plain", "Two Words", "quo\"ted", "sla/sh?&#ü"] {
        cluster.create_database(name)?;
        assert_eq!(cluster.psql(name, "select current_database()")?, name);
    }
    Ok(())
}

#[test]
fn an_immediate_restart_comes_back() -> Result<()> {
    let cluster = Cluster::ephemeral()?;
    cluster.psql("postgres", "create table t as select 1 as n")?;
    let (pid, url) = (cluster.pid(), cluster.url("postgres"));

    cluster.restart(Mode::Immediate)?;

    assert_ne!(cluster.pid(), pid);
    assert_eq!(cluster.url("postgres"), url);
    assert_eq!(cluster.psql("postgres", "select n from t")?, "1");
    assert!(
        cluster.log_tail().contains("automatic recovery"),
        "the stop was no crash: {}",
        cluster.log_tail()
    );
    Ok(())
}

#[test]
fn a_stopped_cluster_has_no_process_and_starts_again() -> Result<()> {
    let cluster = Cluster::ephemeral()?;
    for mode in [Mode::Smart, Mode::Fast, Mode::Immediate] {
        let pid = cluster.pid().expect("a running server");
        cluster.stop(mode)?;
        assert!(gone(pid), "{mode:?}");
        assert_eq!(cluster.pid(), None);
        cluster.stop(mode)?;
        cluster.start()?;
        assert_eq!(cluster.psql("postgres", "select 1")?, "1");
    }
    Ok(())
}

#[test]
fn a_setting_that_postgresql_refuses_is_quoted_from_its_log() {
    let error = Cluster::ephemeral_with(&[("shared_buffers", "a lot")])
        .expect_err("no server takes that")
        .to_string();
    assert!(error.contains("ended while it started"), "{error}");
    assert!(error.contains("invalid value"), "{error}");
}

#[test]
fn nobody_gets_in_without_the_password() -> Result<()> {
    let directory = TempDir::new()?;
    for cluster in [Cluster::ephemeral()?, Cluster::persistent(directory.join("demo"), 0)?] {
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres", cluster.port());
        let psql = std::process::Command::new(cluster.bin("psql"))
            .args(["-X", "-w", "-c", "select 1", "-d", &url])
            .env("PGPASSFILE", "/dev/null")
            .output()
            .expect("psql");
        assert!(!psql.status.success(), "{cluster:?}");
        assert!(!format!("{cluster:?}").contains("password"));
    }
    Ok(())
}
