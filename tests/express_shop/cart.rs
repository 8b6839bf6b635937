//! The cart, filled at both counters.

use crate::shop::BOOKS;
use crate::shop::page::name;
use crate::shop::visitor::ADA;
use crate::{Actix, Counter, Express, in_each_zone};

#[tokio::test]
async fn books_added_at_alternate_counters_are_all_there_in_order() {
    in_each_zone(async |shop| {
        for first in Counter::BOTH {
            let mut visitor = shop.visitor();
            let counters = [first, first.other()].into_iter().cycle();
            let mut expected = Vec::new();
            for (book, counter) in BOOKS.into_iter().zip(counters) {
                visitor.add(counter, book).await;
                expected.push((book.to_owned(), name(counter).to_owned()));
                assert_eq!(visitor.look(counter.other()).await.cart, expected, "{book}, first {first:?}");
            }
            assert_eq!(visitor.look_at_both().await.cart, expected, "first {first:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_cart_survives_a_sign_in_at_the_other_counter() {
    in_each_zone(async |shop| {
        for counter in Counter::BOTH {
            let mut visitor = shop.visitor();
            visitor.add(counter, "slack-water").await;
            visitor.sign_in(counter.other(), ADA).await;
            let page = visitor.look_at_both().await;
            assert_eq!(page.user.as_deref(), Some("ada"), "filled at {counter:?}");
            assert_eq!(page.cart, [("slack-water".to_owned(), name(counter).to_owned())]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_cart_that_is_emptied_at_one_counter_is_empty_at_the_other_and_nobody_is_signed_out() {
    in_each_zone(async |shop| {
        for counter in Counter::BOTH {
            let mut visitor = shop.visitor();
            visitor.sign_in(counter, ADA).await;
            visitor.add(counter, "night-ferry").await;
            visitor.empty_cart(counter.other()).await;
            let page = visitor.look_at_both().await;
            assert_eq!((page.user.as_deref(), page.cart.len()), (Some("ada"), 0), "filled at {counter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_cart_holds_twelve_books_at_both() {
    in_each_zone(async |shop| {
        let mut visitor = shop.visitor();
        for book in BOOKS.into_iter().chain(BOOKS) {
            visitor.add(Express, book).await;
        }
        visitor.add(Actix, "slack-water").await;
        visitor.add(Express, "night-ferry").await;
        let cart = visitor.look_at_both().await.cart;
        let books: Vec<_> = cart.iter().map(|(book, _)| book.as_str()).collect();
        assert_eq!(books, [&BOOKS[2..], &BOOKS, &["slack-water", "night-ferry"]].concat());
    })
    .await;
}
