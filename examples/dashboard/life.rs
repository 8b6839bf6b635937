//! People who come, sign in, wander about, and leave; some by the door.

use std::time::Duration;

use actix_pg_session::{
    CachedStore, Change, Data, Lifetime, NewSession, Renewal, Restart, SessionId, SessionStore as _,
    StoreError,
};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::people::{Dice, NAMES, client, values};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LIFETIME: Lifetime =
    Lifetime::new(Duration::from_secs(14 * DAY.as_secs()), Duration::from_secs(90 * DAY.as_secs()));

/// Somebody new every now and then, until the handle is aborted.
pub(crate) fn begin(store: CachedStore) -> JoinHandle<()> {
    tokio::spawn(async move {
        let Some(mut dice) = Dice::new() else { return };
        let mut crowd = tokio::task::JoinSet::new();
        loop {
            let store = store.clone();
            crowd.spawn(async move {
                if let Err(error) = visit(&store).await {
                    eprintln!("error: a visitor met one: {error}");
                }
            });
            while crowd.try_join_next().is_some() {}
            sleep(Duration::from_millis(100 + dice.below(900))).await;
        }
    })
}

async fn visit(store: &CachedStore) -> Result<(), StoreError> {
    let Some(mut dice) = Dice::new() else { return Ok(()) };
    let generate = || SessionId::generate().map_err(StoreError::failed);
    let mut id = generate()?;
    let new = NewSession {
        data: values(&mut dice),
        owner: None,
        credential: None,
        client: client(&mut dice),
        lifetime: LIFETIME,
        cookie: None,
    };
    store.create(&id, new).await?;
    think(&mut dice).await;
    if dice.percent(60) {
        let signed_in = generate()?;
        let restart = Restart {
            owner: Some(dice.pick(&NAMES).into()),
            credential: None,
            client: client(&mut dice),
            lifetime: LIFETIME,
            cookie: None,
        };
        let renewal = Renewal {
            change: Change::default(),
            restart: Some(restart),
            proof: None,
            late_grace: Duration::from_secs(10),
        };
        store.renew(&id, &signed_in, renewal).await?;
        id = signed_in;
    }
    for page in 0..dice.below(12) {
        think(&mut dice).await;
        let set = Data::from_json(&format!("{{\"pages\":{page}}}")).unwrap_or_default();
        store.update(&id, Change { set, ..Change::default() }).await?;
    }
    // The others just close the window.
    if dice.percent(70) {
        store.delete(&id, Duration::from_secs(10)).await?;
    }
    Ok(())
}

async fn think(dice: &mut Dice) {
    sleep(Duration::from_millis(500 + dice.below(6000))).await;
}
