//! All rounds, one after the other.

use std::path::PathBuf;
use std::sync::Arc;

use xtask::postgres::Cluster;

use crate::apps::{Setup, Times, panics};
use crate::check::{Rules, check};
use crate::dice::Dice;
use crate::drive::{self, Load};
use crate::faults::{self, Fault};
use crate::options::Options;
use crate::report::{self, Totals};
use crate::stage::Stage;
use crate::ticker::tick;
use crate::{Error, OrSay as _, Result};

/// Browsers.
const PLACES: usize = 14;

/// Plays what was asked for, with applications of this program; what it all came to.
///
/// # Errors
///
/// When a server or an application does not start.
pub async fn play(options: &Options, program: PathBuf, times: Times) -> Result<Totals> {
    let all = faults::all();
    let faults = chosen(&all, options.faults.as_deref())?;
    let cluster = tokio::task::spawn_blocking(Cluster::ephemeral);
    let cluster = Arc::new(cluster.await.map_err(|error| Error::new(error.to_string()))??);
    let mut totals = Totals::default();
    let ticker = tokio::spawn(tick("the driver".to_owned()));
    for (round, (configuration, lasting)) in options.rounds().into_iter().enumerate() {
        // The first is the one that was asked for, so that a round can be repeated by its own seed.
        let seed = match round {
            0 => options.seed,
            later => Dice::of(options.seed, later as u64).number() >> 16,
        };
        let setup = Setup {
            program: program.clone(),
            configuration,
            processes: options.processes,
            times,
            sabotage: options.sabotage,
        };
        let stage = Stage::open(Arc::clone(&cluster), &format!("round_{round}"), &setup).await?;
        let faults: Vec<&dyn Fault> =
            faults.iter().copied().filter(|fault| fault.suits(configuration)).collect();
        let load = Load { clients: options.clients, places: PLACES, lasting, at_least: options.at_least };
        let before = panics();
        let (history, recoveries, mut failures) = drive::play(&stage, load, &faults, seed).await;
        if panics() > before {
            failures.push(format!("applications panicked {} times", panics() - before));
        }
        let findings = check(&history, Rules::of(configuration, times));
        println!(
            "{} for {:.0} s, seed {seed}: {} operations, {} faults, {} violations",
            configuration.name(),
            lasting.as_secs_f64(),
            history.events.len(),
            history.faults.len(),
            findings.violations.len()
        );
        if !findings.violations.is_empty() {
            print!("{}", report::violations(&history, &findings));
            let whole = std::env::temp_dir().join(format!("torture-{seed}.txt"));
            std::fs::write(&whole, report::whole(&history)).or_say(|| whole.display().to_string())?;
            println!("all that happened: {}", whole.display());
            println!("to repeat: {}", options.command(configuration, seed, lasting));
        }
        totals.add(&history, &findings, &recoveries, &failures);
    }
    ticker.abort();
    Ok(totals)
}

fn chosen<'a>(all: &'a [Box<dyn Fault>], names: Option<&[String]>) -> Result<Vec<&'a dyn Fault>> {
    let Some(names) = names else { return Ok(all.iter().map(|fault| &**fault).collect()) };
    let find = |name: &String| {
        let found = all.iter().find(|fault| fault.name() == name).map(|fault| &**fault);
        let known = || all.iter().map(|fault| fault.name()).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| Error::new(format!("there is no fault {name:?}; there are {}", known())))
    };
    names.iter().map(find).collect()
}
