//! The Node side: its scripts, its packages, and the table that it expects.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a script of this folder to its end, and answers what it printed. One that finds a difference
/// fails, and the panic says which.
pub(crate) fn run(script: &str, database: Option<&str>, arguments: &[&str]) -> String {
    let program = xtask::node::program().expect("Node.js to test with");
    let mut node = Command::new(program);
    node.arg(folder().join(script)).args(arguments).env("NODE_PATH", modules());
    if let Some(url) = database {
        node.env("DATABASE_URL", url);
    }
    xtask::command::output(&mut node).unwrap_or_else(|error| panic!("{script}: {error}"))
}

/// The statements that make connect-pg-simple's table, as its package has them.
pub(crate) fn table_sql() -> String {
    let file = modules().join("connect-pg-simple/table.sql");
    std::fs::read_to_string(&file).expect("connect-pg-simple comes with its table")
}

/// A file to hand to a script. It goes with its owner, however the test ends.
pub(crate) struct Handout(PathBuf);

impl Handout {
    pub(crate) fn new(name: &str) -> Self {
        Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id())))
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("cargo's directories are named in Unicode")
    }
}

impl Drop for Handout {
    fn drop(&mut self) {
        // A test that failed early may not have written it.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/express_interop")
}

fn modules() -> PathBuf {
    xtask::node::modules().expect("the packages of an Express application")
}
