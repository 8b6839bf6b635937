//! A driver's process.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::JoinHandle;

use xtask::watcher::Watcher;

use super::options::Options;

/// What is run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Program {
    /// The real express-session.
    Express,
    /// It, with something about it changed; see `mutants.js`.
    Mutant(&'static str),
    /// This crate: `examples/express_driver.rs`, with touches as connect-pg-simple does them.
    Crate,
    /// This crate as it is by itself.
    CrateInStep,
}

/// A driver that answers. It ends when it is dropped, or when this process ends in any other way.
#[derive(Debug)]
pub(crate) struct Driver {
    pub(crate) address: SocketAddr,
    process: Process,
}

/// A driver that is on its way. Starting takes a while, so two may start at once.
#[derive(Debug)]
pub(crate) struct Starting(Process);

#[derive(Debug)]
struct Process {
    child: Child,
    watcher: Option<Watcher>,
    complaints: Option<JoinHandle<String>>,
}

impl Starting {
    pub(crate) fn new(program: Program, options: &Options, database: Option<&str>) -> Self {
        let mut command = program.command();
        let options = serde_json::to_string(options).expect("options are JSON");
        command.env("PORT", "0").env("OPTIONS", options);
        match database {
            Some(url) => command.env("DATABASE_URL", url),
            None => command.env_remove("DATABASE_URL"),
        };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {program:?}: {error}"));
        let pid = child.id().to_string();
        let watcher = Watcher::start("kill -s KILL \"$1\"", &[OsStr::new(&pid)]).expect("a watcher starts");
        let mut stderr = child.stderr.take().expect("it is piped");
        let complaints = std::thread::spawn(move || {
            let mut said = Vec::new();
            let _ = stderr.read_to_end(&mut said);
            String::from_utf8_lossy(&said).into_owned()
        });
        Self(Process { child, watcher: Some(watcher), complaints: Some(complaints) })
    }

    /// Waits until it answers. If it ends instead, the error is what it complained about.
    pub(crate) fn wait(mut self) -> Result<Driver, String> {
        let mut line = String::new();
        let stdout = self.0.child.stdout.as_mut().expect("it is piped");
        let _ = BufReader::new(stdout).read_line(&mut line);
        match line.trim_end().strip_prefix("listening ").and_then(|port| port.parse().ok()) {
            Some(port) => {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                Ok(Driver { address, process: self.0 })
            }
            None => Err(format!("it does not start: {line}{}", self.0.end())),
        }
    }
}

impl Driver {
    /// Ends it. The answer is what it complained about.
    pub(crate) fn end(mut self) -> String {
        self.process.end()
    }
}

impl Process {
    fn end(&mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(watcher) = self.watcher.take() {
            watcher.dismiss();
        }
        let complaints = self.complaints.take().map(JoinHandle::join);
        complaints.and_then(Result::ok).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

impl Program {
    fn command(self) -> Command {
        let mutant = match self {
            Self::Crate => return Command::new(crate_driver()),
            Self::CrateInStep => {
                let mut driver = Command::new(crate_driver());
                driver.env("TOUCH", "row");
                return driver;
            }
            Self::Express => "",
            Self::Mutant(name) => name,
        };
        let mut node = Command::new(xtask::node::program().expect("Node.js is here"));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/express/driver.js");
        node.arg(script).env("NODE_PATH", node_modules()).env("MUTANT", mutant);
        node
    }
}

/// Where the packages are. Asked once: every asking compares them with the lockfile.
pub(crate) fn node_modules() -> &'static Path {
    static MODULES: OnceLock<PathBuf> = OnceLock::new();
    MODULES.get_or_init(|| xtask::node::modules().expect("the packages can be installed"))
}

/// The example `express_driver`. Cargo builds examples for some selections of tests and not for others,
/// so this makes sure that it is there, and that it is the one of now.
fn crate_driver() -> &'static Path {
    static DRIVER: OnceLock<PathBuf> = OnceLock::new();
    DRIVER.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--example", "express_driver", "--all-features"]);
        xtask::command::run(build.current_dir(env!("CARGO_MANIFEST_DIR"))).expect("the driver builds");
        let test = std::env::current_exe().expect("this program has a place");
        let target = test.ancestors().nth(3).expect("target/<profile>/deps/<test>");
        target.join("debug/examples/express_driver")
    })
}
