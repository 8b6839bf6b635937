//! Somebody changes the table while it is in use.

use std::time::Duration;

use super::act::{a_while, psql};
use super::{Fault, Injecting};
use crate::dice::Dice;
use crate::stage::Stage;

/// A column more, an index, another default, the table written anew, and all back again. None of it is a column of
/// ours.
#[derive(Debug)]
pub(super) struct Ddl;

const CHANGES: [&str; 9] = [
    "alter table sessions add column if not exists torture int",
    "alter table sessions alter column torture set default 7",
    "create index if not exists sessions_torture on sessions (torture)",
    "alter table sessions alter column torture type text",
    "vacuum full sessions",
    "reindex table sessions",
    "analyze sessions",
    "drop index sessions_torture",
    "alter table sessions drop column torture",
];

impl Fault for Ddl {
    fn name(&self) -> &'static str {
        "ddl"
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            for change in CHANGES {
                psql(stage, change).await?;
                a_while(dice, Duration::from_millis(40)).await;
            }
            Ok(())
        })
    }
}
