//! Calls that start at the same moment, on several threads.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Barrier;

/// How many contenders a race has.
pub(super) const CONTENDERS: usize = 8;

/// How often a race is run: a gap between a look and a leap is not hit each time.
pub(super) const ROUNDS: usize = 20;

/// Runs all calls at once, each in a task of its own, and answers their answers in order.
pub(super) async fn at_once<T, F>(calls: impl IntoIterator<Item = F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let calls: Vec<F> = calls.into_iter().collect();
    let start = Arc::new(Barrier::new(calls.len()));
    let tasks: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let start = Arc::clone(&start);
            tokio::spawn(async move {
                start.wait().await;
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
    let start = Arc::new(Barrier::new(2));
    let after_start = Arc::clone(&start);
    let one = tokio::spawn(async move {
        after_start.wait().await;
        one.await
    });
    let other = tokio::spawn(async move {
        start.wait().await;
        other.await
    });
    let panicked = "a contender does not panic";
    (one.await.expect(panicked), other.await.expect(panicked))
}
