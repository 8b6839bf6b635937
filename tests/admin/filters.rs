//! Which sessions are meant.

use std::time::Duration;

use actix_pg_session::admin::{Counted, Filter, Position, State};

use crate::LAYOUTS;
use crate::planted::Planted;

const CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36";
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Numbered by `n`: 1 and 2 of ann, 3 of bob, 4 of nobody, 5 of bob and expired.
async fn planted(layout: actix_pg_session::Layout) -> Planted {
    let planted = Planted::none(layout).await;
    planted
        .insert(&format!(
            "('ann', '10.1.2.3', '{CHROME}', 100, '{{\"n\": 1, \"cart\": [{{\"copies\": 3}}], \"role\": \"editor\"}}'),
             ('ann', '10.9.9.9', 'curl/8.5.0', 7200, '{{\"n\": 2, \"cart\": [], \"flag\": false}}'),
             ('bob', '2001:db8::7', '{CHROME}', 300, '{{\"n\": 3, \"note\": null}}'),
             (null, null, null, 400, '{{\"n\": 4}}'),
             ('bob', '10.1.2.3', 'curl/8.5.0', 100000, '{{\"n\": 5}}')"
        ))
        .await;
    planted
}

async fn meant(planted: &Planted, filter: &Filter) -> Vec<i64> {
    let page = planted.admin.list(filter, Position::Newest, 50).await.expect("a page");
    let mut numbers = Vec::new();
    for session in page.sessions {
        let shown = planted.admin.session(session.cursor()).await.expect("an answer").expect("it is there");
        numbers.push(shown.data.get("n").expect("a number").get().parse().expect("a number"));
    }
    let counted = planted.admin.count(filter).await.expect("a number");
    assert_eq!(counted, numbers.len() as u64, "a count and a list mean the same: {filter:?}");
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn every_filter_means_what_it_says() {
    let network = |text: &str| text.parse::<actix_pg_session::Network>().expect("a network");
    let cases: Vec<(Filter, &[i64])> = vec![
        (Filter::new(), &[1, 2, 3, 4]),
        (Filter::new().state(State::Any), &[1, 2, 3, 4, 5]),
        (Filter::new().state(State::Expired), &[5]),
        (Filter::new().owner("ann"), &[1, 2]),
        (Filter::new().owner("an"), &[]),
        (Filter::new().owner("' or true --"), &[]),
        (Filter::new().signed_in(true), &[1, 2, 3]),
        (Filter::new().signed_in(false), &[4]),
        (Filter::new().network(network("10.0.0.0/8")), &[1, 2]),
        (Filter::new().network(network("10.1.0.0/16")), &[1]),
        (Filter::new().network(network("10.1.2.3")), &[1]),
        (Filter::new().network(network("2001:db8::/32")), &[3]),
        (Filter::new().user_agent("chrome"), &[1, 3]),
        (Filter::new().user_agent("%"), &[]),
        (Filter::new().idle_for(HOUR), &[2]),
        (Filter::new().began_within(HOUR), &[1, 3, 4]),
        (Filter::new().data_contains(r#"{"role": "editor"}"#), &[1]),
        (Filter::new().data_contains(r#"{"cart": [{"copies": 3}]}"#), &[1]),
        (Filter::new().data_path("$.cart"), &[1, 2]),
        (Filter::new().data_path("$.cart[*] ? (@.copies > 2)"), &[1]),
        (Filter::new().data_path("$.role == \"editor\""), &[1]),
        (Filter::new().data_path("$.n > 2"), &[3, 4]),
        (Filter::new().data_path("$.flag"), &[]),
        (Filter::new().data_path("$.note"), &[]),
        (Filter::new().owner("ann").user_agent("curl").data_path("$.n == 2"), &[2]),
    ];
    for layout in LAYOUTS {
        let planted = planted(layout).await;
        for (filter, numbers) in &cases {
            assert_eq!(meant(&planted, filter).await, *numbers, "{layout:?} {filter:?}");
        }
        let all = planted.admin.list(&Filter::new(), Position::Newest, 50).await.expect("a page").sessions;
        let third = all[1].created_at;
        assert_eq!(meant(&planted, &Filter::new().began_before(third)).await, [2, 4], "{layout:?}");
        assert_eq!(meant(&planted, &Filter::new().began_after(third)).await, [1, 3], "{layout:?}");
        assert_eq!(meant(&planted, &Filter::new().session(all[0].handle)).await, [1]);
        assert_eq!(meant(&planted, &Filter::new().session(all[0].cursor())).await, [1]);
    }
}

#[tokio::test]
async fn what_is_no_filter_is_refused_with_postgresqls_own_words() {
    let planted = planted(LAYOUTS[0]).await;
    for (filter, words) in [
        (Filter::new().data_path("$.cart["), "jsonpath"),
        (Filter::new().data_path("drop table sessions"), "jsonpath"),
        (Filter::new().data_contains("{"), "json"),
        (Filter::new().owner("a\0b"), "invalid byte sequence"),
    ] {
        let error = planted.admin.list(&filter, Position::Newest, 5).await.expect_err("it is none");
        assert!(error.is_unreadable_filter() && error.to_string().contains(words), "{filter:?}: {error}");
        let error = planted.admin.revoke_matching(&filter).await.expect_err("it is none");
        assert!(error.is_unreadable_filter(), "{error}");
    }
    assert_eq!(planted.admin.count(&Filter::new()).await.expect("a number"), 4, "nobody was signed out");
}

#[tokio::test]
async fn counting_stops_where_it_is_told_to() {
    let planted = planted(LAYOUTS[0]).await;
    for (most, counted) in [(3, Counted::MoreThan(3)), (4, Counted::Exactly(4)), (9, Counted::Exactly(4))] {
        assert_eq!(planted.admin.count_up_to(&Filter::new(), most).await.expect("a number"), counted);
    }
}
