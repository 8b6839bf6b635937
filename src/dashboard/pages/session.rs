//! One session.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::frame::{Page, failed};
use crate::admin::{Cursor, Shown, Whom};
use crate::dashboard::gate::Visit;
use crate::dashboard::json::readable;
use crate::dashboard::search::Search;
use crate::dashboard::words::{ago, browser, bytes, span};

/// The session that an address names: by its place in a list, or by its handle.
pub(super) fn whom(name: &str) -> Option<Whom> {
    let handle = || name.parse::<uuid::Uuid>().ok().map(Whom::from);
    name.parse::<Cursor>().ok().map(Whom::from).or_else(handle)
}

pub(super) async fn show(visit: Visit, name: Path<String>) -> HttpResponse {
    let found = match whom(&name) {
        Some(whom) => visit.dashboard.admin.session(whom).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(shown)) => Page::new("Session", page(&visit, &shown)).show(&visit),
        Ok(None) => gone(&visit),
        Err(error) => failed(&visit, &error),
    }
}

/// It has ended, or is another one now.
pub(super) fn gone(visit: &Visit) -> HttpResponse {
    let main = html! {
        h1 { "There is no such session" }
        p { "It may have ended, or its owner has signed in anew, which begins another." }
        p { a href={ (visit.base) "/sessions" } { "All sessions" } }
    };
    Page::new("No such session", main).status(StatusCode::NOT_FOUND).show(visit)
}

pub(super) fn page(visit: &Visit, shown: &Shown) -> Markup {
    let session = &shown.listed;
    let now = session.seen_at + session.idle;
    let since = |time: DateTime<Utc>| ago((now - time).to_std().unwrap_or_default());
    let end = format!("{}/sessions/{}/end", visit.base, session.cursor());
    html! {
        div.heading {
            h1 {
                @match &session.owner { Some(owner) => (owner), None => "Anonymous session" }
                @if !session.is_live() { " " span.badge { "expired" } }
            }
            @if visit.by.may_revoke { a.danger.button href=(end) { "End this session…" } }
        }
        div.columns.session {
            section aria-labelledby="facts" {
                h2 #facts { "Facts" }
                dl.facts {
                    dt { "Handle" } dd { code { (session.handle) } }
                    @if let Some(owner) = &session.owner {
                        dt { "Owner" }
                        dd {
                            // Without a name there would be no filter.
                            @if owner.is_empty() { "of the empty name" } @else {
                                a href=(Search::of_owner(owner).address(&visit.base, "/sessions", &[])) { "All sessions of " (owner) }
                            }
                        }
                    }
                    dt { "Browser" }
                    dd {
                        (browser(session.user_agent.as_deref()))
                        @if let Some(user_agent) = &session.user_agent { span.hint.block { (user_agent) } }
                    }
                    dt { "Address" } dd { @match session.ip { Some(ip) => (ip), None => "not recorded" } }
                    dt { "Began" } dd { (moment(session.created_at, &since(session.created_at))) }
                    dt { "Last seen" } dd { (moment(session.seen_at, &since(session.seen_at))) }
                    @if let Some(time) = session.authenticated_at {
                        dt { "Authenticated" } dd { (moment(time, &since(time))) }
                    }
                    dt { "Ends" }
                    dd { (moment(session.expires_at, &ends(session.remaining))) span.hint { ", after " (span(shown.idle_timeout)) " without use" } }
                    @if let Some(deadline) = shown.deadline {
                        dt { "Ends in any case" }
                        dd { (moment(deadline, &ends((deadline - now).to_std().unwrap_or_default()))) }
                    }
                    dt { "Cookie" }
                    dd { @if shown.persistent { "kept when the browser closes" } @else { "until the browser closes" } }
                    dt { "Data" }
                    dd { (bytes(session.data_bytes.into())) ", version " (shown.version) }
                }
            }
            section aria-labelledby="data" {
                h2 #data { "Data" }
                @if !visit.by.sees_data {
                    p.empty { "You may not see what is stored in sessions." }
                } @else if shown.data.is_empty() {
                    p.empty { "Nothing is stored in it." }
                } @else {
                    (readable(&shown.data, &visit.dashboard.redaction))
                }
            }
        }
    }
}

fn ends(remaining: Duration) -> String {
    if remaining.is_zero() { "has passed".into() } else { format!("in {}", span(remaining)) }
}

fn moment(time: DateTime<Utc>, words: &str) -> Markup {
    html! {
        time datetime=(time.format("%Y-%m-%dT%H:%M:%SZ")) { (time.format("%Y-%m-%d %H:%M:%S")) }
        span.hint { " " (words) }
    }
}
