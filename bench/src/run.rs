//! The rounds, and the table that comes of them.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use sqlx::PgPool;
use xtask::postgres::Cluster;

use crate::contender::ALL;
use crate::load::{self, Load};
use crate::{cpu, sessions};

const PAGES: [&str; 2] = ["read", "change"];

/// What the person asked for.
struct Wanted {
    rounds: u32,
    seconds: u32,
    connections: u32,
    sessions: u32,
}

impl Wanted {
    fn read(words: &[&str]) -> Result<Self, Box<dyn Error>> {
        let mut wanted = Self { rounds: 5, seconds: 5, connections: 128, sessions: 10_000 };
        for pair in words.chunks(2) {
            let value =
                || pair.get(1).ok_or("a number is missing")?.parse::<u32>().map_err(Box::<dyn Error>::from);
            match pair[0] {
                "--rounds" => wanted.rounds = value()?,
                "--seconds" => wanted.seconds = value()?,
                "--connections" => wanted.connections = value()?,
                "--sessions" => wanted.sessions = value()?,
                other => {
                    return Err(format!(
                        "{other:?} is none of --rounds, --seconds, --connections, --sessions"
                    )
                    .into());
                }
            }
        }
        Ok(wanted)
    }
}

/// One contender's round.
#[derive(Clone, Copy, Debug)]
struct Sample {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    /// Microseconds of processor time per request: of the application, and of the database.
    application: f64,
    database: f64,
    transactions: f64,
    wal: f64,
}

pub(crate) fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    let wanted = Wanted::read(words)?;
    let cluster = Cluster::ephemeral()?;
    let url = cluster.url("postgres");
    actix_web::rt::System::new().block_on(async {
        println!("making {} sessions", wanted.sessions);
        let cookies = sessions::make(&url, wanted.sessions).await?;
        let script = std::env::temp_dir().join(format!("actix-pg-session-bench-{}.lua", std::process::id()));
        std::fs::write(&script, load::script(&cookies))?;
        let outside = PgPool::connect(&url).await?;
        let outcome = rounds(&wanted, &url, &script, &outside).await;
        std::fs::remove_file(&script)?;
        print(&outcome?);
        Ok(())
    })
}

type Samples = BTreeMap<(usize, usize), Vec<Sample>>;

async fn rounds(
    wanted: &Wanted,
    url: &str,
    script: &std::path::Path,
    outside: &PgPool,
) -> Result<Samples, Box<dyn Error>> {
    let mut samples = Samples::new();
    for round in 0..wanted.rounds {
        for (page, path) in PAGES.into_iter().enumerate() {
            for (place, (name, _)) in ALL.into_iter().enumerate() {
                let contender = Process::start(name, url)?;
                let address = format!("http://127.0.0.1:{}/{path}", contender.port);
                // Warm: connections open, statements prepared.
                load::send(&address, script, wanted.connections, 1)?;
                let before = Counted::now(contender.child.id(), outside).await?;
                let load = load::send(&address, script, wanted.connections, wanted.seconds)?;
                let after = Counted::now(contender.child.id(), outside).await?;
                if load.failures > 0 {
                    return Err(format!("{name}, {path}: {} requests failed", load.failures).into());
                }
                let sample = after.since(&before, &load);
                println!(
                    "round {}, {path}, {name}: {:.0} requests/s, {:.0} + {:.0} us",
                    round + 1,
                    sample.per_second,
                    sample.application,
                    sample.database
                );
                samples.entry((page, place)).or_default().push(sample);
            }
        }
    }
    Ok(samples)
}

/// A contender that answers. It ends when this is dropped.
struct Process {
    child: Child,
    port: u16,
}

impl Process {
    fn start(name: &str, url: &str) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", name])
            .env("DATABASE_URL", url)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let port = line.trim_end().strip_prefix("listening ").and_then(|port| port.parse().ok());
        let mut process = Self { child, port: 0 };
        process.port = port.ok_or_else(|| format!("{name} did not start"))?;
        Ok(process)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What has been used up so far.
struct Counted {
    application: f64,
    database: f64,
    transactions: f64,
    wal: f64,
}

impl Counted {
    async fn now(pid: u32, outside: &PgPool) -> Result<Self, Box<dyn Error>> {
        // Its counts are behind by up to a second.
        sqlx::query("select pg_stat_force_next_flush()").execute(outside).await?;
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        let pids: Vec<i32> = sqlx::query_scalar("select pid from pg_stat_activity where pid is not null")
            .fetch_all(outside)
            .await?;
        let pids: Vec<u32> = pids.into_iter().filter_map(|pid| u32::try_from(pid).ok()).collect();
        let (transactions, wal): (f64, f64) = sqlx::query_as(
            "select xact_commit::float8, (pg_current_wal_lsn() - '0/0')::float8
            from pg_stat_database where datname = current_database()",
        )
        .fetch_one(outside)
        .await?;
        Ok(Self { application: cpu::used(&[pid]), database: cpu::used(&pids), transactions, wal })
    }

    fn since(&self, before: &Self, load: &Load) -> Sample {
        let requests = load.requests as f64;
        let each = |after: f64, before: f64| (after - before) / requests;
        Sample {
            per_second: requests / load.seconds,
            p50_ms: load.p50_ms,
            p99_ms: load.p99_ms,
            application: each(self.application, before.application) * 1e6,
            database: each(self.database, before.database) * 1e6,
            transactions: each(self.transactions, before.transactions),
            wal: each(self.wal, before.wal),
        }
    }
}

fn print(samples: &Samples) {
    for (page, path) in PAGES.into_iter().enumerate() {
        println!("\n## {path}\n");
        println!(
            "| | requests/s | of the floor | p50 ms | p99 ms | CPU us: application + database | of the floor | transactions | WAL bytes | spread |"
        );
        println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        let of = |place: usize, what: fn(&Sample) -> f64| median(&samples[&(page, place)], what);
        let cpu = |sample: &Sample| sample.application + sample.database;
        let floor = ALL.iter().position(|(name, _)| *name == "floor").unwrap_or_default();
        for (place, (_, title)) in ALL.into_iter().enumerate() {
            let rates: Vec<f64> = samples[&(page, place)].iter().map(|sample| sample.per_second).collect();
            let (least, most) = rates.iter().fold((f64::MAX, 0.0_f64), |(a, b), x| (a.min(*x), b.max(*x)));
            println!(
                "| {title} | {:.0} | {:.2} | {:.2} | {:.2} | {:.0} + {:.0} | {:.2} | {:.3} | {:.0} | {:.0}–{:.0} |",
                of(place, |s| s.per_second),
                of(place, |s| s.per_second) / of(floor, |s| s.per_second),
                of(place, |s| s.p50_ms),
                of(place, |s| s.p99_ms),
                of(place, |s| s.application),
                of(place, |s| s.database),
                of(place, cpu) / of(floor, cpu),
                of(place, |s| s.transactions),
                of(place, |s| s.wal),
                least,
                most,
            );
        }
    }
}

fn median(samples: &[Sample], what: fn(&Sample) -> f64) -> f64 {
    let mut values: Vec<f64> = samples.iter().map(what).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
