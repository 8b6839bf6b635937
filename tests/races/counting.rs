//! Requests that change one session at the same time.

use crate::{go_on, in_flight, visited_site};

#[tokio::test]
async fn two_requests_that_store_under_different_names_are_both_kept() {
    let (site, mut browser, _) = visited_site().await;
    let one = in_flight(&site, &browser, "/?wait&set=b:2").await;
    let other = in_flight(&site, &browser, "/?wait&set=c:3&remove=a").await;
    assert_eq!(go_on(&site, one).await.status, 200);
    assert_eq!(go_on(&site, other).await.status, 200);
    assert_eq!(browser.get("/?get=a&get=b&get=c").await.body, "nothing\n\"2\"\n\"3\"");
}

#[tokio::test]
async fn of_two_requests_that_store_under_one_name_the_later_wins() {
    let (site, mut browser, _) = visited_site().await;
    let later = in_flight(&site, &browser, "/?wait&set=a:late").await;
    browser.get("/?set=a:early").await;
    go_on(&site, later).await;
    assert_eq!(browser.get("/?get=a").await.body, "\"late\"");
}

#[tokio::test]
async fn two_hundred_increments_that_all_read_the_same_number_count_two_hundred() {
    assert_eq!(count_to_200("/?wait&incr=n", "/?get=n").await, "200");
}

#[tokio::test]
async fn two_hundred_updates_of_a_struct_count_two_hundred() {
    assert_eq!(count_to_200("/?wait&typed", "/?get=hits").await, "{\"count\": 200}");
}

async fn count_to_200(step: &str, read: &str) -> String {
    let (site, mut browser, _) = visited_site().await;
    let requests: Vec<_> = (0..200).map(|_| browser.send(step)).collect();
    // All of them have loaded the session before the first of them saves.
    site.gate.wait_for(200).await;
    site.gate.open(200);
    for request in requests {
        assert_eq!(request.await.expect("a reply").status, 200);
    }
    browser.get(read).await.body
}

#[tokio::test]
async fn a_step_and_a_renewal_at_the_same_time_lose_neither() {
    let (site, mut browser, _) = visited_site().await;
    browser.get("/?incr=n").await;
    let renewal = in_flight(&site, &browser, "/?wait&incr=n&renew").await;
    browser.get("/?incr=n").await;
    let reply = go_on(&site, renewal).await;
    browser.keep(&reply);
    assert_eq!(browser.get("/?get=n").await.body, "3");
}
