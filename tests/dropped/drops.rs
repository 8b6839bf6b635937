//! Dropping an operation at the first point where it waits, at the second, and so on.

use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use crate::ground::Ground;
use crate::support::gate::at_once;
use crate::wire::Wire;

/// Where an operation is dropped, and how one can tell what it has done.
pub(crate) trait Stage {
    /// What an operation is about.
    type Scene: Clone;

    fn ground(&self) -> &Ground;

    /// Sets a scene: the same one each time, under other names.
    async fn scene(&self) -> Self::Scene;

    /// All that an operation may have changed in it, as text.
    async fn seen(&self, scene: &Self::Scene) -> String;

    /// That whatever comes next works, and agrees with the rows.
    async fn goes_on(&self, scene: &Self::Scene);

    /// Whether operations are about all scenes at once, so that none stays as it was left.
    fn is_about_all(&self) -> bool {
        false
    }

    /// Whether what waits for a connection is carried out even if nobody waits for it any more.
    fn completes_what_has_begun(&self) -> bool {
        false
    }
}

/// An operation that takes more events than this has no end.
const MOST: usize = 2_000;

/// After how many events to drop: every small number, and of larger ones some, unless all are wanted.
fn points() -> impl Iterator<Item = usize> {
    let has_time = std::env::var("DROPPED").is_ok_and(|what| what == "everywhere");
    let next = move |events: &usize| Some(events + 1 + if has_time { 0 } else { events / 4 });
    std::iter::successors(Some(0), next)
}

/// Drops `operation`, in a fresh scene each time, after every number of events until it comes to its end before that;
/// and while it waits for a connection, or for somebody's lock. An event is that it was woken, or that something came
/// over the wire for whoever works for it.
pub(crate) async fn dropped_everywhere<S: Stage, T, E: Debug, O: Future<Output = Result<T, E>>>(
    name: &str,
    stage: &S,
    operation: impl Fn(S::Scene) -> O,
) {
    dropped_in_steps(name, stage, operation, |_| false).await;
}

/// The same, of one that says that it goes by steps, with what may be seen between them.
pub(crate) async fn dropped_in_steps<S: Stage, T, E: Debug, O: Future<Output = Result<T, E>>>(
    name: &str,
    stage: &S,
    operation: impl Fn(S::Scene) -> O,
    is_between: impl Fn(&str) -> bool,
) {
    let scene = stage.scene().await;
    let before = stage.seen(&scene).await;
    let done = at_once(operation(scene.clone())).await;
    done.unwrap_or_else(|error| panic!("{name} fails where nobody drops it: {error:?}"));
    stage.ground().is_whole(&format!("{name}, done")).await;
    let after = stage.seen(&scene).await;
    let is_sound = |seen: &str| seen == before || seen == after || is_between(seen);
    let mut left = Vec::new();
    for events in points() {
        let when = format!("{name}, {}, dropped after {events} events", stage.ground().what);
        let scene = stage.scene().await;
        assert_eq!(stage.seen(&scene).await, before, "{when}: the scene is another one");
        let done = at_once(drop_after(events, &stage.ground().wire, operation(scene.clone()))).await;
        stage.ground().is_whole(&when).await;
        let seen = stage.seen(&scene).await;
        match &done {
            Some(done) => {
                assert!(done.is_ok(), "{when}: it fails");
                assert_eq!(seen, after, "{when}: it is done");
            }
            None if events == 0 => assert_eq!(seen, before, "{when}"),
            None => assert!(is_sound(&seen), "{when}: it is neither\n{before}\nnor\n{after}\nbut\n{seen}"),
        }
        left.push(leave(stage, scene).await);
        if done.is_some() {
            break;
        }
        assert!(events < MOST, "{when}: it has no end");
    }
    assert!(left.len() > 1, "{name} waits for nothing, so this shows nothing");
    left.push(without_a_connection(name, stage, &operation, &before, &is_sound).await);
    left.push(behind_a_lock(name, stage, &operation, &is_sound).await);
    for (scene, seen) in left.into_iter().filter(|_| !stage.is_about_all()) {
        assert_eq!(stage.seen(&scene).await, seen, "{name}: something happened long afterwards");
    }
}

/// Drops it while somebody else has all connections. What has not been sent by then is not sent later.
async fn without_a_connection<S: Stage, O: Future>(
    name: &str,
    stage: &S,
    operation: impl Fn(S::Scene) -> O,
    before: &str,
    is_sound: impl Fn(&str) -> bool,
) -> (S::Scene, String) {
    let when = format!("{name}, {}, dropped while it waits for a connection", stage.ground().what);
    let scene = stage.scene().await;
    let all = stage.ground().all_connections().await;
    let mut polls = 30;
    let mut waiting = Box::pin(operation(scene.clone()));
    let is_done = poll_fn(|context| {
        polls -= 1;
        // Whoever works for it gets as far as it can meanwhile.
        context.waker().wake_by_ref();
        match waiting.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if polls == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    });
    let is_done = is_done.await;
    drop(waiting);
    // Had it been waiting for a timer only, it would go on now.
    for _ in 0..5 {
        tokio::task::yield_now().await;
    }
    drop(all);
    stage.ground().is_whole(&when).await;
    let seen = stage.seen(&scene).await;
    if is_done || stage.completes_what_has_begun() {
        assert!(is_sound(&seen), "{when}: it is\n{seen}");
    } else {
        assert_eq!(seen, before, "{when}");
    }
    leave(stage, scene).await
}

/// Drops it while it waits for somebody's lock, if it ever does.
async fn behind_a_lock<S: Stage, O: Future>(
    name: &str,
    stage: &S,
    operation: impl Fn(S::Scene) -> O,
    is_sound: impl Fn(&str) -> bool,
) -> (S::Scene, String) {
    let when = format!("{name}, {}, dropped while it waits for a lock", stage.ground().what);
    let scene = stage.scene().await;
    let lock = stage.ground().lock().await;
    {
        let operation = pin!(operation(scene.clone()));
        let stuck = pin!(stage.ground().somebody_is_stuck());
        futures_util::future::select(operation, stuck).await;
    }
    lock.commit().await.expect("the lock is released");
    stage.ground().is_whole(&when).await;
    let seen = stage.seen(&scene).await;
    assert!(is_sound(&seen), "{when}: it is\n{seen}");
    leave(stage, scene).await
}

/// Goes on with a scene, and answers what is seen of it from then on.
async fn leave<S: Stage>(stage: &S, scene: S::Scene) -> (S::Scene, String) {
    stage.goes_on(&scene).await;
    let seen = stage.seen(&scene).await;
    (scene, seen)
}

/// Runs `operation` for so many events, and drops it if it has not come to its end then.
pub(crate) async fn drop_after<T>(
    events: usize,
    wire: &Wire,
    operation: impl Future<Output = T>,
) -> Option<T> {
    let mut operation = pin!(operation);
    let mut left = events;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        wire.wakes(context);
        match operation.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
