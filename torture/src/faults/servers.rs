//! The server is down, stands still, or gives its place to another.

use std::sync::Arc;
use std::time::Duration;

use xtask::postgres::{Cluster, Mode};

use super::act::{Frozen, a_while, blocking, psql, psql_at};
use super::{Fault, Injecting};
use crate::dice::Dice;
use crate::stage::{Stage, resident};
use crate::{Error, Result};

/// The server is down for five seconds. The applications must not hoard what they are asked meanwhile.
#[derive(Debug)]
pub(super) struct Outage;

/// What an application may have more of after an outage, in KiB: caches fill, and allocators keep some.
const GROWTH: u64 = 64 * 1024;

impl Fault for Outage {
    fn name(&self) -> &'static str {
        "outage"
    }

    fn inject<'a>(&'a self, stage: &'a Stage, _: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let before = memory(stage).await;
            let cluster = stage.primary();
            blocking(move || cluster.stop(Mode::Fast)).await?;
            tokio::time::sleep(Duration::from_secs(5)).await;
            let after = memory(stage).await;
            let cluster = stage.primary();
            blocking(move || cluster.start()).await?;
            match before.into_iter().zip(after).find(|(before, after)| *after > before + GROWTH) {
                None => Ok(()),
                Some((before, after)) => {
                    Err(Error::new(format!("an application grew from {before} to {after} KiB")))
                }
            }
        })
    }
}

async fn memory(stage: &Stage) -> Vec<u64> {
    let mut all = Vec::new();
    for which in 0..stage.apps.len() {
        all.push(stage.apps.pid(which).await.and_then(resident).unwrap_or_default());
    }
    all
}

/// One of the server's processes stands still, or all of them.
#[derive(Debug)]
pub(super) enum Freeze {
    /// One that works for an application, with whatever it holds.
    Backend,
    /// All.
    Server,
}

impl Fault for Freeze {
    fn name(&self) -> &'static str {
        match self {
            Self::Backend => "backend-frozen",
            Self::Server => "server-frozen",
        }
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let which = match self {
                Self::Backend => "where application_name = 'torture' order by state <> 'active' limit 1",
                Self::Server => "where pid <> pg_backend_pid()",
            };
            let pids = psql(stage, format!("select pid from pg_stat_activity {which}")).await?;
            let mut pids: Vec<u32> = pids.lines().filter_map(|pid| pid.parse().ok()).collect();
            if let Self::Server = self {
                pids.extend(stage.primary().pid());
            }
            let _frozen = Frozen::stop(pids);
            a_while(dice, Duration::from_millis(1200)).await;
            Ok(())
        })
    }
}

/// The server takes no writes for a moment.
#[derive(Debug)]
pub(super) struct ReadOnly;

impl Fault for ReadOnly {
    fn name(&self) -> &'static str {
        "read-only"
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            read_only(&stage.primary(), true).await?;
            a_while(dice, Duration::from_millis(700)).await;
            read_only(&stage.primary(), false).await
        })
    }
}

async fn read_only(cluster: &Arc<Cluster>, yes: bool) -> Result<()> {
    let sql = match yes {
        true => "alter system set default_transaction_read_only = on",
        false => "alter system reset default_transaction_read_only",
    };
    psql_at(cluster, "postgres", sql).await?;
    psql_at(cluster, "postgres", "select pg_reload_conf()").await.map(drop)
}

/// A standby takes the server's place, and some time later the server takes it back. Each time the one that is left
/// takes no more writes for a moment, and then is gone.
#[derive(Debug)]
pub(super) struct Failover;

impl Fault for Failover {
    fn name(&self) -> &'static str {
        "failover"
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let old = stage.primary();
            let standby = {
                let old = Arc::clone(&old);
                Arc::new(blocking(move || old.standby()).await?)
            };
            hand_over(stage, &old, &standby, dice).await?;
            a_while(dice, Duration::from_millis(500)).await;
            let (left, leading) = (Arc::clone(&old), Arc::clone(&standby));
            blocking(move || left.follow(&leading)).await?;
            hand_over(stage, &standby, &old, dice).await
        })
    }
}

async fn hand_over(stage: &Stage, from: &Arc<Cluster>, to: &Arc<Cluster>, dice: &mut Dice) -> Result<()> {
    read_only(from, true).await?;
    a_while(dice, Duration::from_millis(300)).await;
    // It sends the standby all that it has before it is gone. It must be gone before the other takes writes: who
    // still read from it would read what was.
    let (last, next) = (Arc::clone(from), Arc::clone(to));
    blocking(move || last.stop(Mode::Fast)).await?;
    blocking(move || next.promote()).await?;
    stage.lead_to(to);
    Ok(())
}
