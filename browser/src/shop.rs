//! An example, as a process.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::Result;
use crate::output::Output;

/// An example that can be put on a stage.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    name: &'static str,
    features: &'static str,
}

/// The shop.
pub const QUICKSTART: Example = Example { name: "quickstart", features: "" };
/// The administrators' pages.
pub const DASHBOARD: Example = Example { name: "dashboard", features: "cache,dashboard" };

/// The page for frames on other sites.
pub const WIDGET: Example = Example { name: "widget", features: "" };

/// An example, running.
#[derive(Debug)]
pub struct Shop {
    example: Example,
    process: Child,
    _output: Output,
    database_url: String,
    /// `127.0.0.1:12345`
    address: String,
}

impl Shop {
    pub(crate) async fn open(example: Example, database_url: String) -> Result<Self> {
        Self::open_at("0", example, database_url).await
    }

    async fn open_at(port: &str, example: Example, database_url: String) -> Result<Self> {
        let mut process = Command::new(executable(example).await?)
            .env("DATABASE_URL", &database_url)
            .env("PORT", port)
            .env_remove("SESSION_SECRET")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut output = Output::of(&mut process)?;
        let address = output.after("listening on http://").await?;
        Ok(Self { example, process, _output: output, database_url, address })
    }

    /// Kills the process, with no chance to save anything, and starts another in its place.
    ///
    /// # Errors
    ///
    /// When the new one does not start.
    pub async fn restart(&mut self) -> Result<()> {
        self.process.kill().await?;
        let port = self.port().to_owned();
        *self = Self::open_at(&port, self.example, self.database_url.clone()).await?;
        Ok(())
    }

    pub(crate) async fn close(&mut self) -> Result<()> {
        Ok(self.process.kill().await?)
    }

    /// The address of a page.
    pub fn page(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The address of a page under another name of the same machine.
    pub fn page_at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port())
    }

    fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap_or_default()
    }

    /// Asks for a page by hand, with a session cookie of this value.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn page_by_hand(&self, path: &str, cookie: &str) -> Result<String> {
        let mut stream = TcpStream::connect(&self.address).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: sid={cookie}\r\nConnection: close\r\n\r\n",
            self.address
        );
        stream.write_all(request.as_bytes()).await?;
        let mut response = String::new();
        stream.read_to_string(&mut response).await?;
        Ok(response)
    }
}

/// `cargo test --workspace` has built them, next to this test. `cargo test -p browser` has not; then one
/// is built now, and not again: whoever changes an example tests the workspace.
async fn executable(example: Example) -> Result<PathBuf> {
    let Example { name, features } = example;
    // target/debug/deps/quickstart-1234
    let this = std::env::current_exe()?;
    let profile = this.ancestors().nth(2).ok_or("no profile directory above this test")?;
    let program = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if program.exists() {
        return Ok(program);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args([
        "build",
        "--quiet",
        "--package",
        "actix-pg-session",
        "--example",
        name,
        "--features",
        features,
    ]);
    build.arg("--target-dir").arg(profile.parent().ok_or("no target directory above this test")?);
    if profile.ends_with("release") {
        build.arg("--release");
    }
    if !build.status().await?.success() {
        return Err(format!("{name} could not be built").into());
    }
    Ok(program)
}
