//! Readings over time.

use std::time::Duration;

use crate::LAYOUTS;
use crate::planted::Planted;
use crate::support::count;
use crate::support::gate::until;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// As if every reading had been taken so much earlier.
async fn earlier(planted: &Planted) {
    sqlx::raw_sql("update sessions_history set at = at - interval '1 minute'")
        .execute(&planted.pool)
        .await
        .expect("moved");
}

#[tokio::test]
async fn a_reading_counts_who_is_there_who_came_and_who_left_since_the_last() {
    for layout in LAYOUTS {
        let planted = Planted::none(layout).await;
        // All of them began within the minute before this one.
        planted
            .insert("('ann', null, null, 0, '{}'), ('ben', null, null, 0, '{}'), (null, null, null, 0, '{}')")
            .await;
        sqlx::raw_sql("update sessions set created_at = date_trunc('minute', now()) - interval '1 second'")
            .execute(&planted.pool)
            .await
            .expect("moved");
        planted.admin.take_reading(MINUTE).await.expect("a reading");
        let first = planted.admin.history(DAY).await.expect("readings");
        // The minute may have passed meanwhile, and then nobody came in the one before.
        let began = (first[0].signed_in, first[0].anonymous);
        assert!(
            first.len() == 1 && first[0].live == 3 && [(2, 1), (0, 0)].contains(&began),
            "{layout:?} {first:?}"
        );
        assert_eq!(first[0].ended, None, "nothing to compare with");

        planted.admin.revoke_owner("ann").await.expect("done");
        earlier(&planted).await;
        until("the books know of the deletion", async || {
            planted.admin.take_reading(MINUTE).await.expect("a reading");
            let readings = planted.admin.history(DAY).await.expect("readings");
            let last = readings.last().expect("one");
            if readings.len() > 1 && last.live == 2 && last.ended == Some(1) {
                return true;
            }
            sqlx::raw_sql(
                "delete from sessions_history where at = (select max(at) from sessions_history) and live = 2",
            )
            .execute(&planted.pool)
            .await
            .expect("read again");
            false
        })
        .await;
    }
}

#[tokio::test]
async fn of_each_stretch_of_time_there_is_one_reading_however_many_take_it() {
    let planted = Planted::many(LAYOUTS[0], 3).await;
    let readings = (0..8).map(|_| planted.admin.take_reading(DAY));
    for reading in futures_util::future::join_all(readings).await {
        reading.expect("a reading, or somebody else's");
    }
    let taken = count(&planted.pool, "select count(*) from sessions_history").await;
    assert!((1..=2).contains(&taken), "one, or two around midnight: {taken}");
}

#[tokio::test]
async fn a_recorder_takes_readings_until_it_is_stopped_and_old_ones_are_forgotten() {
    let planted = Planted::many(LAYOUTS[0], 3).await;
    sqlx::raw_sql("insert into sessions_history values (now() - interval '91 days', 1, 1, 1, 1)")
        .execute(&planted.pool)
        .await
        .expect("an old reading");
    let recorder = planted.admin.start_recording_every(Duration::from_secs(1));
    until("readings are taken", async || planted.admin.history(DAY).await.expect("readings").len() >= 2)
        .await;
    recorder.stop().await;
    let old = "select count(*) from sessions_history where at < now() - interval '90 days'";
    assert_eq!(count(&planted.pool, old).await, 0);
}
