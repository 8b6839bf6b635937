//! A session ends at one moment, whoever wrote the row and whoever asks.

use crate::shop::Shop;
use crate::shop::visitor::ADA;
use crate::{Counter, in_each_zone};

const HOUR: i32 = 3600;

/// Turns the clock forward for every row, by moving the rows back. Only the column: it is what
/// connect-pg-simple asks.
async fn elapse(shop: &Shop, seconds: i32) {
    let moved = sqlx::query("update session set expire = expire - make_interval(secs => $1)");
    moved.bind(f64::from(seconds)).execute(&shop.pool).await.expect("the rows can be moved");
}

/// The seconds that the only row has left, read as the local time that it is.
async fn left(shop: &Shop) -> i32 {
    let left = "select extract(epoch from expire at time zone $1 - now())::int from session";
    sqlx::query_scalar(left).bind(shop.zone).fetch_one(&shop.pool).await.expect("one row")
}

async fn forget(shop: &Shop) {
    sqlx::query("delete from session").execute(&shop.pool).await.expect("the rows can be deleted");
}

#[tokio::test]
async fn both_write_the_expiry_in_the_zone_of_the_database() {
    in_each_zone(async |shop| {
        for counter in Counter::BOTH {
            let mut ada = shop.visitor();
            ada.sign_in(counter, ADA).await;
            let written = left(shop).await;
            assert!((HOUR - 60..=HOUR + 1).contains(&written), "{written} s written by {counter:?}");
            // Half of it goes by. Then a look at the page gives a whole hour again.
            elapse(shop, HOUR / 2).await;
            ada.look(counter.other()).await;
            let touched = left(shop).await;
            assert!((HOUR - 60..=HOUR + 1).contains(&touched), "{touched} s, written by {counter:?}");
            forget(shop).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_with_a_minute_left_is_known_at_both_and_one_that_ended_a_minute_ago_at_neither() {
    in_each_zone(async |shop| {
        for writer in Counter::BOTH {
            for reader in Counter::BOTH {
                let mut ada = shop.visitor();
                ada.sign_in(writer, ADA).await;
                elapse(shop, HOUR - 60).await;
                let user = ada.look(reader).await.user;
                assert_eq!(user.as_deref(), Some("ada"), "written by {writer:?}, read by {reader:?}");
                // The look has given it another hour.
                elapse(shop, HOUR + 60).await;
                let user = ada.look(reader).await.user;
                assert_eq!(user, None, "written by {writer:?}, read by {reader:?}");
                assert_eq!(ada.look_at_both().await.user, None, "written by {writer:?}, read by {reader:?}");
                forget(shop).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_administrator_who_deletes_the_row_signs_out_of_both() {
    in_each_zone(async |shop| {
        for counter in Counter::BOTH {
            let mut ada = shop.visitor();
            ada.sign_in(counter, ADA).await;
            assert_eq!(ada.look_at_both().await.user.as_deref(), Some("ada"), "at {counter:?}");
            forget(shop).await;
            assert_eq!(ada.look_at_both().await.user, None, "signed in at {counter:?}");
            assert_eq!(shop.rows().await, 0);
        }
    })
    .await;
}
