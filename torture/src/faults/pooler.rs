//! What stands between the applications and the servers breaks.

use std::sync::Arc;
use std::time::Duration;

use super::act::{a_while, blocking};
use super::{Fault, Injecting};
use crate::apps::Configuration;
use crate::dice::Dice;
use crate::proxy::End;
use crate::stage::{Pooler, Stage};
use crate::{Error, Result};

/// PgBouncer is killed, with all its connections, and started again on the same port.
#[derive(Debug)]
pub(super) struct Restart;

impl Fault for Restart {
    fn name(&self) -> &'static str {
        "pgbouncer-restart"
    }

    fn suits(&self, configuration: Configuration) -> bool {
        configuration == Configuration::Pooled
    }

    fn inject<'a>(&'a self, stage: &'a Stage, _: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let bouncer = Arc::clone(&pooler(stage)?.bouncer);
            blocking(move || bouncer.restart()).await
        })
    }
}

/// The applications' connections to PgBouncer are reset, some of them again and again. Those of PgBouncer to the server
/// are not, so whatever was going on there goes on without its client.
#[derive(Debug)]
pub(super) struct Reset;

impl Fault for Reset {
    fn name(&self) -> &'static str {
        "pgbouncer-reset"
    }

    fn suits(&self, configuration: Configuration) -> bool {
        configuration == Configuration::Pooled
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let proxy = &pooler(stage)?.proxy;
            proxy.end_all(End::Reset);
            for _ in 0..20 {
                a_while(dice, Duration::from_millis(20)).await;
                if let Some(one) = dice.one_of(&proxy.connections()) {
                    proxy.end(*one, End::Reset);
                }
            }
            Ok(())
        })
    }
}

fn pooler(stage: &Stage) -> Result<&Pooler> {
    stage.pooler.as_ref().ok_or_else(|| Error::new("there is no PgBouncer here"))
}
