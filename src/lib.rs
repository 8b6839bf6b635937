#![doc = include_str!("../README.md")]

mod arrival;
#[cfg(feature = "bench-internals")]
#[doc(hidden)]
pub mod bench_internals;
mod changes;
mod commit;
mod config;
mod cookie;
#[cfg(feature = "dashboard")]
pub mod dashboard;
mod decide;
mod detached;
mod draft;
mod error;
mod extract;
mod id;
mod javascript;
mod json;
mod key;
mod keyring;
mod middleware;
mod policy;
mod proxy;
mod record;
mod reply;
mod session;
mod step;
mod store;
mod telemetry;
#[cfg(feature = "test-util")]
pub mod test_util;
mod typed;

pub use config::SessionMiddlewareBuilder;
pub use cookie::{CookieAttributes, Priority, SameSite, Secure};
pub use detached::Detached;
pub use error::{ConfigError, SessionError, StoreError};
pub use extract::{LoadSession, SessionExt};
pub use id::{Digest, RandomnessError, SessionId};
pub use json::{MAX_DEPTH, Unstorable};
pub use key::{Key, KeyFor, KeyOf};
pub use keyring::Keyring;
pub use middleware::{SessionMiddleware, SessionService};
pub use policy::{OnError, OnOutage, Unset};
pub use proxy::{Network, TrustProxy};
pub use record::{Change, Client, Data, Lifetime, NewSession, Record, Renewal, Restart};
pub use session::{Session, SessionStatus, Visitor};
#[cfg(feature = "postgres")]
pub use store::admin;
#[cfg(feature = "cache")]
pub use store::{CacheState, CacheStats, CachedStore, Caching};
pub use store::{
    Created, Deleted, Loaded, MemoryStore, Saved, SessionStore, StoredSession, Touched, Updated,
};
#[cfg(feature = "express")]
pub use store::{ExpressStore, ExpressStoreBuilder, ExpressTouch, Import, Imported};
#[cfg(feature = "postgres")]
pub use store::{Layout, PostgresStore, PostgresStoreBuilder, Pruned, Pruner, Pruning};
pub use typed::{SessionValue, Typed};
