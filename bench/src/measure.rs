//! One contender, for some seconds.

use std::error::Error;

use crate::contenders::{Contender, Home};
use crate::cpu::Used;
use crate::load::Sender;
use crate::options::Options;
use crate::outcome::Sample;
use crate::peers::Peers;
use crate::process::Process;
use crate::redis::Redis;
use crate::stage::Stage;
use crate::visit;
use crate::workload::{Case, Workload};

/// Seconds of load before what is measured: connections open, statements prepared, code compiled.
const WARM: u32 = 1;

/// Those who may sign in within a second. Each does so once; when all have, others read instead.
const SIGN_INS: u32 = 1500;

/// How many sessions are looked at to see whether changes have arrived.
const LOOKED_AT: usize = 1000;

/// How many sessions there have to be for load of so many seconds.
pub(crate) fn sessions(options: &Options) -> u32 {
    let seconds = options.cases.iter().map(|case| case.seconds).max().unwrap_or(0);
    options.sessions + SIGN_INS * (WARM + seconds)
}

/// What stays the same from one to the next.
pub(crate) struct Setting<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) peers: &'a Peers,
    /// Sessions that are visited, and that there are.
    pub(crate) visited: u32,
    pub(crate) all: u32,
}

impl Setting<'_> {
    /// Measures it on that database. `cookies` are those of its sessions, if they are there already.
    pub(crate) async fn measure(
        &self,
        contender: Contender,
        case: Case,
        database: &str,
        cookies: &[String],
    ) -> Result<Sample, Box<dyn Error>> {
        let stage = self.stage;
        let before = stage.work(database).await?;
        let process = self.start(contender, database, None)?;
        let made = match contender.home {
            Home::Redis | Home::Memory => visit::create(process.port, usize::try_from(self.all)?)?,
            _ => Vec::new(),
        };
        let cookies = if made.is_empty() { cookies } else { &made };
        let mut requests = 0.0;
        if contender.is_cached {
            requests += visit::show(process.port, "read", cookies)?.len() as f64;
        }
        let sender = Sender::new(cookies, self.visited)?;
        let warm = sender.send(process.port, case, WARM, 0..WARM * SIGN_INS)?;

        let wal = stage.work(database).await?.wal;
        let used = Used::now();
        let sign_ins = WARM * SIGN_INS..(WARM + case.seconds) * SIGN_INS;
        let load = sender.send(process.port, case, case.seconds, sign_ins)?;
        let used_then = Used::now();
        let wal = stage.work(database).await?.wal - wal;

        let changes = warm.requests + load.requests;
        requests += changes as f64;
        let looked_at = cookies.get(..LOOKED_AT).unwrap_or(cookies);
        let (pid, redis) = (process.pid(), process.redis());
        let database_pid = redis.map_or_else(|| stage.pid(), Ok)?;
        let sample = |transactions: f64| {
            let each = |total: f64| total / load.requests as f64;
            let microseconds = |pid| each((used_then.below(pid) - used.below(pid)).max(0.0)) * 1e6;
            let in_postgres = matches!(contender.home, Home::OurTable | Home::OwnTable);
            Sample {
                contender: contender.name.to_owned(),
                workload: case.workload,
                connections: case.connections,
                per_second: load.requests as f64 / load.seconds,
                p50_ms: load.p50_ms,
                p99_ms: load.p99_ms,
                application_us: microseconds(pid),
                database_us: microseconds(database_pid),
                transactions: in_postgres.then_some(transactions / requests),
                wal_bytes: in_postgres.then_some(each(wal)),
            }
        };
        let is_to_arrive = case.workload == Workload::Change && contender.home != Home::Nowhere;
        if is_to_arrive && contender.home == Home::Memory {
            arrived(&process, looked_at, changes)?;
        }
        let redis = process.end();
        stage.until_left(database).await?;
        let sample = sample(stage.work(database).await?.transactions - before.transactions);
        if is_to_arrive && contender.home != Home::Memory {
            // Another process, which can have what it says from nowhere but the database.
            arrived(&self.start(contender, database, redis)?, looked_at, changes)?;
            stage.until_left(database).await?;
        }
        Ok(sample)
    }
}

impl Setting<'_> {
    pub(crate) fn start(
        &self,
        contender: Contender,
        database: &str,
        redis: Option<Redis>,
    ) -> Result<Process, Box<dyn Error>> {
        Process::start(contender, &self.stage.url(database), self.peers, redis)
    }
}

/// Each change stores the next number, so the largest that is stored tells of so many.
fn arrived(process: &Process, cookies: &[String], changes: u64) -> Result<(), Box<dyn Error>> {
    let counts = visit::show(process.port, "count", cookies)?;
    let counts: Vec<u64> = counts.iter().map(|count| count.parse()).collect::<Result<_, _>>()?;
    let largest = counts.into_iter().max().unwrap_or_default();
    // Among the last, some may have been overtaken by others to the same session.
    if (largest as f64) < 0.95 * changes as f64 {
        return Err(format!("{changes} changes were answered, and the largest stored is {largest}").into());
    }
    Ok(())
}
