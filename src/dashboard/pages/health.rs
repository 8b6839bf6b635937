//! How the table is doing.

use std::time::Duration;

use actix_web::HttpResponse;
use maud::{Markup, html};

use super::frame::{Page, failed};
use crate::admin::Health;
use crate::dashboard::gate::Visit;
use crate::dashboard::words::{about, ago, bytes, how_many, number, span};

/// A pruner comes every five minutes; an application that is down for an hour is noticed otherwise.
const LATE_PRUNING: Duration = Duration::from_secs(30 * 60);
/// Longer than any page, and than most reports.
const OLD_TRANSACTION: Duration = Duration::from_secs(15 * 60);

pub(super) async fn show(visit: Visit) -> HttpResponse {
    let admin = &visit.dashboard.admin;
    match (admin.health().await, admin.now().await) {
        (Ok(health), Ok(now)) => {
            let vacuum = health.last_vacuum.map(|time| ago((now - time).to_std().unwrap_or_default()));
            Page::new("Health", page(&health, vacuum)).show(&visit)
        }
        (Err(error), _) | (_, Err(error)) => failed(&visit, &error),
    }
}

pub(super) fn page(health: &Health, vacuum: Option<String>) -> Markup {
    // As the table's own settings: vacuum comes when one in fifty rows is dead.
    let is_littered = health.dead > 10_000 && health.dead > health.rows / 10;
    let is_unpruned = health.pruning_lag > LATE_PRUNING;
    let is_held_up = health.oldest_transaction.as_ref().is_some_and(|(age, _)| *age > OLD_TRANSACTION);
    html! {
        h1 { "Health" }
        p.done role="status" {
            @if is_littered || is_unpruned || is_held_up || !hears(health) {
                "Something needs attention; it is marked."
            } @else {
                "Nothing needs attention."
            }
        }
        div.columns {
            section aria-labelledby="rows" {
                h2 #rows { "Rows" }
                dl.facts {
                    (fact("Rows", &about(health.rows), None))
                    (fact(
                        "Expired, not pruned yet",
                        &how_many(health.expired),
                        is_unpruned
                            .then(|| format!("waiting for {}: does anybody prune?", span(health.pruning_lag))),
                    ))
                    (fact("Dead, until the next vacuum", &about(health.dead), is_littered.then(|| "more than one in ten".into())))
                    (fact("Last vacuum", vacuum.as_deref().unwrap_or("not yet"), None))
                    (fact(
                        "Updates that touched no index",
                        &health.hot_updates.map_or("–".into(), |share| format!("{:.1} %", share * 100.0)),
                        None,
                    ))
                    @match &health.oldest_transaction {
                        Some((age, whose)) => (fact(
                            "Oldest transaction",
                            &format!("{}, {whose}", span(*age)),
                            is_held_up.then(|| "keeps vacuum from its work".into()),
                        )),
                        None => (fact("Oldest transaction", "none but this", None)),
                    }
                }
            }
            section aria-labelledby="sizes" {
                h2 #sizes { "Sizes" }
                table {
                    caption.unseen { "The table and its indexes" }
                    thead { tr { th scope="col" { "What" } th.right scope="col" { "Size" } th.right scope="col" { "Used" } } }
                    tbody {
                        tr { th scope="row" { "the table" } td.right { (bytes(health.table_bytes)) } td.right { "–" } }
                        @for index in &health.indexes {
                            tr {
                                th scope="row" { code { (index.name) } }
                                td.right { (bytes(index.bytes)) }
                                td.right { (number(index.scans)) " ×" }
                            }
                        }
                    }
                }
            }
            (cache(health))
        }
    }
}

fn fact(name: &str, value: &str, complaint: Option<String>) -> Markup {
    html! {
        dt { (name) }
        dd {
            (value)
            @if let Some(words) = complaint { " " span.badge { (words) } }
        }
    }
}

/// Whether the cache, if there is one, hears of changes.
#[cfg(feature = "cache")]
fn hears(health: &Health) -> bool {
    health.cache.is_none_or(|cache| cache.state == crate::CacheState::Live)
}

#[cfg(not(feature = "cache"))]
fn hears(_: &Health) -> bool {
    true
}

#[cfg(feature = "cache")]
fn cache(health: &Health) -> Markup {
    use crate::CacheState;

    let Some(cache) = &health.cache else { return html! {} };
    let (state, complaint) = match cache.state {
        CacheState::Live => ("hears of every change", None),
        CacheState::Doubt => ("in doubt", Some("reads go to the database".into())),
        CacheState::Down => {
            ("does not hear the database", Some("reads go to the database; the log says why".into()))
        }
    };
    let asked = (cache.hits + cache.misses).max(1);
    html! {
        section aria-labelledby="cache" {
            h2 #cache { "The cache of this process" }
            dl.facts {
                (fact("State", state, complaint))
                (fact("Sessions in memory", &number(cache.sessions as u64), None))
                (fact("Reads that it answered", &format!("{:.1} %", cache.hits as f64 * 100.0 / asked as f64), None))
            }
        }
    }
}

#[cfg(not(feature = "cache"))]
fn cache(_: &Health) -> Markup {
    html! {}
}
