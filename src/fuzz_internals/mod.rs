//! The places where text from outside is read, one by one, for `fuzz/` to try nonsense on. Nobody else's: it
//! changes without notice.

mod cookies;
mod headers;
mod values;

pub use cookies::{Arrived, Keys, Reader, Tokens};
pub use headers::{Asked, user_agent};
pub use values::{Edits, check_name, encode, same, same_in_javascript};

#[cfg(any(feature = "actix-session", feature = "express"))]
pub use values::check;
#[cfg(feature = "postgres")]
pub use values::folded;

#[cfg(feature = "dashboard")]
pub use crate::dashboard::fuzzed as dashboard;
#[cfg(feature = "cache")]
pub use crate::store::cached_fuzzed as announcements;
#[cfg(feature = "express")]
pub use crate::store::express_fuzzed as express;
#[cfg(feature = "postgres")]
pub use crate::store::postgres_fuzzed as names;
