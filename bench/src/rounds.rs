//! The rounds. Each goes around all contenders, so that what else the machine does meets all alike.

use std::error::Error;

use xtask::say;

use crate::check;
use crate::contenders::Home;
use crate::measure::{self, Setting};
use crate::options::Options;
use crate::outcome::{About, Outcome, Sample};
use crate::peers::Peers;
use crate::stage::Stage;

pub(crate) async fn run(options: &Options) -> Result<Outcome, Box<dyn Error>> {
    let peers = Peers::ready(&options.contenders)?;
    let mut stage = Stage::open(options.is_durable).await?;
    let all = measure::sessions(options);
    say(&format!("making {all} sessions for each contender"));
    let cookies = stage.furnish(&options.contenders, &peers, all).await?;
    checks(options, &peers, &mut stage).await?;

    let (postgres, date) = stage.facts()?;
    let mut outcome = Outcome { about: About::new(options, postgres, date), samples: Vec::new() };
    let mut copy = stage.copy().await?;
    for round in 1..=options.rounds {
        for case in &options.cases {
            // There and back, so that nobody always comes after the same.
            let mut order: Vec<usize> = (0..options.contenders.len()).collect();
            if round % 2 == 0 {
                order.reverse();
            }
            for place in order {
                let contender = options.contenders[place];
                let setting = Setting { stage: &stage, peers: &peers, visited: options.sessions, all };
                let sample = setting.measure(contender, *case, &copy, &cookies[place]).await;
                let sample = sample
                    .map_err(|error| format!("{}, {}: {error}", contender.name, case.workload.name()))?;
                tell(round, &sample);
                outcome.samples.push(sample);
                if contender.leaves_a_trace(case.workload) {
                    stage.remove(&copy).await?;
                    copy = stage.copy().await?;
                }
            }
        }
        // What there is so far can be looked at meanwhile.
        outcome.save()?;
    }
    Ok(outcome)
}

async fn checks(options: &Options, peers: &Peers, stage: &mut Stage) -> Result<(), Box<dyn Error>> {
    let copy = stage.copy().await?;
    for contender in &options.contenders {
        let setting = Setting { stage, peers, visited: 0, all: 0 };
        if contender.home != Home::Nowhere {
            let process = setting.start(*contender, &copy, None)?;
            check::works(process.port).map_err(|error| format!("{}: {error}", contender.name))?;
        }
    }
    stage.remove(&copy).await
}

fn tell(round: u32, sample: &Sample) {
    say(&format!(
        "round {round}, {} at {}, {}: {:.0} requests/s, {:.1} + {:.1} us",
        sample.workload.name(),
        sample.connections,
        sample.contender,
        sample.per_second,
        sample.application_us,
        sample.database_us
    ));
}
