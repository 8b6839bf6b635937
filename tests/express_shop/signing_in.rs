//! Signing in at one counter and being known at the other; and out.

use crate::shop::visitor::{ADA, JUN};
use crate::{Counter, in_each_zone};

#[tokio::test]
async fn a_sign_in_at_one_counter_is_one_at_the_other() {
    in_each_zone(async |shop| {
        for counter in Counter::BOTH {
            let mut ada = shop.visitor();
            ada.sign_in(counter, ADA).await.expect("a cookie for a new session");
            assert_eq!(ada.look(counter.other()).await.user.as_deref(), Some("ada"), "by {counter:?}");
            assert_eq!(ada.look_at_both().await.user.as_deref(), Some("ada"), "by {counter:?}");
            // Whoever has no cookie is somebody else.
            assert_eq!(shop.visitor().look_at_both().await.user, None);
        }
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_changes_the_id_and_the_old_one_is_worth_nothing() {
    in_each_zone(async |shop| {
        for (before, counter) in [
            (Counter::Express, Counter::Actix),
            (Counter::Actix, Counter::Express),
            (Counter::Express, Counter::Express),
            (Counter::Actix, Counter::Actix),
        ] {
            let rows = shop.rows().await;
            let mut visitor = shop.visitor();
            visitor.add(before, "night-ferry").await;
            let mut planted = visitor.clone();
            visitor.sign_in(counter, ADA).await.expect("a new cookie");
            assert_ne!(visitor.sid(), planted.sid(), "{before:?}, then {counter:?}");
            let page = planted.look_at_both().await;
            assert_eq!((page.user, page.cart.len()), (None, 0), "{before:?}, then {counter:?}");
            assert_eq!(shop.rows().await, rows + 1, "{before:?}, then {counter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn somebody_else_may_sign_in_after_at_the_other_counter() {
    in_each_zone(async |shop| {
        for counter in Counter::BOTH {
            let mut visitor = shop.visitor();
            visitor.sign_in(counter, ADA).await;
            let ada = visitor.sid();
            visitor.sign_in(counter.other(), JUN).await;
            assert_eq!(visitor.look_at_both().await.user.as_deref(), Some("jun"), "first {counter:?}");
            assert_ne!(visitor.sid(), ada, "first {counter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_signs_nobody_in_and_leaves_the_session_as_it_was() {
    in_each_zone(async |shop| {
        for counter in Counter::BOTH {
            let mut visitor = shop.visitor();
            visitor.add(counter, "night-ferry").await;
            let before = visitor.cookie().to_owned();
            for (name, password) in [("ada", "three slow knots"), ("nobody", "salt and paper"), ("", "")] {
                let fields = [("name", name), ("password", password)];
                let reply = visitor.send(counter, "POST", "/login", &fields).await;
                assert_eq!((reply.status, reply.cookie.is_some()), (422, false), "{name} at {counter:?}");
            }
            let page = visitor.look_at_both().await;
            assert_eq!((page.user, page.cart.len()), (None, 1), "at {counter:?}");
            assert_eq!(visitor.cookie(), before);
        }
    })
    .await;
}

#[tokio::test]
async fn a_sign_out_at_either_counter_is_one_at_both_and_the_row_is_gone() {
    in_each_zone(async |shop| {
        for (in_at, out_at) in [
            (Counter::Express, Counter::Actix),
            (Counter::Actix, Counter::Express),
            (Counter::Express, Counter::Express),
            (Counter::Actix, Counter::Actix),
        ] {
            let mut visitor = shop.visitor();
            visitor.sign_in(in_at, ADA).await;
            visitor.add(out_at, "night-ferry").await;
            let mut elsewhere = visitor.clone();
            visitor.sign_out(out_at).await;
            for visitor in [&mut visitor, &mut elsewhere] {
                let page = visitor.look_at_both().await;
                assert_eq!((page.user, page.cart.len()), (None, 0), "{in_at:?}, then {out_at:?}");
            }
            assert_eq!(shop.rows().await, 0, "{in_at:?}, then {out_at:?}");
        }
    })
    .await;
}
