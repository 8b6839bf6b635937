//! wrk, and what it says.

use std::error::Error;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;

use crate::workload::Case;

/// What came of some seconds of load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// The script, and the cookies that it sends. Both files are gone when this is dropped.
pub(crate) struct Sender {
    script: PathBuf,
    cookies: PathBuf,
    visited: u32,
}

impl Sender {
    /// The first `visited` cookies are visited, the others sign in.
    pub(crate) fn new(cookies: &[String], visited: u32) -> Result<Self, Box<dyn Error>> {
        let name = format!("actix-pg-session-bench-{}", std::process::id());
        let file = |kind| std::env::temp_dir().join(format!("{name}.{kind}"));
        let sender = Self { script: file("lua"), cookies: file("cookies"), visited };
        fs::write(&sender.script, include_str!("load.lua"))?;
        fs::write(&sender.cookies, cookies.join("\n"))?;
        Ok(sender)
    }

    /// Sends load for so many seconds. Of those who sign in only these do, since each can but once. A request
    /// that fails is an error: to say no is fast.
    pub(crate) fn send(
        &self,
        port: u16,
        case: Case,
        seconds: u32,
        sign_ins: Range<u32>,
    ) -> Result<Load, Box<dyn Error>> {
        let mut wrk = Command::new("wrk");
        wrk.args(["--threads", "1", "--connections", &case.connections.to_string()]);
        wrk.args(["--timeout", "30s", "--duration", &format!("{seconds}s"), "--script"]).arg(&self.script);
        wrk.arg(format!("http://127.0.0.1:{port}")).args(["--", case.workload.name()]).arg(&self.cookies);
        wrk.args([self.visited, sign_ins.start, sign_ins.end].map(|number| number.to_string()));
        let output = wrk.output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().find_map(|line| line.strip_prefix("RESULT "));
        let line = line.ok_or_else(|| {
            format!("wrk did not finish: {text}{}", String::from_utf8_lossy(&output.stderr))
        })?;
        let numbers: Vec<f64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let [requests, microseconds, p50, p99, failures] = numbers[..] else {
            return Err(format!("wrk said {line:?}").into());
        };
        if failures > 0.0 || requests < 1.0 {
            return Err(format!("{failures} of {requests} requests failed").into());
        }
        Ok(Load {
            requests: requests as u64,
            seconds: microseconds / 1e6,
            p50_ms: p50 / 1e3,
            p99_ms: p99 / 1e3,
        })
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.script);
        let _ = fs::remove_file(&self.cookies);
    }
}
