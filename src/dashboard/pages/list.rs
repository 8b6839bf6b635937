//! The list, and the form to search in it.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Page, alert, sentence};
use crate::admin::{Counted, Filter, Listed, Page as Rows};
use crate::dashboard::gate::Visit;
use crate::dashboard::search::{Search, TIMES};
use crate::dashboard::words::{ago, browser, bytes, counted, number, span};

const ON_A_PAGE: u32 = 50;

/// How far matches are counted, and for how long: a nicety, which must not hold up the list.
const COUNTED_UP_TO: u32 = 10_000;
const COUNTED_FOR: Duration = Duration::from_secs(1);

/// What a form that was sent before has done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    ended: Option<u64>,
}

pub(super) async fn show(visit: Visit, search: Query<Search>, done: Query<Done>) -> HttpResponse {
    let (status, found) = match search.filter(&visit.by) {
        Err(words) => (StatusCode::UNPROCESSABLE_ENTITY, alert(&words)),
        Ok(filter) => match visit.dashboard.admin.list(&filter, search.position(), ON_A_PAGE).await {
            Ok(rows) => {
                let counted = if is_all(&rows) { None } else { Some(count(&visit, &filter).await) };
                (StatusCode::OK, results(&visit, &search, &rows, counted.flatten()))
            }
            Err(error) => {
                let (status, words) = sentence(&error);
                (status, alert(&words))
            }
        },
    };
    let main = html! {
        h1 { "Sessions" }
        @if let Some(ended) = done.ended {
            p.done role="status" { (counted(ended, "session")) @if ended == 1 { " was" } @else { " were" } " ended." }
        }
        (form(&visit, &search))
        (found)
    };
    Page::new("Sessions", main).status(status).show(&visit)
}

fn is_all(rows: &Rows) -> bool {
    rows.newer.is_none() && rows.older.is_none()
}

async fn count(visit: &Visit, filter: &Filter) -> Option<Counted> {
    let admin = visit.dashboard.admin.clone().statement_timeout(COUNTED_FOR);
    admin.count_up_to(filter, COUNTED_UP_TO).await.ok()
}

pub(super) fn form(visit: &Visit, search: &Search) -> Markup {
    let field = |name: &str, label: &str, value: &str, hint: &str| {
        html! {
            div.field {
                label for=(name) { (label) }
                input #(name) name=(name) value=(value) placeholder=(hint) autocomplete="off" autocapitalize="off" spellcheck="false";
            }
        }
    };
    let choice = |name: &str, label: &str, chosen: &str, options: &[(&str, &str)]| {
        html! {
            div.field {
                label for=(name) { (label) }
                select #(name) name=(name) {
                    @for (value, title) in options {
                        option value=(value) selected[*value == chosen] { (title) }
                    }
                }
            }
        }
    };
    let times = |any: &'static str| {
        let times = TIMES.iter().map(|(name, title, _)| (*name, *title));
        std::iter::once(("", any)).chain(times).collect::<Vec<_>>()
    };
    html! {
        form.search action={ (visit.base) "/sessions" } method="get" role="search" aria-label="Sessions" {
            (field("owner", "Owner", &search.owner, "exact name"))
            (field("handle", "Handle", &search.handle, "as in the log"))
            (field("ip", "Address", &search.ip, "10.0.0.0/8"))
            (field("browser", "Browser", &search.browser, "firefox"))
            @if visit.by.sees_data {
                (field("data", "Data", &search.data, "cart"))
            }
            (choice("who", "Visitor", &search.who, &[("", "Anybody"), ("owner", "Signed in"), ("nobody", "Anonymous")]))
            (choice("began", "Began within", &search.began, &times("Any time")))
            (choice("idle", "Idle for at least", &search.idle, &times("Any time")))
            (choice("state", "State", &search.state, &[("live", "Live"), ("expired", "Expired"), ("any", "Either")]))
            div.buttons {
                button { "Search" }
                @if !search.is_empty() { a href={ (visit.base) "/sessions" } { "Clear" } }
            }
            @if visit.by.sees_data {
                p.hint #data-hint {
                    "Data is the name of a value, such as " code { "cart" } "; or JSON that is part of it, "
                    code { "{\"role\": \"editor\"}" } "; or a path, " code { "$.cart[*] ? (@.copies > 2)" } "."
                }
            }
        }
    }
}

pub(super) fn results(visit: &Visit, search: &Search, rows: &Rows, counted: Option<Counted>) -> Markup {
    if rows.sessions.is_empty() {
        return html! {
            p.empty role="status" {
                @if search.is_empty() { "Nobody is here." } @else { "No session matches." }
            }
        };
    }
    let shown = rows.sessions.len() as u64;
    let of = match counted {
        None if is_all(rows) => counted_words(shown),
        None => format!("{} on this page", number(shown)),
        Some(Counted::Exactly(all)) => counted_words(all),
        Some(Counted::MoreThan(most)) => format!("More than {}", counted_words(most)),
    };
    let cursor = |place: Option<crate::admin::Cursor>, name: &str| {
        place.map(|place| search.address(&visit.base, "/sessions", &[(name, &place.to_string())]))
    };
    html! {
        div.heading {
            h2 role="status" { (of) }
            @if visit.by.may_revoke {
                a.danger href=(search.address(&visit.base, "/end", &[])) { "End all of these…" }
            }
        }
        (table(visit, &rows.sessions, "Sessions, the newest first", true))
        nav.pages aria-label="Pages of the list" {
            @if let Some(newer) = cursor(rows.newer, "newer") { a rel="prev" href=(newer) { "← Newer" } } @else { span {} }
            @if let Some(older) = cursor(rows.older, "older") { a rel="next" href=(older) { "Older →" } }
        }
    }
}

fn counted_words(count: u64) -> String {
    counted(count, "session")
}

/// The sessions as a table; on a phone, as cards.
pub(super) fn table(visit: &Visit, sessions: &[Listed], caption: &str, is_full: bool) -> Markup {
    html! {
        table.cards {
            caption.unseen { (caption) }
            thead {
                tr {
                    th scope="col" { "Owner" }
                    th scope="col" { "Browser" }
                    th scope="col" { "Address" }
                    th scope="col" { "Began" }
                    @if is_full {
                        th scope="col" { "Last seen" }
                        th scope="col" { "Ends" }
                        th.right scope="col" { "Data" }
                    }
                }
            }
            tbody { @for session in sessions { (row(visit, session, is_full)) } }
        }
    }
}

fn row(visit: &Visit, session: &Listed, is_full: bool) -> Markup {
    let began = (session.seen_at + session.idle - session.created_at).to_std().unwrap_or_default();
    let address = format!("{}/sessions/{}", visit.base, session.cursor());
    html! {
        tr {
            th scope="row" {
                a href=(address) {
                    @match &session.owner {
                        Some(owner) => (owner),
                        None => span.nobody { "anonymous" },
                    }
                    // Several links of the same name would be one riddle, read aloud.
                    span.unseen { ", began " (ago(began)) }
                }
            }
            td data-label="Browser" title=[session.user_agent.as_deref()] { (browser(session.user_agent.as_deref())) }
            td data-label="Address" { @match session.ip { Some(ip) => (ip), None => "–" } }
            td data-label="Began" { (ago(began)) }
            @if is_full {
                td data-label="Last seen" { (ago(session.idle)) }
                td data-label="Ends" {
                    @if session.is_live() { "in " (span(session.remaining)) } @else { span.over { "expired" } }
                }
                td.right data-label="Data" { (bytes(session.data_bytes.into())) }
            }
        }
    }
}
