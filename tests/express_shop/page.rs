//! The page of either counter.

use crate::shop::NOWHERE;
use crate::shop::visitor::ADA;
use crate::{Actix, Counter, Express, in_each_zone};

/// The page without what has to differ and without what says nothing: who answers, and white space.
fn essence(html: &str, words: [(&str, &str); 4]) -> String {
    let html = words.iter().fold(html.to_owned(), |html, (word, stand_in)| html.replace(word, stand_in));
    let html: String = html.chars().filter(|c| !c.is_whitespace()).collect();
    html.replace("/>", ">").to_lowercase()
}

#[tokio::test]
async fn both_draw_the_same_page_and_lead_to_the_other() {
    in_each_zone(async |shop| {
        let to_express = format!("http://{}/", shop.address(Express));
        let to_nowhere = format!("http://{NOWHERE}/");
        let of_express = [
            ("Express 5", "HERE"),
            ("actix-web", "THERE"),
            ("\"express\"", "\"here\""),
            (&*to_nowhere, "LINK"),
        ];
        let of_actix = [
            ("actix-web", "HERE"),
            ("Express 5", "THERE"),
            ("\"actix\"", "\"here\""),
            (&*to_express, "LINK"),
        ];
        let wrong = [("name", "<b>\"ada\" & co</b>"), ("password", "salt and pepper")];
        for (method, path, fields, status) in [("GET", "/", &[][..], 200), ("POST", "/login", &wrong, 422)] {
            let express = shop.visitor().send(Express, method, path, fields).await;
            let actix = shop.visitor().send(Actix, method, path, fields).await;
            assert_eq!((express.status, actix.status), (status, status));
            assert!(actix.body.contains(&to_express), "the link");
            assert_eq!(essence(&express.body, of_express), essence(&actix.body, of_actix));
        }
    })
    .await;
}

#[tokio::test]
async fn only_pages_of_a_counter_itself_may_send_its_forms() {
    in_each_zone(async |shop| {
        let mut ada = shop.visitor();
        ada.sign_in(Actix, ADA).await;
        for counter in Counter::BOTH {
            // The other counter is the same site, and shares the cookie, but is not the same origin.
            let neighbour = format!("http://{}", shop.address(counter.other()));
            for origin in [&*neighbour, "http://thief.example", "null"] {
                let reply = ada.send_from(origin, counter, "POST", "/logout", &[]).await;
                assert_eq!(reply.status, 403, "from {origin} at {counter:?}");
            }
        }
        assert_eq!(ada.look_at_both().await.user.as_deref(), Some("ada"));
    })
    .await;
}
