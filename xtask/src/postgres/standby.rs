//! A server that follows another, and takes its place.

use super::cluster::Cluster;
use super::home::{Auth, Home, SUPERUSER};
use super::launch::Mode;
use super::server_user::ServerUser;
use crate::command::output;
use crate::{OrSay, Result};

impl Cluster {
    /// A copy of this cluster in a directory of its own, running, that follows it: what is committed here appears
    /// there a moment later, and it takes no writes until it is [promoted](Self::promote). It has the same password,
    /// and is deleted when it is dropped.
    pub fn standby(&self) -> Result<Self> {
        let home = Home::temporary(ServerUser::find()?)?;
        home.write("pgpass", &format!("*:*:*:{SUPERUSER}:{}\n", self.password()))?;
        let standby = self.another(home);
        self.copy_to(standby.home())?;
        standby.opened(Auth::Password)
    }

    /// Becomes a standby of `leader`, which was once a standby of this one: what only this one has is lost.
    pub fn follow(&self, leader: &Self) -> Result<()> {
        self.stop(Mode::Fast)?;
        let data = self.home().data();
        std::fs::remove_dir_all(&data).or_say(|| format!("cannot delete {}", data.display()))?;
        leader.copy_to(self.home())?;
        self.start()
    }

    /// Has a standby take writes from now on. Returns when it does.
    pub fn promote(&self) -> Result<()> {
        self.psql("postgres", "select pg_promote()").map(drop)
    }

    fn copy_to(&self, home: &Home) -> Result<()> {
        let mut copy = self.programs().command("pg_basebackup");
        copy.current_dir(home.directory());
        copy.args(["--no-sync", "--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf"]);
        copy.arg("--pgdata").arg(home.data());
        // With the password, which is kept in the copy: the server's user does not read our file of it.
        copy.arg("--dbname").arg(self.url("postgres"));
        home.user().runs(&mut copy);
        output(&mut copy).map(drop)
    }
}
