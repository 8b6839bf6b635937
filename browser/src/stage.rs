//! Everything that a test needs, and the certainty that it is gone afterwards.

use std::panic::{AssertUnwindSafe, resume_unwind};

use fantoccini::Client;
use futures_util::FutureExt as _;
use tokio::sync::Semaphore;

use crate::database::Database;
use crate::driver::Driver;
use crate::shop::{Example, QUICKSTART, Shop};
use crate::visitor::Visitor;
use crate::{Result, given};

/// A shop with a database of its own, and browsers that nobody has used.
#[derive(Debug)]
pub struct Stage {
    /// The shop's database.
    pub database: Database,
    /// The shop.
    pub shop: Shop,
    driver: Driver,
    browsers: Vec<Client>,
}

/// Runs a test of the quickstart on a stage of its own, and clears the stage, whatever happened.
///
/// # Errors
///
/// The test's, or one of setting up or clearing.
pub async fn on_stage(test: impl AsyncFnOnce(&mut Stage) -> Result<()>) -> Result<()> {
    on_stage_with(QUICKSTART, test).await
}

/// Runs a test of any example on a stage of its own, and clears the stage, whatever happened.
///
/// # Errors
///
/// The test's, or one of setting up or clearing.
pub async fn on_stage_with(example: Example, test: impl AsyncFnOnce(&mut Stage) -> Result<()>) -> Result<()> {
    /// A browser is a dozen processes.
    static STAGES: Semaphore = Semaphore::const_new(2);
    let _turn = STAGES.acquire().await?;

    let mut stage = Stage::set(example).await?;
    // Browsers outlive a driver that is killed, so a failed assertion must not skip the end.
    let outcome = AssertUnwindSafe(test(&mut stage)).catch_unwind().await;
    let cleared = stage.clear().await;
    outcome.unwrap_or_else(|panic| resume_unwind(panic))?;
    cleared
}

impl Stage {
    async fn set(example: Example) -> Result<Self> {
        // All three are looked for before anything is started.
        for name in ["DATABASE_URL", "CHROMIUM", "CHROMEDRIVER"] {
            given(name);
        }
        let database = Database::create().await?;
        let shop = Shop::open(example, database.url()).await?;
        Ok(Self { database, shop, driver: Driver::start().await?, browsers: Vec::new() })
    }

    async fn clear(mut self) -> Result<()> {
        for browser in self.browsers {
            browser.close().await?;
        }
        self.driver.stop().await?;
        self.shop.close().await?;
        self.database.drop().await
    }

    /// Somebody new, with a browser of their own, in front of the shop.
    ///
    /// # Errors
    ///
    /// When the browser does not start, or the shop does not answer.
    pub async fn visitor(&mut self) -> Result<Visitor> {
        let browser = self.driver.browser().await?;
        self.browsers.push(browser.clone());
        let visitor = Visitor::new(browser);
        visitor.open(&self.shop.page("/")).await?;
        Ok(visitor)
    }
}
