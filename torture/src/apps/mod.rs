//! The applications: this program, started again as `torture serve`.

/// How an application keeps its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    /// Each call is a statement of its own.
    Alone,
    /// Calls go together, which is the default.
    Batched,
    /// With a cache that hears of changes.
    Cached,
    /// With a cache that asks the database each time.
    Strict,
}

/// The running applications. All methods take `&self`: faults and drivers use them at the same time.
#[derive(Debug)]
pub struct Apps {
    // Each behind a lock of its own: a process, its port, and how to start it again.
}

/* To come, this morning's promise to whoever writes faults:

impl Apps {
    pub async fn start(configuration: Configuration, url: &str, how_many: usize) -> Result<Self>;
    pub fn len(&self) -> usize;
    /// Where it listens; the same before and after a respawn.
    pub fn port(&self, which: usize) -> u16;
    pub fn pid(&self, which: usize) -> Option<u32>;
    /// kill -9; returns when the process has ended.
    pub async fn kill(&self, which: usize) -> Result<()>;
    /// SIGTERM; returns when the process has ended by itself (or, after a minute, was killed: an error).
    pub async fn terminate(&self, which: usize) -> Result<()>;
    /// Starts one that has ended again, on the same port, and waits until it answers. `wrapper` is what stands before
    /// the program on the command line (`faketime -f +1y`), or empty.
    pub async fn respawn(&self, which: usize, wrapper: &[&str], environment: &[(&str, &str)]) -> Result<()>;
}
*/
