//! What goes wrong, on purpose.

mod act;
mod apps;
mod disk;
mod first;
mod limits;
mod network;
mod pooler;
mod schema;
mod servers;

use std::future::Future;
use std::pin::Pin;

use xtask::postgres::Mode;

use crate::Result;
use crate::apps::Configuration;
use crate::dice::Dice;
use crate::stage::Stage;

/// What [`Fault::inject`] returns.
pub type Injecting<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// Something that goes wrong.
pub trait Fault: Send + Sync {
    /// What it is called in the report, and in `--faults`.
    fn name(&self) -> &'static str;

    /// Whether there is something that it could break.
    fn suits(&self, _: Configuration) -> bool {
        true
    }

    /// Goes wrong once, under load, and heals what it broke before it returns. How long the applications then need to
    /// answer again is measured by whoever called.
    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a>;
}

/// Every fault there is.
pub fn all() -> Vec<Box<dyn Fault>> {
    let mut all: Vec<Box<dyn Fault>> = vec![
        Box::new(first::KillApplication),
        Box::new(first::KillBackend),
        Box::new(first::Restart(Mode::Fast)),
        Box::new(first::Restart(Mode::Immediate)),
        Box::new(apps::Terminate),
        Box::new(apps::FreezeApplication),
        Box::new(apps::Clock::Ahead),
        Box::new(apps::Clock::Behind),
        Box::new(apps::ClientsHangUp),
        Box::new(servers::Outage),
        Box::new(servers::Freeze::Backend),
        Box::new(servers::Freeze::Server),
        Box::new(servers::ReadOnly),
        Box::new(servers::Failover),
        Box::new(limits::Setting("statement-timeout", "statement_timeout")),
        Box::new(limits::Setting("lock-timeout", "lock_timeout")),
        Box::new(limits::Setting("idle-session-timeout", "idle_session_timeout")),
        Box::new(limits::InTheWay::Rows),
        Box::new(limits::InTheWay::Table),
        Box::new(limits::InTheWay::Backwards),
        Box::new(limits::NoConnectionLeft),
        Box::new(limits::LazyListener),
        Box::new(disk::DiskFull),
        Box::new(schema::Ddl),
        Box::new(pooler::Restart),
        Box::new(pooler::Reset),
    ];
    all.extend(network::ALL.map(|fault| -> Box<dyn Fault> { Box::new(fault) }));
    all
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_fault_has_a_name_of_its_own_and_a_row_in_the_document() {
        let document = include_str!("../../../docs/failures.md");
        let all: Vec<_> = super::all().iter().map(|fault| fault.name()).collect();
        for (place, name) in all.iter().enumerate() {
            assert!(!all[..place].contains(name), "two faults are called {name}");
            assert!(
                document.contains(&format!("`torture: {name}`")),
                "docs/failures.md does not know {name}"
            );
        }
    }
}
