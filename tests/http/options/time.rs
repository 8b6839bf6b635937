//! `max_age`, `absolute_lifetime`, `touch_after`, `browser_session`, `late_grace`, with the store's
//! clock turned.

use std::time::Duration;

use actix_pg_session::test_util::{Browser, Op, Reply};

use crate::story::{Counted, DAY, HOUR, MINUTE, SID, Shelf, max_age, on_both_stores, over, visit};

const SECOND: Duration = Duration::from_secs(1);

on_both_stores!(
    a_session_ends_when_it_is_not_used_for_its_max_age,
    use_keeps_a_session_alive_to_its_absolute_lifetime_and_no_longer,
    without_an_absolute_lifetime_use_keeps_a_session_for_ever,
    reading_is_written_down_after_a_tenth_of_a_short_idle_time,
    reading_is_written_down_after_five_minutes_of_a_long_idle_time,
    the_part_and_the_limit_of_the_throttle_are_options,
    a_throttle_of_zero_writes_each_time,
    saving_counts_as_use_and_moves_the_cookie,
    a_browser_session_has_no_max_age_and_the_row_lives_on,
    no_cookie_outlives_400_days,
    an_id_that_was_left_is_late_for_ten_seconds,
    without_late_grace_a_late_request_is_anybodys,
);

async fn holder(sessions: actix_pg_session::SessionMiddlewareBuilder) -> (Browser, Reply) {
    let browser = visit(sessions).await;
    let reply = browser.get("/put:color=red").await;
    (browser, reply)
}

async fn is_alive(browser: &Browser) -> bool {
    browser.get("/get:color").await.body == "red"
}

async fn a_session_ends_when_it_is_not_used_for_its_max_age(store: Counted<impl Shelf>) {
    let (browser, reply) = holder(over(&store).max_age(HOUR)).await;
    assert_eq!(max_age(&reply), Some(3600));
    store.elapse(HOUR - MINUTE).await;
    assert!(is_alive(&browser).await);
    store.elapse(HOUR + SECOND).await;
    assert!(!is_alive(&browser).await);
    assert_eq!(store.sessions().await, 0);
}

async fn use_keeps_a_session_alive_to_its_absolute_lifetime_and_no_longer(store: Counted<impl Shelf>) {
    let (browser, _) = holder(over(&store).max_age(HOUR).absolute_lifetime(2 * HOUR)).await;
    for (minutes, left) in [(50, 3600), (100, 1200)] {
        store.elapse(50 * MINUTE).await;
        let reply = browser.get("/get:color").await;
        assert_eq!(reply.body, "red", "after {minutes} minutes");
        let age = max_age(&reply).expect("a cookie that lasts");
        assert!((left - 60..=left).contains(&age), "after {minutes} minutes: {age}");
    }
    store.elapse(20 * MINUTE).await;
    assert!(!is_alive(&browser).await);
}

async fn without_an_absolute_lifetime_use_keeps_a_session_for_ever(store: Counted<impl Shelf>) {
    let (browser, _) = holder(over(&store).max_age(HOUR).absolute_lifetime(None)).await;
    for _ in 0..30 {
        store.elapse(59 * MINUTE).await;
        assert!(is_alive(&browser).await);
    }
}

/// Reads after each of the times, and answers after which of them the row was touched.
async fn touched_at(store: &Counted<impl Shelf>, browser: &Browser, times: &[Duration]) -> Vec<Duration> {
    let mut touched = Vec::new();
    let mut now = Duration::ZERO;
    for at in times {
        store.elapse(*at - now).await;
        now = *at;
        let before = store.calls(Op::Touch);
        let reply = browser.get("/get:color").await;
        let moved = store.calls(Op::Touch) > before;
        assert_eq!(!reply.set_cookies().is_empty(), moved, "cookie and row move together");
        if moved {
            touched.push(*at);
        }
    }
    touched
}

async fn reading_is_written_down_after_a_tenth_of_a_short_idle_time(store: Counted<impl Shelf>) {
    let (browser, _) = holder(over(&store).max_age(10 * MINUTE)).await;
    let times = [30 * SECOND, 55 * SECOND, 61 * SECOND, 100 * SECOND, 122 * SECOND];
    assert_eq!(touched_at(&store, &browser, &times).await, [61 * SECOND, 122 * SECOND]);
}

