//! Dropping a call half way, at each place where that can happen.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

/// Runs `call` until it has waited `waits` times, then drops it. Answers whether it came to an end
/// before that.
pub(super) async fn abandon_after<T>(waits: usize, call: impl Future<Output = T>) -> bool {
    let mut call = pin!(call);
    let mut left = waits;
    std::future::poll_fn(move |context| match call.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending if left <= 1 => Poll::Ready(false),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// A call that waits more often than this is not followed to its end.
pub(super) const MOST_WAITS: usize = 30;
