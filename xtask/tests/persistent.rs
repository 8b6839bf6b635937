//! What the cluster of the demo promises: its data stay, and two programs
//! share it without getting into each other's way.

mod support;

use support::{TempDir, gone};
use xtask::Result;
use xtask::postgres::{Cluster, Mode};

#[test]
fn data_survives_a_restart_of_a_persistent_cluster() -> Result<()> {
    let directory = TempDir::new()?;
    let first = Cluster::persistent(directory.join("demo"), 0)?;
    let pid = first.pid().expect("a running server");
    first.psql("postgres", "create table t as select 1 as n")?;
    first.restart(Mode::Fast)?;
    assert_eq!(first.psql("postgres", "select n from t")?, "1");
    drop(first);
    assert!(gone(pid), "the server is still there");

    let second = Cluster::persistent(directory.join("demo"), 0)?;
    assert_eq!(second.psql("postgres", "select n from t")?, "1");
    Ok(())
}

#[test]
fn a_running_cluster_is_shared_and_left_to_its_owner() -> Result<()> {
    let directory = TempDir::new()?;
    let owner = Cluster::persistent(directory.join("demo"), 0)?;
    let guest = Cluster::persistent(directory.join("demo"), 0)?;

    assert_eq!(guest.pid(), owner.pid());
    assert_eq!(guest.url("postgres"), owner.url("postgres"));
    assert!(owner.is_ours() && !guest.is_ours());
    assert!(owner.log_tail().contains("ready to accept"), "the owner's log is gone");
    let refusal = guest.stop(Mode::Fast).expect_err("it is not the guest's");
    assert!(refusal.to_string().contains("somebody else"), "{refusal}");

    drop(guest);
    assert_eq!(owner.psql("postgres", "select 1")?, "1");
    Ok(())
}

#[test]
fn a_port_that_is_taken_is_left_alone() -> Result<()> {
    let directory = TempDir::new()?;
    let other = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let taken = other.local_addr().expect("its address").port();

    let cluster = Cluster::persistent(directory.join("demo"), taken)?;
    assert_ne!(cluster.port(), taken);
    assert_eq!(cluster.psql("postgres", "select 1")?, "1");
    Ok(())
}

#[test]
fn a_cluster_that_was_killed_half_way_through_its_creation_begins_anew() -> Result<()> {
    let directory = TempDir::new()?;
    drop(Cluster::persistent(directory.join("demo"), 0)?);
    let (data, half_way) = (directory.join("demo/data"), directory.join("demo/data.new"));
    std::fs::rename(data, half_way).expect("a half-made cluster");

    let cluster = Cluster::persistent(directory.join("demo"), 0)?;
    assert_eq!(cluster.psql("postgres", "select 1")?, "1");
    Ok(())
}

#[test]
fn data_of_another_version_are_refused_with_a_way_out() -> Result<()> {
    let directory = TempDir::new()?;
    drop(Cluster::persistent(directory.join("demo"), 0)?);
    std::fs::write(directory.join("demo/data/PG_VERSION"), "9.6\n").expect("a version");

    let error = Cluster::persistent(directory.join("demo"), 0).expect_err("too old");
    let error = error.to_string();
    assert!(error.contains("belong to PostgreSQL 9.6"), "{error}");
    assert!(error.contains("install PostgreSQL 9.6, or delete"), "{error}");
    Ok(())
}

#[test]
fn only_its_owner_can_read_the_directory() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new()?;
    let cluster = Cluster::persistent(directory.join("demo"), 0)?;
    let mode = |path: std::path::PathBuf| {
        let file = path.metadata().expect("a file");
        file.permissions().mode() & 0o777
    };
    assert_eq!(mode(cluster.directory().to_owned()), 0o700);
    assert_eq!(mode(cluster.directory().join("pgpass")), 0o600);
    Ok(())
}
