//! Chromium, and the program that drives it.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::process::{Child, Command};

use crate::output::Output;
use crate::{Result, given};

/// Chromium without a window, on a machine without a user, which talks to nobody but the shop.
const ARGUMENTS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=HttpsUpgrades",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
    "--window-size=1280,900",
];

/// A chromedriver of a test's own.
#[derive(Debug)]
pub(crate) struct Driver {
    process: Child,
    _output: Output,
    url: String,
    /// For profiles and sockets, of which the browsers leave some behind.
    directory: PathBuf,
}

impl Driver {
    pub(crate) async fn start() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("browser-{}-{count}", std::process::id()));
        std::fs::create_dir(&directory)?;
        let mut process = Command::new(given("CHROMEDRIVER"))
            .env("TMPDIR", &directory)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let mut output = Output::of(&mut process)?;
        let port = output.after("started successfully on port ").await?;
        let url = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
        Ok(Self { process, _output: output, url, directory })
    }

    /// A browser that nobody has used. The driver makes it a profile, and removes it in the end.
    pub(crate) async fn browser(&self) -> Result<Client> {
        let options = json!({ "binary": given("CHROMIUM"), "args": ARGUMENTS });
        let capabilities = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
        Ok(ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&self.url).await?)
    }

    pub(crate) async fn stop(&mut self) -> Result<()> {
        self.process.kill().await?;
        // The last of a browser may be at work in there, and a file left behind is no reason to fail.
        let _ = std::fs::remove_dir_all(&self.directory);
        Ok(())
    }
}
