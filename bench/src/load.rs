//! wrk, and what it says.

use std::error::Error;
use std::path::Path;
use std::process::Command;

/// What came of some seconds of load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) failures: u64,
}

/// Writes the script that gives each request the cookie of somebody. Some come often: the rank of who comes
/// next is about exponential in a fair number, which is Zipf's law.
pub(crate) fn script(cookies: &[String]) -> String {
    let list: Vec<_> = cookies.iter().map(|cookie| format!("\"{cookie}\"")).collect();
    format!(
        "local cookies = {{{}}}
local n = #cookies
local threads = 0
function setup(thread) threads = threads + 1; thread:set('seed', threads) end
function init(args) math.randomseed(seed) end
function request()
    local rank = math.floor(n ^ math.random())
    return wrk.format('GET', nil, {{ Cookie = cookies[rank] }})
end
function done(summary, latency, requests)
    local failures = summary.errors.connect + summary.errors.read + summary.errors.write
        + summary.errors.status + summary.errors.timeout
    io.write(string.format('RESULT %d %d %d %d %d\\n', summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), failures))
end
",
        list.join(",")
    )
}

/// Sends load for so many seconds.
pub(crate) fn send(url: &str, script: &Path, connections: u32, seconds: u32) -> Result<Load, Box<dyn Error>> {
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", &connections.to_string()])
        .args(["--duration", &format!("{seconds}s"), "--script"])
        .arg(script)
        .arg(url)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("RESULT "));
    let line =
        line.ok_or_else(|| format!("wrk did not finish: {text}{}", String::from_utf8_lossy(&output.stderr)))?;
    let numbers: Vec<f64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [requests, microseconds, p50, p99, failures] = numbers[..] else {
        return Err(format!("wrk said {line:?}").into());
    };
    Ok(Load {
        requests: requests as u64,
        seconds: microseconds / 1e6,
        p50_ms: p50 / 1e3,
        p99_ms: p99 / 1e3,
        failures: failures as u64,
    })
}
