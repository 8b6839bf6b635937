//! PostgreSQL has no time, no connection or no room left, or somebody is in the way.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};

use super::act::{END_CONNECTIONS, a_while, connection, psql, run};
use super::{Fault, Injecting};
use crate::Result;
use crate::dice::Dice;
use crate::stage::{ROLE, Stage};

/// A setting of the applications' role for connections that begin from now on, and all that there are end.
#[derive(Debug)]
pub(super) struct Setting(pub(super) &'static str, pub(super) &'static str);

impl Fault for Setting {
    fn name(&self) -> &'static str {
        self.0
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let Self(_, name) = self;
            let role = format!("alter role {ROLE} in database {}", stage.database);
            let (mut psql, mut crowd) = (connection(stage).await?, connection(stage).await?);
            run(&mut psql, format!("{role} set {name} = '20ms'")).await?;
            run(&mut psql, END_CONNECTIONS).await?;
            // With somebody in the way, so that there is something to wait for.
            let crowd = InTheWay::Rows.hold(&mut crowd, dice).await;
            run(&mut psql, format!("{role} reset {name}")).await?;
            run(&mut psql, END_CONNECTIONS).await?;
            crowd
        })
    }
}

/// Somebody with psql locks what the applications need.
#[derive(Clone, Copy, Debug)]
pub(super) enum InTheWay {
    /// Every session's row.
    Rows,
    /// The table.
    Table,
    /// Row after row, in the order in which nobody else does.
    Backwards,
}

impl InTheWay {
    async fn hold(self, psql: &mut PgConnection, dice: &mut Dice) -> Result<()> {
        let lock = match self {
            Self::Rows => "begin; select from sessions for update",
            Self::Table => "begin; lock table sessions",
            Self::Backwards => {
                "begin; do $$ declare one bytea; begin
                    for one in select key from sessions order by key desc loop
                        perform from sessions where key = one for update;
                        perform pg_sleep(0.01);
                    end loop;
                end $$"
            }
        };
        // Of two whose rows cross, the applications may win.
        let locked = run(psql, format!("set statement_timeout = '5s'; {lock}")).await;
        if locked.is_ok() {
            a_while(dice, Duration::from_millis(500)).await;
        }
        run(psql, "rollback").await?;
        match locked {
            Err(error) if !error.to_string().contains("deadlock") => Err(error),
            _ => Ok(()),
        }
    }
}

impl Fault for InTheWay {
    fn name(&self) -> &'static str {
        match self {
            Self::Rows => "rows-locked",
            Self::Table => "table-locked",
            Self::Backwards => "deadlock-bait",
        }
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let mut psql = connection(stage).await?;
            self.hold(&mut psql, dice).await
        })
    }
}

/// Somebody else has all connections that the server has.
#[derive(Debug)]
pub(super) struct NoConnectionLeft;

impl Fault for NoConnectionLeft {
    fn name(&self) -> &'static str {
        "no-connection-left"
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let mut psql = connection(stage).await?;
            let mut hoard = Vec::new();
            // Twice: in between the applications lose theirs.
            for _ in 0..2 {
                while let Ok(one) = PgConnection::connect(&stage.url()).await {
                    hoard.push(one);
                }
                run(&mut psql, END_CONNECTIONS).await?;
            }
            a_while(dice, Duration::from_millis(700)).await;
            Ok(())
        })
    }
}

/// Somebody listens, and never reads: notifications pile up on the server.
#[derive(Debug)]
pub(super) struct LazyListener;

impl Fault for LazyListener {
    fn name(&self) -> &'static str {
        "lazy-listener"
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let mut lazy = connection(stage).await?;
            let channel = "select format('actix_pg_session_%s', 'sessions'::regclass::oid)";
            let channel = psql(stage, channel).await?;
            // Within a transaction nothing is delivered to it, and nothing that came after can be thrown away.
            run(&mut lazy, format!("listen {channel}; begin; select 1")).await?;
            let crowd = "select count(pg_notify('actix_pg_session_nobody', repeat('x', 4000) || n))
                from generate_series(1, 2000) n";
            psql(stage, crowd).await?;
            a_while(dice, Duration::from_millis(700)).await;
            run(&mut lazy, "rollback").await
        })
    }
}
