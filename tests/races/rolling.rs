//! Replies that send the cookie again, and may do so too late.

use crate::support::http::Browser;
use crate::support::site::{Plan, SECRET};
use crate::{go_on, in_flight, sessions, support, visited};

#[tokio::test]
async fn a_rolling_reply_never_puts_a_dead_id_over_a_newer_one() {
    for change in ["renew", "login=alice", "logout"] {
        let (site, mut browser, pool) = visited(|plan| plan.sessions(|b| b.rolling(true))).await;
        browser.get("/?get=a").await.new_cookie();
        let reading = in_flight(&site, &browser, "/?wait&get=a").await;
        let storing = in_flight(&site, &browser, "/?wait&set=b:2").await;
        browser.get(&format!("/?{change}")).await;
        let rows = sessions(&pool).await;
        go_on(&site, reading).await.leaves_the_cookie_alone();
        go_on(&site, storing).await.leaves_the_cookie_alone();
        assert_eq!(sessions(&pool).await, rows, "after {change}");
    }
}

#[tokio::test]
async fn signing_a_cookie_anew_never_puts_a_dead_id_over_a_newer_one() {
    let url = support::migrated().await;
    let pool = support::pool_on(&url).await;
    let before = Plan::on(&url).start().await;
    let mut browser = Browser::new(&before);
    browser.get("/?set=a:1").await.new_cookie();
    let signed_before = browser.cookie().expect("a cookie").to_owned();
    drop(before);

    let after =
        Plan::on(&url).secrets(vec!["a newer secret, also long enough for anybody", SECRET]).start().await;
    let old = Browser::new(&after).with_cookie(&signed_before);
    let mut browser = old.clone();
    let slow = in_flight(&after, &old, "/?wait&get=a").await;
    // Signed anew: another text, the same session.
    let reply = browser.get("/?get=a").await;
    assert_eq!(reply.body, "\"1\"");
    assert_ne!(reply.new_cookie(), signed_before);
    assert_eq!(browser.get("/?get=a").await.cookie, None, "once is enough");

    browser.get("/?renew").await.new_cookie();
    go_on(&after, slow).await.leaves_the_cookie_alone();
    old.clone().get("/?get=a&set=b:2").await.leaves_the_cookie_alone();
    assert_eq!(sessions(&pool).await, 1);
}
