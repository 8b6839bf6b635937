//! The simplest ones: somebody is killed, and comes back.

use std::sync::Arc;

use xtask::postgres::Mode;

use super::{Fault, Injecting};
use crate::dice::Dice;
use crate::stage::Stage;
use crate::{Error, Result};

/// kill -9 of an application, which is then started again.
#[derive(Debug)]
pub struct KillApplication;

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
pub struct KillBackend;

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
            let (cluster, database) = (Arc::clone(&stage.cluster), stage.database.clone());
            blocking(move || cluster.psql(&database, sql).map(|_| ())).await
        })
    }
}

/// PostgreSQL is stopped and started again.
#[derive(Debug)]
pub struct Restart(pub Mode);

impl Fault for Restart {
    fn name(&self) -> &'static str {
        match self.0 {
            Mode::Immediate => "restart-immediate",
            Mode::Fast | Mode::Smart => "restart-fast",
        }
    }

    fn inject<'a>(&'a self, stage: &'a Stage, _: &'a mut Dice) -> Injecting<'a> {
        let (cluster, mode) = (Arc::clone(&stage.cluster), self.0);
        Box::pin(blocking(move || cluster.restart(mode)))
    }
}

/// Carries out what blocks, where it does not hold others up.
async fn blocking(work: impl FnOnce() -> Result<()> + Send + 'static) -> Result<()> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::new(error.to_string()))?
}
