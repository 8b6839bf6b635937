//! Whoever waits for a row that a renewal moves to another partition is told so, by an error.

use crate::support::{self, blocked, count};
use crate::{LAYOUT, lock, sessions, visited_site};
use actix_pg_session::{
    Change, Client, Data, Deleted, Lifetime, NewSession, Renewal, SessionId, SessionStore as _, Touched,
    Updated,
};
use std::time::Duration;
use support::place::Place;

const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test]
async fn a_revocation_that_waits_for_a_renewal_is_refused_or_ends_it_and_then_succeeds() {
    for change in ["renew", "login=alice"] {
        let (_site, mut browser, pool) = visited_site().await;
        browser.get("/?login=alice").await.new_cookie();
        let row = lock(&pool).await;
        let renewal = browser.send(&format!("/?{change}"));
        blocked(&pool, 1).await;
        let revoke = || sqlx::query("delete from sessions where owner = 'alice'").execute(&pool);
        let waiting = tokio::spawn({
            let pool = pool.clone();
            async move { sqlx::query("delete from sessions where owner = 'alice'").execute(&pool).await }
        });
        blocked(&pool, 2).await;
        row.commit().await.expect("the lock is released");
        renewal.await.expect("a reply");
        if let Err(error) = waiting.await.expect("it ends") {
            let code = error.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
            assert_eq!(code.as_deref(), Some("40001"), "{error}");
            revoke().await.expect("nobody is in the way any more");
        }
        assert_eq!(sessions(&pool).await, 0, "after {change}");
    }
}

/// Every kind of call, while a transaction moves the row of its session.
#[tokio::test]
async fn calls_that_wait_for_a_row_that_is_moved_find_it_gone_and_none_fails() {
    for batching in [true, false] {
        let place = Place::on_this_server(LAYOUT).await;
        let builder = place.builder(place.pool().await).batching(batching);
        let store = builder.build().expect("good settings");
        let outside = place.pool().await;
        for round in 0..8 {
            let id = SessionId::generate().expect("randomness");
            let new = NewSession {
                data: Data::from_json("{}").expect("an object"),
                owner: None,
                credential: None,
                client: Client::default(),
                lifetime: Lifetime::new(HOUR, HOUR),
                cookie: None,
            };
            store.create(&id, new).await.expect("a session");
            let mut mover = outside.begin().await.expect("a transaction");
            sqlx::query("update sessions set key = sha256(key)")
                .execute(&mut *mover)
                .await
                .expect("it moves");

            let own = || (store.clone(), id.clone());
            let (updating, touching, deleting, renewing) = (own(), own(), own(), own());
            let update = tokio::spawn(async move { updating.0.update(&updating.1, Change::default()).await });
            let touch = tokio::spawn(async move { touching.0.touch(&touching.1, None).await });
            let delete = tokio::spawn(async move { deleting.0.delete(&deleting.1, HOUR).await });
            let renew = tokio::spawn(async move {
                let new = SessionId::generate().expect("randomness");
                let renewal =
                    Renewal { change: Change::default(), restart: None, proof: None, late_grace: HOUR };
                renewing.0.renew(&renewing.1, &new, renewal).await
            });
            blocked(&outside, 4).await;
            mover.commit().await.expect("it has moved");
            assert!(matches!(update.await.expect("no panic"), Ok(Updated::Gone)), "round {round}");
            assert!(matches!(touch.await.expect("no panic"), Ok(Touched::Gone)), "round {round}");
            assert!(matches!(delete.await.expect("no panic"), Ok(Deleted::Gone)), "round {round}");
            assert!(matches!(renew.await.expect("no panic"), Ok(Updated::Gone)), "round {round}");
            assert_eq!(count(&outside, "select count(*) from sessions").await, 1);
            sqlx::query("delete from sessions").execute(&outside).await.expect("the next round begins");
        }
    }
}
