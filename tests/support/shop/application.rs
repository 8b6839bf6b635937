//! An application as a process, which does not outlive the test.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

use xtask::watcher::Watcher;
use xtask::{command, node};

use crate::support::gate::until;

/// An application that serves.
pub(crate) struct Application {
    process: Child,
    /// For the case that the test is killed.
    watcher: Option<Watcher>,
    /// Kept, or the application would die of its next word.
    output: BufReader<ChildStdout>,
}

impl Application {
    /// Starts it on a port that is free, and waits until it serves: there.
    pub(crate) fn start(command: &mut Command) -> (Self, SocketAddr) {
        // The zone is to come from the server, and not from whoever runs the test.
        let command = command.env_remove("PGTZ").env_remove("PGOPTIONS").env("PORT", "0");
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the application starts");
        let output = BufReader::new(process.stdout.take().expect("its output is piped"));
        let mut application = Self { process, watcher: None, output };
        let address = application.address();
        (application, address)
    }

    /// Asks it to stop, and waits until it has, in good order.
    pub(crate) async fn stop(mut self) {
        assert!(command::signal("TERM", self.process.id()), "the application is still there");
        let mut ended = None;
        until("the application stops", async || {
            ended = self.process.try_wait().expect("it can be waited for");
            ended.is_some()
        })
        .await;
        assert!(ended.is_some_and(|status| status.success()), "the application fails: {ended:?}");
    }

    fn address(&mut self) -> SocketAddr {
        let pid = self.process.id().to_string();
        let watcher = Watcher::start("kill -s KILL \"$1\"", &[OsStr::new(&pid)]);
        self.watcher = Some(watcher.expect("somebody watches over the application"));
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the application's output can be read");
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.and_then(|address| address.parse().ok());
        address.unwrap_or_else(|| panic!("the application does not serve, it says {line:?}"))
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(watcher) = self.watcher.take() {
            watcher.dismiss();
        }
    }
}

/// The Express half.
pub(crate) fn express() -> Command {
    node::modules().expect("Express is here, or npm gets it");
    let mut command = Command::new(node::program().expect("Node.js is here, or is installed"));
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/express/node.js"));
    command
}

/// The actix half. `./dev test` has built it, and then cargo finds nothing to do; whoever tests
/// something else than everything gets it as it is now.
pub(crate) fn actix() -> Command {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
        // target/debug/deps/<this test>-1234
        let this = std::env::current_exe().expect("this test has a path");
        let profile = this.ancestors().nth(2).expect("it lies in the directory of its profile");
        let target = profile.parent().expect("which is in the target directory");
        let mut build = Command::new(env!("CARGO"));
        build.current_dir(env!("CARGO_MANIFEST_DIR"));
        build
            .args(["build", "--quiet", "--all-features", "--example", "express", "--target-dir"])
            .arg(target);
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo runs").success(), "the actix half does not build");
        profile.join("examples/express")
    });
    Command::new(&*PROGRAM)
}
