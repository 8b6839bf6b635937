//! A server that follows another, and takes its place.

use super::cluster::Cluster;
use super::home::{Auth, Home, SUPERUSER};
use super::server_user::ServerUser;
use crate::Result;
use crate::command::output;

impl Cluster {
    /// A copy of this cluster in a directory of its own, running, that follows it: what is committed here appears
    /// there a moment later, and it takes no writes until it is [promoted](Self::promote). It has the same password,
    /// and is deleted when it is dropped.
    pub fn standby(&self) -> Result<Self> {
        let home = Home::temporary(ServerUser::find()?)?;
        home.write("pgpass", &format!("*:*:*:{SUPERUSER}:{}\n", self.password()))?;
        let mut copy = self.programs().command("pg_basebackup");
        copy.current_dir(home.directory());
        copy.args(["--no-sync", "--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf"]);
        copy.arg("--pgdata").arg(home.data());
        // With the password, which is kept in the copy: the server's user does not read our file of it.
        copy.arg("--dbname").arg(self.url("postgres"));
        home.user().runs(&mut copy);
        output(&mut copy)?;
        self.another(home).opened(Auth::Password)
    }

    /// Has a standby take writes from now on. Returns when it does.
    pub fn promote(&self) -> Result<()> {
        self.psql("postgres", "select pg_promote()").map(drop)
    }
}
