//! One answer of a call is no answer, and all others are the truth.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_pg_session::{
    Admission, Change, Deleted, Layout, NewSession, OwnerLimit, OwnerStore as _, PostgresStore, Renewal,
    Restart, SessionId, SessionStore as _, Updated, WhenFull,
};
use sqlx::postgres::PgPoolOptions;

use crate::liar::{Liar, Lie, Lies};
use crate::lies::OUT_OF_STEP;
use crate::messages::READY;
use crate::store::{HOUR, Stage, data, session};
use crate::support::gate::{PATIENCE, at_once, until};

/// This lie in place of the answer of that number, and how many answers there were.
pub(crate) fn once(number: usize, mut lie: Lies) -> (Lies, Arc<AtomicUsize>) {
    let answers = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&answers);
    let lies = Box::new(move |message: &crate::messages::Message| {
        let here = count.fetch_add(usize::from(message.kind == READY), Ordering::Relaxed);
        if here == number { lie(message) } else { Lie::Truth }
    });
    (lies, answers)
}

/// Makes a call with each lie in place of each answer. The statements are known from `at_first`, since one that is yet to
/// be prepared is looked at more closely.
pub(crate) async fn each_answer<S>(
    liar: &Liar,
    at_least: usize,
    at_first: impl AsyncFn() -> S,
    call: impl AsyncFn(&S, &str),
) {
    for (name, lie) in OUT_OF_STEP {
        for number in 0.. {
            let when = format!("{name}, in answer {number}");
            let store = at_first().await;
            let (lies, answers) = once(number, lie());
            liar.says(lies);
            call(&store, &when).await;
            liar.tells_the_truth();
            if answers.load(Ordering::Relaxed) <= number {
                assert!(number >= at_least, "{when}: there were no more");
                break;
            }
        }
    }
}

impl Stage {
    /// A store that has one connection.
    fn narrow(&self, layout: Layout) -> PostgresStore {
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
        let builder = PostgresStore::builder(pool.connect_lazy_with(self.liar.options()));
        builder.layout(layout).batching(false).build().expect("a store")
    }

    /// How many of these live, at one moment: what was answered with an error may yet happen.
    async fn live(&self, ids: &[&SessionId]) -> i64 {
        let keys: Vec<_> = ids.iter().map(|id| id.digest().as_bytes().to_vec()).collect();
        let live = "select count(*) from sessions where key = any($1) and expires_at > now()";
        let live = sqlx::query_scalar(live).bind(keys).fetch_one(self.plain.pool());
        live.await.expect("the truth")
    }

    /// An end that comes too early is taken for that of the commit, which is on its way.
    async fn soon(&self, id: &SessionId, lives: bool, when: &str) {
        let is_so = async || self.live(&[id]).await == i64::from(lives);
        until(&format!("{when}: lives {lives}"), is_so).await;
    }

    /// How many sessions Zoe has.
    async fn zoes(&self) -> usize {
        self.plain.sessions_of("zoe", 1000).await.expect("the truth").len()
    }

    async fn sign_in_zoe_once(&self) -> SessionId {
        self.plain.end_sessions_of("zoe", None).await.expect("an end");
        self.begin("zoe").await.0
    }
}

fn id() -> SessionId {
    SessionId::generate().expect("randomness")
}

