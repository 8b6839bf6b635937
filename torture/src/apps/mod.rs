//! The applications: this program, started again as `torture serve`.

pub(crate) mod joint;
pub(crate) mod pages;
mod process;
mod sabotage;
mod serve;
mod setup;
mod witness;

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

pub use process::panics;
pub use sabotage::Sabotage;
pub use serve::serve;
pub use setup::{Configuration, Setup, Times};

use crate::dice::Dice;
use crate::history::Process;
use crate::{Error, Result};
use process::Running;

/// The cookie's name.
pub(crate) const COOKIE: &str = "sid";

/// How long one may take to end in good order.
const PATIENCE: Duration = Duration::from_secs(60);

/// The running applications. All methods take `&self`: faults and drivers use them at the same time.
#[derive(Debug)]
pub struct Apps {
    setup: Setup,
    url: String,
    all: Vec<App>,
}

#[derive(Debug)]
struct App {
    port: u16,
    life: std::sync::atomic::AtomicU32,
    running: Arc<Mutex<Option<Running>>>,
}

impl Apps {
    /// Starts them, on ports that are free.
    pub async fn start(setup: &Setup, url: &str) -> Result<Self> {
        let mut all = Vec::new();
        for _ in 0..setup.processes {
            let running = Self::start_one(setup, url).await?;
            all.push(App {
                port: running.port(),
                life: 0.into(),
                running: Arc::new(Mutex::new(Some(running))),
            });
        }
        Ok(Self { setup: setup.clone(), url: url.to_owned(), all })
    }

    /// On a port that no outgoing connection takes while the application is away, and started again it can listen there
    /// again: below those that systems give to whoever asks for any.
    async fn start_one(setup: &Setup, url: &str) -> Result<Running> {
        let mut dice = Dice::new(RandomState::new().build_hasher().finish());
        for _ in 0..20 {
            let port = 15_000 + dice.below(15_000) as u16;
            if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
                return Running::start(setup, url, port, &[], &[]).await;
            }
        }
        Err(Error::new("there is no free port for an application"))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Where it listens; the same before and after a respawn.
    pub fn port(&self, which: usize) -> u16 {
        self.all[which].port
    }

    /// Which of its lives it is in.
    pub fn process(&self, which: usize) -> Process {
        let life = self.all[which].life.load(std::sync::atomic::Ordering::SeqCst);
        Process { which: which as u16, life }
    }

    /// Its process id, while it runs.
    pub async fn pid(&self, which: usize) -> Option<u32> {
        self.all[which].running.lock().await.as_ref().map(Running::pid)
    }

    /// kill -9. Returns when the process has ended.
    pub async fn kill(&self, which: usize) -> Result<()> {
        match self.all[which].running.lock().await.take() {
            Some(running) => running.kill().await,
            None => Ok(()),
        }
    }

    /// SIGTERM. Returns when the process has ended by itself.
    ///
    /// # Errors
    ///
    /// When it does not within a minute; then it is killed.
    pub async fn terminate(&self, which: usize) -> Result<()> {
        let running = self.all[which].running.lock().await.take();
        match running {
            Some(running) => running.terminate(PATIENCE).await,
            None => Ok(()),
        }
    }

    /// Starts one that has ended again, on the same port, and waits until it listens. `wrapper` is what stands before
    /// the program on the command line (`faketime -f +1y`), or nothing.
    pub async fn respawn(&self, which: usize, wrapper: &[&str], environment: &[(&str, &str)]) -> Result<()> {
        let app = &self.all[which];
        let mut running = app.running.lock().await;
        if running.is_some() {
            return Err(Error::new(format!("application {which} still runs")));
        }
        // A wrapper leaves the program itself behind for a moment: until its standard input ends.
        let begin = Instant::now();
        while std::net::TcpListener::bind(("127.0.0.1", app.port)).is_err() && begin.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        app.life.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        *running = Some(Running::start(&self.setup, &self.url, app.port, wrapper, environment).await?);
        Ok(())
    }
}
