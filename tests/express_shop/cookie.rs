//! The cookie: what it looks like, and making one by hand.

use crate::shop::SECRET;
use crate::shop::cookie::signed;
use crate::shop::visitor::ADA;
use crate::{Counter, in_each_zone};

const HOUR: i64 = 3600;

#[tokio::test]
async fn both_set_the_same_cookie_and_it_names_the_row() {
    in_each_zone(async |shop| {
        for counter in Counter::BOTH {
            let mut visitor = shop.visitor();
            let cookie = visitor.add(counter, "night-ferry").await.expect("a cookie for a new session");
            assert_eq!(cookie.attributes, ["HttpOnly", "Path=/", "SameSite=Lax"], "at {counter:?}");
            assert_eq!(cookie.value, signed(&visitor.sid(), SECRET), "at {counter:?}");
            let lifetime = cookie.lifetime.num_seconds();
            assert!((HOUR - 60..=HOUR + 60).contains(&lifetime), "{lifetime} s at {counter:?}");
            let named = sqlx::query_scalar("select count(*) from session where sid = $1");
            let named: i64 = named.bind(visitor.sid()).fetch_one(&shop.pool).await.expect("a count");
            assert_eq!(named, 1, "at {counter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_that_changes_nothing_sets_no_cookie() {
    in_each_zone(async |shop| {
        for counter in Counter::BOTH {
            let mut visitor = shop.visitor();
            assert!(visitor.look(counter).await.cookie.is_none(), "at {counter:?}");
            assert!(visitor.empty_cart(counter).await.is_none(), "at {counter:?}");
            assert_eq!(shop.rows().await, 0, "at {counter:?}");
        }
        let mut visitor = shop.visitor();
        visitor.add(Counter::Express, "night-ferry").await;
        for counter in Counter::BOTH {
            assert!(visitor.look(counter).await.cookie.is_none(), "at {counter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_made_up_cookie_is_a_stranger_at_both_and_its_id_is_never_adopted() {
    in_each_zone(async |shop| {
        let mut ada = shop.visitor();
        ada.sign_in(Counter::Express, ADA).await;
        let rows = shop.rows().await;
        let forged = [
            ada.sid(),
            format!("s%3A{}", ada.sid()),
            format!("s%3A{}.", ada.sid()),
            signed(&ada.sid(), "a secret that is not the one of the shop"),
            signed("made-up", SECRET),
            signed("", SECRET),
            "s%3A".to_owned(),
            "%".to_owned(),
        ];
        for (counter, value) in Counter::BOTH.into_iter().flat_map(|c| forged.iter().map(move |v| (c, v))) {
            let mut stranger = shop.visitor().with_cookie(value);
            let page = stranger.look(counter).await;
            assert_eq!((page.user, page.cookie.is_some()), (None, false), "{value} at {counter:?}");
            assert_eq!(shop.rows().await, rows, "{value} at {counter:?}");
        }
        for counter in Counter::BOTH {
            let mut stranger = shop.visitor().with_cookie(signed("made-up", SECRET));
            stranger.add(counter, "night-ferry").await.expect("a cookie for a new session");
            assert_ne!(stranger.sid(), "made-up", "at {counter:?}");
        }
        assert_eq!(ada.look_at_both().await.user.as_deref(), Some("ada"));
    })
    .await;
}