fn zoe_signs_in() -> Renewal {
    let NewSession { owner, client, lifetime, .. } = session("zoe");
    let restart = Restart { owner, credential: None, client, lifetime, cookie: None };
    let change = Change { set: data(r#"{"who":"zoe"}"#), ..Change::default() };
    Renewal { change, restart: Some(restart), proof: None, late_grace: HOUR }
}

fn only_new_id() -> Renewal {
    Renewal { change: Change::default(), restart: None, proof: None, late_grace: HOUR }
}

const ONE: OwnerLimit = OwnerLimit { most: 1, when_full: WhenFull::Evict };
const NO_MORE: OwnerLimit = OwnerLimit { most: 1, when_full: WhenFull::Refuse };

#[tokio::test]
async fn a_sign_in_in_another_ones_place_is_an_error_or_the_truth() {
    let stage = Stage::new().await;
    let at_first = async || {
        let store = stage.narrow(Layout::Plain);
        stage.sign_in_zoe_once().await;
        store.create_within(ONE, &id(), session("zoe")).await.expect("the truth");
        store
    };
    each_answer(&stage.liar, 6, at_first, async |store, when| {
        let new = id();
        match at_once(store.create_within(ONE, &new, session("zoe"))).await {
            Ok(Admission::In { evicted, .. }) => {
                stage.soon(&new, true, when).await;
                assert_eq!(evicted.len(), 1, "{when}");
            }
            Ok(other) => panic!("{when}: {other:?}"),
            Err(_) => {}
        }
        assert_eq!(stage.zoes().await, 1, "{when}");
    })
    .await;
}

/// As a visitor who has a session already.
async fn sign_ins_of_visitors(layout: Layout, at_least: usize) {
    let stage = Stage::laid_out(layout).await;
    let at_first = async || {
        let store = stage.narrow(layout);
        stage.sign_in_zoe_once().await;
        let (ann, _) = stage.begin("ann").await;
        store.renew_within(NO_MORE, &ann, &id(), zoe_signs_in()).await.expect("the truth");
        store.renew_within(ONE, &ann, &id(), zoe_signs_in()).await.expect("the truth");
        store
    };
    each_answer(&stage.liar, at_least, at_first, async |store, when| {
        let ((ann, _), new) = (stage.begin("ann").await, id());
        let refused = at_once(store.renew_within(NO_MORE, &ann, &new, zoe_signs_in())).await;
        assert!(matches!(refused, Err(_) | Ok(Admission::Full)), "{when}: {refused:?}");
        assert_eq!(stage.live(&[&ann]).await, 1, "{when}: refused, and out");
        match at_once(store.renew_within(ONE, &ann, &new, zoe_signs_in())).await {
            Ok(Admission::In { answer: Updated::Saved(_), .. }) => stage.soon(&new, true, when).await,
            Ok(other) => panic!("{when}: {other:?}"),
            Err(_) => {}
        }
        assert_eq!(stage.zoes().await, 1, "{when}");
        assert_eq!(stage.live(&[&ann, &new]).await, 1, "{when}: one of them lives");
    })
    .await;
}

#[tokio::test]
async fn a_visitors_sign_in_within_a_limit_is_an_error_or_the_truth() {
    sign_ins_of_visitors(Layout::Plain, 12).await;
}

const DISTRIBUTED: Layout = Layout::Distributed { shards: 4 };

#[tokio::test]
async fn a_visitors_sign_in_within_a_limit_on_a_cluster_is_an_error_or_the_truth() {
    sign_ins_of_visitors(DISTRIBUTED, 20).await;
}

#[tokio::test]
async fn a_new_id_and_an_end_on_a_cluster_are_an_error_or_the_truth() {
    let stage = Stage::laid_out(DISTRIBUTED).await;
    let at_first = async || {
        let store = stage.narrow(DISTRIBUTED);
        let ((ann, _), new) = (stage.begin("ann").await, id());
        store.renew(&ann, &new, only_new_id()).await.expect("the truth");
        store.delete(&new, HOUR).await.expect("the truth");
        store.prune(10).await.expect("the truth");
        store
    };
    each_answer(&stage.liar, 20, at_first, async |store, when| {
        let ((ann, _), new) = (stage.begin("ann").await, id());
        match at_once(store.renew(&ann, &new, only_new_id())).await {
            Ok(Updated::Saved(_)) => stage.soon(&new, true, when).await,
            Ok(other) => panic!("{when}: a live session is {other:?}"),
            Err(_) => {}
        }
        assert_eq!(stage.live(&[&ann, &new]).await, 1, "{when}: one of them lives");
        let (bob, _) = stage.begin("bob").await;
        match at_once(store.delete(&bob, HOUR)).await {
            Ok(Deleted::Ended) => stage.soon(&bob, false, when).await,
            Ok(Deleted::Gone) => panic!("{when}: a live session is gone"),
            Err(_) => {}
        }
        let over =
            "update sessions set expires_at = now(), purge_at = now() where owner = 'ann' and key = $1";
        let over = sqlx::query(over).bind(ann.digest().as_bytes().as_slice());
        let made_over = over.execute(stage.plain.pool()).await.expect("the truth").rows_affected();
        if let Ok(pruned) = at_once(store.prune(10)).await {
            assert!(pruned.sessions <= made_over, "{when}: {pruned:?}");
        }
    })
    .await;
}
