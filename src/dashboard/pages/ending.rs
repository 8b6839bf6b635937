//! Ending sessions: first the question, then the deed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Form, Path, Query};
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Page, alert, failed, forbidden, see_other, sentence};
use super::session::{gone, whom};
use crate::admin::Counted;
use crate::dashboard::gate::Visit;
use crate::dashboard::search::Search;
use crate::dashboard::words::{ago, browser, counted, number};
use crate::telemetry;

/// What a form says beside which sessions are meant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    token: String,
    sure: Option<String>,
    #[serde(flatten)]
    search: Search,
}

#[cfg(feature = "fuzz-internals")]
impl Sent {
    /// The token, and which sessions are meant.
    pub(super) fn parts(self) -> (String, Search) {
        (self.token, self.search)
    }
}

/// How far the sessions that are about to be ended are counted.
const COUNTED_UP_TO: u32 = 100_000;

pub(super) async fn ask_about_one(visit: Visit, name: Path<String>) -> HttpResponse {
    if let Some(refusal) = refused(&visit, None) {
        return refusal;
    }
    let Some(one) = whom(&name) else { return gone(&visit) };
    let shown = match visit.dashboard.admin.session(one).await {
        Ok(Some(shown)) => shown.listed,
        Ok(None) => return gone(&visit),
        Err(error) => return failed(&visit, &error),
    };
    let whose = shown.owner.as_deref().unwrap_or("an anonymous visitor");
    let began = ago((shown.seen_at + shown.idle - shown.created_at).to_std().unwrap_or_default());
    let back = format!("{}/sessions/{}", visit.base, &*name);
    let main = question(
        &visit,
        "End this session?",
        &html! {
            p {
                "The session of " strong { (whose) } ", " (browser(shown.user_agent.as_deref()))
                @if let Some(ip) = shown.ip { " at " (ip) }
                ", which began " (began) ", ends at once."
            }
        },
        &format!("{back}/end"),
        &Search::default(),
        ("End the session", &back),
    );
    Page::new("End a session", main).show(&visit)
}

pub(super) async fn end_one(visit: Visit, name: Path<String>, sent: Form<Sent>) -> HttpResponse {
    if let Some(refusal) = refused(&visit, Some(&sent)) {
        return refusal;
    }
    let Some(one) = whom(&name) else { return gone(&visit) };
    match visit.dashboard.admin.revoke(one).await {
        Ok(was_there) => {
            telemetry::revoked_by_admin(&visit.by.name, Some(u64::from(was_there)));
            see_other(&format!("{}/sessions?ended={}", visit.base, u8::from(was_there)))
        }
        Err(error) => failed(&visit, &error),
    }
}

pub(super) async fn ask_about_all(visit: Visit, search: Query<Search>) -> HttpResponse {
    match refused(&visit, None) {
        Some(refusal) => refusal,
        None => ask(&visit, &search, None).await,
    }
}

async fn ask(visit: &Visit, search: &Search, complaint: Option<&str>) -> HttpResponse {
    let filter = match search.filter(&visit.by) {
        Ok(filter) => filter,
        Err(words) => return forbidden(visit, &words),
    };
    let back = search.address(&visit.base, "/sessions", &[]);
    let (status, what) = if search.is_empty() {
        (StatusCode::OK, everybody())
    } else {
        // Slow is no reason not to ask.
        match visit.dashboard.admin.count_up_to(&filter, COUNTED_UP_TO).await {
            Ok(count) => (StatusCode::OK, some(search, Some(count))),
            Err(error) if error.is_too_slow() => (StatusCode::OK, some(search, None)),
            Err(error) => {
                let (status, words) = sentence(&error);
                (status, alert(&words))
            }
        }
    };
    let what = html! {
        @if let Some(words) = complaint { (alert(words)) }
        (what)
    };
    let action = format!("{}/end", visit.base);
    let main = question(visit, "End all of these sessions?", &what, &action, search, ("End them all", &back));
    let status = if complaint.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { status };
    Page::new("End sessions", main).status(status).show(visit)
}

pub(super) async fn end_all(visit: Visit, sent: Form<Sent>) -> HttpResponse {
    if let Some(refusal) = refused(&visit, Some(&sent)) {
        return refusal;
    }
    let Sent { sure, search, .. } = &*sent;
    if sure.is_none() {
        return ask(&visit, search, Some("Nothing was ended: tick the box to say that you are sure.")).await;
    }
    let filter = match search.filter(&visit.by) {
        Ok(filter) => filter,
        Err(words) => return forbidden(&visit, &words),
    };
    let admin = &visit.dashboard.admin;
    let all = search.is_empty();
    let revoked = if all { admin.revoke_everything().await } else { admin.revoke_matching(&filter).await };
    match revoked {
        Ok(revoked) => {
            telemetry::revoked_by_admin(&visit.by.name, revoked.sessions);
            let ended = revoked.sessions.map(|count| format!("?ended={count}")).unwrap_or_default();
            see_other(&format!("{}/sessions{ended}", visit.base))
        }
        Err(error) => failed(&visit, &error),
    }
}

/// Whether somebody may not do this, or the form is not one of our pages'.
fn refused(visit: &Visit, sent: Option<&Sent>) -> Option<HttpResponse> {
    if !visit.by.may_revoke {
        return Some(forbidden(visit, "You may look at sessions, and not end them."));
    }
    if sent.is_some_and(|sent| !visit.token.is(&sent.token)) {
        return Some(forbidden(
            visit,
            "The form was too old, or not from here. Nothing was ended; go back and try again.",
        ));
    }
    None
}

fn everybody() -> Markup {
    html! { p { "No search limits this: " strong { "everybody is signed out at once" } ", perhaps you too." } }
}

pub(super) fn some(search: &Search, count: Option<Counted>) -> Markup {
    let many = match count {
        Some(Counted::Exactly(count)) => counted(count, "session"),
        Some(Counted::MoreThan(count)) => format!("More than {} sessions", number(count)),
        None => "Many sessions, too many to count in time,".into(),
    };
    html! {
        p { strong { (many) } " match, and every one that matches when you confirm ends:" }
        dl.facts {
            @for (name, value) in search.words() { dt { (name) } dd { (value) } }
        }
    }
}

pub(super) fn question(
    visit: &Visit,
    title: &str,
    what: &Markup,
    action: &str,
    search: &Search,
    (yes, back): (&str, &str),
) -> Markup {
    let is_many = yes == "End them all";
    html! {
        div.question {
            h1 { (title) }
            (what)
            p { "Whoever has one of them signs in again. This cannot be undone." }
            form action=(action) method="post" {
                input type="hidden" name="token" value=(visit.token.as_str());
                @for (name, value) in search.fields() { input type="hidden" name=(name) value=(value); }
                @if is_many {
                    label.sure { input type="checkbox" name="sure" value="yes" required; " I am sure" }
                }
                div.buttons {
                    button.danger { (yes) }
                    a.button href=(back) { "Cancel" }
                }
            }
        }
    }
}
