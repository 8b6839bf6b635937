//! The law of stores as a test suite.
//!
//! One law is one `async fn` whose name is the sentence that it proves. `conformance_tests!` makes
//! a test of each, so that a broken store reads as a list of sentences that are not true of it.

mod abandon;
mod fixtures;
mod json;
#[doc(hidden)]
pub mod laws;
mod list;
#[doc(hidden)]
pub mod owner_laws;
mod owner_list;
mod race;
mod subject;

use std::future::Future;
use std::time::Duration;

use crate::store::SessionStore;

pub use subject::Subject;

/// A store and its clock, fresh for one test.
///
/// Implement it for your store's test harness, and hand that to
/// [`conformance_tests!`](crate::conformance_tests).
pub trait StoreUnderTest: Send + Sync + 'static {
    /// The store.
    type Store: SessionStore;

    /// The store. It may have other sessions in it; no law counts rows.
    fn store(&self) -> &Self::Store;

    /// Turns the store's clock forward by at least `by`, and by less than a minute more.
    ///
    /// A store on a clock that cannot be turned, such as a database's, moves the times of its rows
    /// back instead: when they began, were last seen and expire, and the deadline, and how long an
    /// ended id is remembered.
    fn elapse(&self, by: Duration) -> impl Future<Output = ()>;
}

/// Runs the law against a store: one test per sentence.
///
/// The argument is an expression that makes a fresh [`StoreUnderTest`](crate::test_util::StoreUnderTest);
/// it may `.await`. Call the macro once in a module, and have nothing else in it.
///
/// ```
/// use std::time::Duration;
///
/// use actix_pg_session::MemoryStore;
/// use actix_pg_session::test_util::StoreUnderTest;
///
/// struct Memory(MemoryStore);
///
/// impl StoreUnderTest for Memory {
///     type Store = MemoryStore;
///
///     fn store(&self) -> &MemoryStore {
///         &self.0
///     }
///
///     async fn elapse(&self, by: Duration) {
///         self.0.advance(by);
///     }
/// }
///
/// mod law {
///     # use super::Memory;
///     # use actix_pg_session::MemoryStore;
///     actix_pg_session::conformance_tests!(Memory(MemoryStore::new()));
/// }
/// # fn main() {}
/// ```
///
/// Each test runs on a tokio runtime of its own with several threads, because a race on one thread
/// is none. The expression is evaluated on it, so a pool of connections belongs to the right one.
#[macro_export]
macro_rules! conformance_tests {
    ($fresh:expr $(,)?) => {
        $crate::__every_law! { [$crate::__conformance_test] { $fresh } }
    };
}

/// Runs the law of [`OwnerStore`](crate::OwnerStore) against a store: one test per sentence.
///
/// It goes beside [`conformance_tests!`](crate::conformance_tests), in a module of its own, with the same argument.
#[macro_export]
macro_rules! owner_tests {
    ($fresh:expr $(,)?) => {
        $crate::__every_owner_law! { [$crate::__owner_test] { $fresh } }
    };
}

/// One test of [`owner_tests!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __owner_test {
    ({ $fresh:expr } $($chapter:ident { $($law:ident)* })*) => {
        $($(
            #[test]
            fn $law() {
                $crate::test_util::__private::run(async { $fresh }, $crate::test_util::__private::owner_laws::$law);
            }
        )*)*
    };
}

/// One test of [`conformance_tests!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    ({ $fresh:expr } $($chapter:ident { $($law:ident)* })*) => {
        $($(
            #[test]
            fn $law() {
                $crate::test_util::__private::run(async { $fresh }, $crate::test_util::__private::laws::$law);
            }
        )*)*
    };
}

/// Holds a fresh store to one law.
///
/// # Panics
///
/// When the store breaks it.
pub fn run<U, L>(fresh: impl Future<Output = U>, law: L)
where
    U: StoreUnderTest,
    L: AsyncFnOnce(Subject<U>),
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("the operating system gives threads for a tokio runtime");
    runtime.block_on(async { law(Subject::new(fresh.await)).await });
}
