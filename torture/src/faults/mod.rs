//! What goes wrong, on purpose.

mod first;

use std::future::Future;
use std::pin::Pin;

use xtask::postgres::Mode;

use crate::Result;
use crate::dice::Dice;
use crate::stage::Stage;

/// What [`Fault::inject`] returns.
pub type Injecting<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// Something that goes wrong.
pub trait Fault: Send + Sync {
    /// What it is called in the report, and in `--faults`.
    fn name(&self) -> &'static str;

    /// Goes wrong once, under load, and heals what it broke before it returns. How long the applications then need to
    /// answer again is measured by whoever called.
    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a>;
}

/// Every fault there is.
pub fn all() -> Vec<Box<dyn Fault>> {
    vec![
        Box::new(first::KillApplication),
        Box::new(first::KillBackend),
        Box::new(first::Restart(Mode::Fast)),
        Box::new(first::Restart(Mode::Immediate)),
    ]
}