async fn reading_is_written_down_after_five_minutes_of_a_long_idle_time(store: Counted<impl Shelf>) {
    let (browser, _) = holder(over(&store)).await;
    let times = [4 * MINUTE, 5 * MINUTE - 5 * SECOND, 5 * MINUTE + SECOND, 10 * MINUTE];
    assert_eq!(touched_at(&store, &browser, &times).await, [5 * MINUTE + SECOND]);
    assert_eq!(store.calls(Op::Update), 0);
}

async fn the_part_and_the_limit_of_the_throttle_are_options(store: Counted<impl Shelf>) {
    let (browser, _) = holder(over(&store).max_age(HOUR).touch_after(0.5, DAY)).await;
    assert_eq!(touched_at(&store, &browser, &[29 * MINUTE, 31 * MINUTE]).await, [31 * MINUTE]);
    let (browser, _) = holder(over(&store).max_age(HOUR).touch_after(0.5, MINUTE)).await;
    assert_eq!(touched_at(&store, &browser, &[50 * SECOND, 61 * SECOND]).await, [61 * SECOND]);
}

async fn a_throttle_of_zero_writes_each_time(store: Counted<impl Shelf>) {
    let (browser, _) = holder(over(&store).touch_after(0.0, DAY)).await;
    assert_eq!(touched_at(&store, &browser, &[Duration::ZERO, SECOND]).await, [Duration::ZERO, SECOND]);
}

async fn saving_counts_as_use_and_moves_the_cookie(store: Counted<impl Shelf>) {
    let (browser, _) = holder(over(&store).max_age(HOUR)).await;
    store.elapse(40 * MINUTE).await;
    assert_eq!(max_age(&browser.get("/put:size=8").await), Some(3600));
    store.elapse(40 * MINUTE).await;
    assert!(is_alive(&browser).await);
}

async fn a_browser_session_has_no_max_age_and_the_row_lives_on(store: Counted<impl Shelf>) {
    let (browser, reply) = holder(over(&store).browser_session(true).max_age(HOUR)).await;
    assert_eq!(max_age(&reply), None);
    assert!(!reply.set_cookies()[0].contains("Expires"));
    store.elapse(30 * MINUTE).await;
    let reply = browser.get("/get:color").await;
    assert!(reply.set_cookies().is_empty(), "the cookie says nothing that could have gone stale");
    assert_eq!(store.calls(Op::Touch), 1);
    store.elapse(50 * MINUTE).await;
    assert!(is_alive(&browser).await);
    browser.close();
    assert!(!is_alive(&browser).await);
}

async fn no_cookie_outlives_400_days(store: Counted<impl Shelf>) {
    let (_, reply) = holder(over(&store).max_age(1000 * DAY).absolute_lifetime(None)).await;
    assert_eq!(max_age(&reply), Some(400 * 24 * 60 * 60));
}

async fn an_id_that_was_left_is_late_for_ten_seconds(store: Counted<impl Shelf>) {
    for leave in ["/renew", "/login:ann", "/regenerate", "/logout"] {
        let (browser, _) = holder(over(&store)).await;
        let old = browser.cookie(SID).expect("a cookie").value;
        browser.get(leave).await;
        let late = browser.another();
        late.set_cookie(SID, &old);
        let reply = late.get("/put:color=blue/get:color/owner").await;
        assert_eq!((reply.status.as_u16(), reply.set_cookies().len()), (200, 0), "{leave}");
        assert_eq!(late.get("/get:color").await.body, "none", "{leave}: it does not act as the session");
        store.elapse(11 * SECOND).await;
        assert_eq!(
            late.get("/put:color=blue").await.set_cookies().len(),
            1,
            "{leave}: a visitor as any other"
        );
    }
}

async fn without_late_grace_a_late_request_is_anybodys(store: Counted<impl Shelf>) {
    let (browser, _) = holder(over(&store).late_grace(Duration::ZERO)).await;
    let late = browser.get("/put:color=blue");
    browser.get("/logout").await;
    assert_eq!(late.await.set_cookies().len(), 1);
    assert_eq!(store.sessions().await, 1);
}
