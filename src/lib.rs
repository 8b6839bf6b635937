#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod admission;
mod arrival;
#[cfg(feature = "bench-internals")]
#[doc(hidden)]
pub mod bench_internals;
mod changes;
mod commit;
#[cfg(feature = "actix-session")]
mod compat;
mod config;
mod cookie;
#[cfg(feature = "dashboard")]
pub mod dashboard;
mod decide;
mod detached;
mod draft;
mod error;
mod events;
mod extract;
mod forgery;
#[cfg(feature = "fuzz-internals")]
#[doc(hidden)]
pub mod fuzz_internals;
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
mod signed_in;
mod step;
mod store;
mod telemetry;
#[cfg(feature = "test-util")]
pub mod test_util;
mod typed;

#[cfg(feature = "actix-session")]
pub use compat::{ActixSessionCookie, ActixSessionStore};
pub use config::SessionMiddlewareBuilder;
pub use cookie::{CookieAttributes, Priority, SameSite, Secure};
pub use detached::Detached;
pub use error::{ConfigError, SessionError, StoreError};
pub use events::{EndReason, Heard, SessionEvent, SessionEvents};
pub use extract::{LoadSession, SessionExt};
pub use forgery::{same_origin, same_origin_of};
pub use id::{Digest, RandomnessError, SessionId};
pub use json::{MAX_DEPTH, Unstorable};
pub use key::{Key, KeyFor, KeyOf};
pub use keyring::Keyring;
pub use middleware::{SessionMiddleware, SessionService};
pub use policy::{OnError, OnOutage, Unset};
pub use proxy::{Network, TrustProxy};
pub use record::{Change, Client, Data, Lifetime, NewSession, Proof, Record, Renewal, Restart};
pub use session::{Devices, Session, SessionStatus, Visitor};
pub use signed_in::{NotSignedIn, Recent, SignedIn};
#[cfg(feature = "postgres")]
pub use store::admin;
pub use store::{
    Admission, Created, Deleted, Device, Loaded, MemoryStore, OwnerLimit, OwnerStore, Owners, Saved,
    SessionStore, StoredSession, Touched, Updated, WhenFull,
};
#[cfg(feature = "cache")]
pub use store::{CacheState, CacheStats, CachedStore, Caching};
#[cfg(feature = "express")]
pub use store::{ExpressStore, ExpressStoreBuilder, ExpressTouch, Import, Imported};
#[cfg(feature = "postgres")]
pub use store::{Joined, Layout, PostgresStore, PostgresStoreBuilder, Pruned, Pruner, Pruning};
pub use typed::{SessionValue, Typed};

/// The code in this page is compiled, too.
#[cfg(all(doctest, feature = "actix-session", feature = "postgres"))]
#[doc = include_str!("../docs/from-actix-session.md")]
pub struct FromActixSession;

/// The guide's code is compiled, and run where it can be.
#[cfg(all(doctest, feature = "postgres"))]
#[doc = include_str!("../docs/accounts.md")]
struct AccountsGuide;
