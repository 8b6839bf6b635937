//! Calls that start at the same moment, on several threads.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How many contenders a race has.
pub(super) const CONTENDERS: usize = 8;

/// How often a race is run: a gap between a look and a leap is not hit each time.
///
/// At least twenty times, and a quick store as often as fits into a moment, because its gaps are
/// small.
pub(super) fn rounds() -> impl Iterator<Item = usize> {
    const AT_LEAST: usize = 20;
    const MOMENT: Duration = Duration::from_millis(250);
    let begun = Instant::now();
    (0..).take_while(move |round| *round < AT_LEAST || begun.elapsed() < MOMENT)
}

/// Runs all calls at once, each in a task of its own, and answers their answers in order.
pub(super) async fn at_once<T, F>(calls: impl IntoIterator<Item = F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Start::default());
    let tasks: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let start = Arc::clone(&start);
            tokio::spawn(async move {
                start.wait();
                call.await
            })
        })
        .collect();
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        answers.push(task.await.expect("a contender does not panic"));
    }
    answers
}

/// Runs two calls of different kinds at once.
pub(super) async fn race<A, B>(
    one: impl Future<Output = A> + Send + 'static,
    other: impl Future<Output = B> + Send + 'static,
) -> (A, B)
where
    A: Send + 'static,
    B: Send + 'static,
{
    let start = Arc::new(Start::default());
    let after_start = Arc::clone(&start);
    let one = tokio::spawn(async move {
        after_start.wait();
        one.await
    });
    let other = tokio::spawn(async move {
        start.wait();
        other.await
    });
    let panicked = "a contender does not panic";
    (one.await.expect(panicked), other.await.expect(panicked))
}

/// The line from which contenders start, two by two.
///
/// A task wakes later than its neighbour by more than a quick call takes, so the first looks around
/// for the second; though not for long, as there may be no other thread for it. Nothing is awaited
/// here: a task that another one wakes stays on that one's thread, and would run after it.
#[derive(Default)]
struct Start(AtomicUsize);

impl Start {
    fn wait(&self) {
        const NOT_FOR_LONG: usize = 20_000;
        let place = self.0.fetch_add(1, Ordering::SeqCst);
        let has_company = || place % 2 == 1 || self.0.load(Ordering::SeqCst) > place + 1;
        for _ in 0..NOT_FOR_LONG {
            if has_company() {
                break;
            }
            std::hint::spin_loop();
        }
    }
}
