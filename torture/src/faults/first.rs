//! The simplest ones: somebody is killed, and comes back.

use xtask::postgres::Mode;

use super::act::{blocking, psql};
use super::{Fault, Injecting};
use crate::dice::Dice;
use crate::stage::Stage;

/// kill -9 of an application, which is then started again.
#[derive(Debug)]
pub(super) struct KillApplication;

impl Fault for KillApplication {
    fn name(&self) -> &'static str {
        "kill-application"
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let which = dice.below(stage.apps.len());
            stage.apps.kill(which).await?;
            stage.apps.respawn(which, &[], &[]).await
        })
    }
}

/// `pg_terminate_backend` of one of the applications' connections.
#[derive(Debug)]
pub(super) struct KillBackend;

impl Fault for KillBackend {
    fn name(&self) -> &'static str {
        "kill-backend"
    }

    fn inject<'a>(&'a self, stage: &'a Stage, _: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            // Those that do something are the ones that it hurts.
            let sql = "select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'census'
                order by state <> 'active', random() limit 2";
            psql(stage, sql).await.map(drop)
        })
    }
}

/// PostgreSQL is stopped and started again.
#[derive(Debug)]
pub(super) struct Restart(pub(super) Mode);

impl Fault for Restart {
    fn name(&self) -> &'static str {
        match self.0 {
            Mode::Immediate => "restart-immediate",
            Mode::Fast | Mode::Smart => "restart-fast",
        }
    }

    fn inject<'a>(&'a self, stage: &'a Stage, _: &'a mut Dice) -> Injecting<'a> {
        let (cluster, mode) = (stage.primary(), self.0);
        Box::pin(blocking(move || cluster.restart(mode)))
    }
}
