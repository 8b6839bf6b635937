//! Holding requests in flight, without luck and without sleeping.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

/// Where handlers wait until the test lets them on.
#[derive(Clone, Debug)]
pub struct Gate {
    arrived: Arc<Semaphore>,
    opened: Arc<Semaphore>,
    abandoned: Arc<Semaphore>,
}

impl Default for Gate {
    fn default() -> Self {
        let none = || Arc::new(Semaphore::new(0));
        Self { arrived: none(), opened: none(), abandoned: none() }
    }
}

impl Gate {
    /// The handler's side: waits, and reports once it stands in line, so that who is reported first is
    /// let on first.
    pub async fn pass(&self) {
        let mut turn = pin!(self.opened.acquire());
        let mut is_reported = false;
        let turn = poll_fn(|context| {
            let polled = turn.as_mut().poll(context);
            if !is_reported {
                is_reported = true;
                self.arrived.add_permits(1);
            }
            polled
        });
        turn.await.expect("a gate is never closed for good").forget();
    }

    /// The test's side: waits until so many handlers stand at the gate.
    pub async fn wait_for(&self, handlers: u32) {
        let all = tokio::time::timeout(PATIENCE, self.arrived.acquire_many(handlers));
        all.await.expect("the handlers get to the gate").expect("a gate is never closed for good").forget();
    }

    /// The site's side: a request is dropped before its reply.
    pub fn abandon(&self) {
        self.abandoned.add_permits(1);
    }

    /// The test's side: waits until the site has dropped a request.
    pub async fn wait_for_abandoned(&self) {
        let one = tokio::time::timeout(PATIENCE, self.abandoned.acquire());
        one.await.expect("the site drops the request").expect("a gate is never closed for good").forget();
    }

    /// Lets so many handlers on.
    pub fn open(&self, handlers: usize) {
        self.opened.add_permits(handlers);
    }
}

/// Nothing here takes seconds, but somebody's machine may be slow.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What ought to come at once, and would otherwise never come.
pub async fn at_once<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it does not wait for somebody who waits for it")
}

/// Looks until it is so.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !is_so().await {
        assert!(begin.elapsed() < PATIENCE, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
