//! Installing PostgreSQL, and nothing that starts by itself.

use crate::Result;
use crate::command::run;
use crate::packages::{Kind, Manager, Packages};

const POSTGRESQL: Packages = Packages {
    what: "PostgreSQL",
    apt: &["postgresql"],
    dnf: &["postgresql-server", "postgresql"],
    apk: &["postgresql", "postgresql-client"],
    pacman: &["postgresql"],
    brew: &["postgresql@17"],
};

/// Installs the server and its tools.
pub(super) fn install() -> Result<()> {
    let manager = Manager::find(&POSTGRESQL)?;
    let _no_main_cluster = match manager.kind() {
        Kind::Apt => Some(NoMainCluster::ask(&manager)?),
        Kind::Dnf | Kind::Apk | Kind::Pacman | Kind::Brew => None,
    };
    manager.install(&POSTGRESQL)
}

/// Debian creates a cluster called `main` along with the package and starts it
/// for good. Somebody who wanted to see a demo did not ask for that, so while
/// this value lives, a file of ours asks Debian not to.
struct NoMainCluster<'a>(&'a Manager);

impl<'a> NoMainCluster<'a> {
    fn ask(manager: &'a Manager) -> Result<Self> {
        let request = Self(manager);
        request.sh("mkdir -p \"${0%/*}\" && echo 'create_main_cluster = false' > \"$0\"")?;
        Ok(request)
    }

    fn sh(&self, script: &str) -> Result<()> {
        let file = "/etc/postgresql-common/createcluster.d/actix-pg-session.conf";
        run(&mut self.0.command(&["sh", "-c", script, file]))
    }
}

impl Drop for NoMainCluster<'_> {
    fn drop(&mut self) {
        let _ = self.sh("rm -f \"$0\"");
    }
}
