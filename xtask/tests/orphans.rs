//! No server outlives its owner, however that ends.
//!
//! The owner has to be a process of its own to be killed: this test program
//! runs itself again, with the one test that plays the part.

mod support;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use support::{TempDir, eventually, gone};
use xtask::postgres::{Cluster, url_for_tests};
use xtask::{Error, OrSay, Result};

/// Set to the part that the process under test shall play.
const PART: &str = "XTASK_TEST_PART";

#[test]
fn a_killed_owner_leaves_no_server_behind() -> Result<()> {
    let (mut owner, pid, directory) = owner("ephemeral", "")?;
    owner.kill().or_say(|| "cannot kill the owner".to_owned())?;
    let _ = owner.wait();

    assert!(gone(pid), "the server is still there");
    assert!(eventually(|| !directory.exists()), "{} is still there", directory.display());
    Ok(())
}

#[test]
fn a_cluster_in_a_static_ends_with_its_process() -> Result<()> {
    let (mut owner, pid, directory) = owner("static", "")?;
    // It reads to the end of its input, then returns from `main`.
    drop(owner.stdin.take());
    let status = owner.wait().or_say(|| "no status".to_owned())?;

    assert!(status.success());
    assert!(gone(pid), "the server is still there");
    assert!(eventually(|| !directory.exists()));
    Ok(())
}

#[test]
fn the_data_of_a_killed_owner_of_a_persistent_cluster_stay() -> Result<()> {
    let place = TempDir::new()?;
    let path = place.join("demo");
    let (mut owner, pid, directory) = owner("persistent", &path.to_string_lossy())?;
    owner.kill().or_say(|| "cannot kill the owner".to_owned())?;
    let _ = owner.wait();

    // At once, while the old server is still on its way out.
    let next = Cluster::persistent(&directory, 0)?;
    assert!(next.is_ours(), "the old server was taken over");
    assert!(gone(pid), "the old server is still there");
    assert_eq!(next.psql("postgres", "select 1")?, "1");
    assert!(!next.log_tail().contains("recovery in progress"));
    Ok(())
}

/// Not a test by itself: the process that the tests above start and kill.
#[test]
fn the_owner_in_the_tests_above() -> Result<()> {
    let Ok(part) = std::env::var(PART) else {
        return Ok(());
    };
    let cluster = match part.split_once(' ') {
        Some(("ephemeral", _)) => Cluster::ephemeral()?,
        Some(("persistent", directory)) => Cluster::persistent(directory, 0)?,
        _ => {
            let url = url_for_tests()?;
            let query = "select current_setting('data_directory'), \
                         pg_read_file('postmaster.pid', 0, 12)";
            let row = Command::new(xtask::postgres::Programs::find()?.bin("psql"))
                .args(["-X", "-A", "-t", "-d", &url, "-c", query])
                .output()
                .or_say(|| "no psql".to_owned())?;
            let row = String::from_utf8_lossy(&row.stdout).into_owned();
            let (data, file) = row.split_once('|').expect("two columns");
            let pid = file.lines().next().expect("a process id");
            report(pid, data.trim_end_matches("/data"));
            return Ok(());
        }
    };
    let pid = cluster.pid().expect("a running server");
    report(&pid.to_string(), &cluster.directory().to_string_lossy());
    Ok(())
}

/// Tells the test which server this is, then waits to be ended.
fn report(pid: &str, directory: &str) {
    println!("\nserver {pid} {directory}");
    let _ = std::io::stdin().lines().count();
}

/// Starts a process with a cluster; its server's id and directory.
fn owner(part: &str, directory: &str) -> Result<(Child, u32, PathBuf)> {
    let myself = std::env::current_exe().or_say(|| "who am I".to_owned())?;
    let mut owner = Command::new(myself)
        .args(["--exact", "the_owner_in_the_tests_above", "--nocapture"])
        .env(PART, format!("{part} {directory}"))
        .env_remove("DATABASE_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .or_say(|| "cannot start the owner".to_owned())?;
    // Borrowed, for the owner goes on writing to it.
    let output = owner.stdout.as_mut().map(BufReader::new);
    let lines = output.into_iter().flat_map(BufRead::lines);
    let report = lines
        .map_while(std::result::Result::ok)
        .find_map(|line| line.strip_prefix("server ").map(str::to_owned));
    let (pid, directory) = report
        .as_deref()
        .and_then(|report| report.split_once(' '))
        .ok_or_else(|| Error::new("the owner did not report its server"))?;
    let pid = pid.parse().or_say(|| "not a process id".to_owned())?;
    Ok((owner, pid, directory.into()))
}
