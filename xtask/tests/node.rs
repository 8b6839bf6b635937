//! What the tests beside Express run on is there whenever somebody asks.

use std::process::Command;

use xtask::Result;
use xtask::command::output;
use xtask::node::{modules, program};

#[test]
fn many_may_ask_at_once_and_all_get_modules_that_load() -> Result<()> {
    let node = program()?;
    std::thread::scope(|scope| {
        let askers: Vec<_> = (0..4).map(|_| scope.spawn(modules)).collect();
        for asker in askers {
            let modules = asker.join().expect("asking does not panic")?;
            let names = ["express", "express-session", "connect-pg-simple", "pg"];
            for name in names {
                let script = format!("require('{name}')");
                output(Command::new(&node).args(["-e", &script]).env("NODE_PATH", &modules))?;
            }
        }
        Ok(())
    })
}
