//! How many there are, came and went, and of what kinds.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Query;
use chrono::TimeDelta;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Page, failed};
use super::list::table;
use crate::admin::{AdminError, Census, Filter, Listed, Position};
use crate::dashboard::gate::Visit;
use crate::dashboard::plot::{Times, bar};
use crate::dashboard::words::{about, browser, how_many, number};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    range: String,
}

/// Name, title, hours, and stretches that the plots have. Readings are some minutes apart.
const RANGES: [(&str, &str, i64, usize); 3] =
    [("hour", "Hour", 1, 12), ("day", "Day", 24, 48), ("week", "Week", 7 * 24, 56)];
const DAY: usize = 1;

/// How many of the newest sessions, and of the kinds of browsers, are shown.
const NEWEST: u32 = 8;
const BROWSERS: usize = 7;

pub(super) async fn show(visit: Visit, wanted: Query<Wanted>) -> HttpResponse {
    let range = RANGES.iter().position(|(name, ..)| *name == wanted.range).unwrap_or(DAY);
    match page(&visit, range).await {
        Ok(main) => Page::new("Overview", main).show(&visit),
        Err(error) => failed(&visit, &error),
    }
}

async fn page(visit: &Visit, range: usize) -> Result<Markup, AdminError> {
    let admin = &visit.dashboard.admin;
    let length = TimeDelta::hours(RANGES[range].2);
    let census = admin.census().await?;
    let readings = admin.history(length.to_std().unwrap_or(Duration::ZERO)).await?;
    let times = Times::new(&readings, admin.now().await?, length, RANGES[range].3);
    let newest = admin.list(&Filter::new(), Position::Newest, NEWEST).await?.sessions;
    Ok(html! {
        h1 { "Overview" }
        (tiles(&census))
        section aria-labelledby="over-time" {
            div.heading {
                h2 #over-time { "Over time" }
                nav.choice aria-label="How far back" {
                    @for (place, (name, title, ..)) in RANGES.iter().enumerate() {
                        @let current = (place == range).then_some("true");
                        a href={ (visit.base) "?range=" (name) } aria-current=[current] { (title) }
                    }
                }
            }
            (plots(&times))
        }
        div.columns {
            (browsers(&census))
            (newest_sessions(visit, &newest))
        }
    })
}

fn tiles(census: &Census) -> Markup {
    let count = |count: u64| if census.is_estimate { about(count) } else { number(count) };
    let anonymous = census.live.saturating_sub(census.signed_in);
    let share = |part: u64| part as f64 / census.live.max(1) as f64;
    html! {
        dl.tiles {
            div {
                dt { "Live" }
                dd { (count(census.live)) }
                dd.hint { @if census.is_estimate { "about, by PostgreSQL’s own count" } @else { "sessions, counted" } }
            }
            div {
                dt { "Signed in" }
                dd { (count(census.signed_in)) }
                dd.hint { (format!("{:.0} %", share(census.signed_in) * 100.0)) " of them" }
                (bar("signed-in", share(census.signed_in)))
            }
            div {
                dt { "Anonymous" }
                dd { (count(anonymous)) }
                dd.hint { (format!("{:.0} %", share(anonymous) * 100.0)) " of them" }
                (bar("anonymous", share(anonymous)))
            }
            div {
                dt { "Expired" }
                dd { (how_many(census.expired)) }
                dd.hint { "waiting to be pruned" }
            }
        }
    }
}

fn plots(times: &Times) -> Markup {
    if times.is_empty() {
        return html! {
            p.empty {
                "There are no readings of this time. An application that calls " code { "admin.start_recording()" }
                " takes one every five minutes."
            }
        };
    }
    html! {
        div.plots {
            figure {
                figcaption { "Live sessions" }
                (times.live())
            }
            figure {
                figcaption {
                    "Began and ended"
                    span.legend {
                        span.signed-in { "sign-ins" }
                        span.anonymous { "anonymous" }
                        span.ended { "ended" }
                    }
                }
                (times.comings_and_goings())
            }
        }
        (times.table())
    }
}

pub(super) fn browsers(census: &Census) -> Markup {
    let mut kinds: HashMap<String, u64> = HashMap::new();
    for kind in &census.kinds {
        *kinds.entry(browser(kind.user_agent.as_deref())).or_default() += kind.sessions;
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by(|(name, count), (other, others)| others.cmp(count).then_with(|| name.cmp(other)));
    let others: u64 = kinds.iter().skip(BROWSERS).map(|(_, count)| count).sum();
    kinds.truncate(BROWSERS);
    if others > 0 {
        kinds.push(("Others".into(), others));
    }
    let most = kinds.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    let share = |count: u64| count as f64 / census.live.max(1) as f64 * 100.0;
    html! {
        section aria-labelledby="browsers" {
            h2 #browsers { "Browsers" }
            @if kinds.is_empty() { p.empty { "Nobody is here." } }
            table.bars {
                caption.unseen { "Live sessions by browser" }
                thead.unseen { tr { th scope="col" { "Browser" } th scope="col" { "Share" } th scope="col" { "Sessions" } } }
                tbody {
                    @for (name, count) in &kinds {
                        tr {
                            th scope="row" { (name) }
                            td.share { (bar("signed-in", *count as f64 / most as f64)) }
                            td.right {
                                @if census.is_estimate { (about(*count)) } @else { (number(*count)) }
                                " " span.hint { (format!("{:.0} %", share(*count))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn newest_sessions(visit: &Visit, newest: &[Listed]) -> Markup {
    html! {
        section aria-labelledby="newest" {
            div.heading {
                h2 #newest { "Newest sessions" }
                a href={ (visit.base) "/sessions" } { "All sessions" }
            }
            @if newest.is_empty() { p.empty { "Nobody is here." } } @else { (table(visit, newest, "Newest sessions", false)) }
        }
    }
}
