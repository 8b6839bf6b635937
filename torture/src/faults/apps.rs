//! An application is killed, told to end, stands still, or has another clock; a client hangs up.

use std::process::Command;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use xtask::command::output;
use xtask::packages::{Manager, Packages};

use super::act::{Frozen, a_while, blocking};
use super::{Fault, Injecting};
use crate::dice::Dice;
use crate::stage::Stage;
use crate::{Error, OrSay as _, Result};

/// SIGTERM, under load. What was acknowledged must be there.
#[derive(Debug)]
pub(super) struct Terminate;

impl Fault for Terminate {
    fn name(&self) -> &'static str {
        "terminate-application"
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let which = dice.below(stage.apps.len());
            stage.apps.terminate(which).await?;
            stage.apps.respawn(which, &[], &[]).await
        })
    }
}

/// An application stands still, longer than a cache may believe itself, and goes on as if nothing had been.
#[derive(Debug)]
pub(super) struct FreezeApplication;

impl Fault for FreezeApplication {
    fn name(&self) -> &'static str {
        "application-frozen"
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let which = dice.below(stage.apps.len());
            let _frozen = Frozen::stop(stage.apps.pid(which).await.into_iter().collect());
            a_while(dice, Duration::from_millis(1300)).await;
            Ok(())
        })
    }
}

/// An application's clock is a year ahead, or behind. The database's decides, so nothing may change.
#[derive(Debug)]
pub(super) enum Clock {
    /// Ahead.
    Ahead,
    /// Behind.
    Behind,
}

const FAKETIME: Packages = Packages {
    what: "faketime, for applications with another clock",
    apt: &["faketime"],
    dnf: &["libfaketime"],
    apk: &["libfaketime"],
    pacman: &["libfaketime"],
    brew: &["libfaketime"],
};

impl Fault for Clock {
    fn name(&self) -> &'static str {
        match self {
            Self::Ahead => "clock-ahead",
            Self::Behind => "clock-behind",
        }
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let offset = if matches!(self, Self::Ahead) { "+1y" } else { "-1y" };
            let library = blocking(faketime).await?;
            let which = dice.below(stage.apps.len());
            stage.apps.kill(which).await?;
            let clock = [
                ("LD_PRELOAD", library.as_str()),
                ("FAKETIME", offset),
                // Clocks that only count stay as they are: they are not what is wrong.
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ];
            stage.apps.respawn(which, &[], &clock).await?;
            a_while(dice, Duration::from_millis(1500)).await;
            stage.apps.kill(which).await?;
            stage.apps.respawn(which, &[], &[]).await
        })
    }
}

/// The library that bends the clock. The program of this name stays between us and what it starts, so that whoever
/// kills it does not kill that; but it knows where the library is.
fn faketime() -> Result<String> {
    if xtask::command::which("faketime").is_none() {
        Manager::find(&FAKETIME)?.install(&FAKETIME)?;
    }
    let environment = output(Command::new("faketime").args(["-f", "+1y", "env"]))?;
    let library = environment.lines().find_map(|line| line.strip_prefix("LD_PRELOAD="));
    library.map(str::to_owned).ok_or_else(|| Error::new("faketime does not say where its library is"))
}

/// Clients hang up, by RST: within the head of their request, before its answer, and while they read it.
#[derive(Debug)]
pub(super) struct ClientsHangUp;

impl Fault for ClientsHangUp {
    fn name(&self) -> &'static str {
        "clients-hang-up"
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            for _ in 0..60 {
                let port = stage.apps.port(dice.below(stage.apps.len()));
                let stage = dice.below(3);
                let pause = Duration::from_micros(dice.below(3000) as u64);
                hang_up(port, stage, pause).await?;
            }
            Ok(())
        })
    }
}

/// A page that asks the database, and changes nothing.
const ASK: &str = "GET /list HTTP/1.1\r\nHost: torture\r\n\r\n";

async fn hang_up(port: u16, stage: usize, pause: Duration) -> Result<()> {
    let client = TcpStream::connect(("127.0.0.1", port)).await;
    let mut client = client.or_say(|| "an application takes no connection".to_owned())?;
    let head = if stage == 0 { &ASK[..ASK.len() / 2] } else { ASK };
    let _ = client.write_all(head.as_bytes()).await;
    match stage {
        2 => drop(tokio::time::timeout(pause, client.readable()).await),
        _ => tokio::time::sleep(pause).await,
    }
    let _ = client.set_zero_linger();
    Ok(())
}
