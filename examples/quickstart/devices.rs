//! "Signed in on these devices": the sessions of one owner, and ending them.

use std::time::Duration;

use actix_pg_session::{Device, SignedIn};
use actix_web::web::{Data, Form};
use actix_web::{HttpResponse, Result};
use maud::{Markup, html};
use serde::Deserialize;
use sqlx::PgPool;
use uuid::Uuid;

use crate::page::{Page, leave_notice, see_other};
use crate::words::{ago, browser, counted};

#[derive(Deserialize)]
pub(crate) struct Which {
    device: Uuid,
}

/// Who is not signed in is sent to the sign-in by the middleware; see `main.rs`.
pub(crate) async fn account(owner: SignedIn, pool: Data<PgPool>) -> Result<HttpResponse> {
    let devices = owner.devices().list().await?;
    let others = devices.iter().any(|device| !device.is_current);
    let main = html! {
        h1 { "Hello, " (owner.owner()) }
        section aria-labelledby="devices" {
            h2 #devices { "Signed in on these devices" }
            ul.devices {
                @for device in &devices { li data-device=(device.handle) { (entry(device)) } }
            }
            div.actions {
                @if others {
                    form method="post" action="/account/end-others" {
                        button.quiet { "Sign out everywhere else" }
                    }
                }
                form method="post" action="/sign-out" {
                    button { "Sign out" }
                }
            }
        }
    };
    Page::new("Account", main).show(owner.session(), &pool).await
}

/// The handle comes out of a form, which can be made by hand: one out of somebody else's list ends nothing.
pub(crate) async fn end(owner: SignedIn, form: Form<Which>) -> Result<HttpResponse> {
    let notice = match owner.devices().end(form.device).await? {
        true => "That device is signed out.",
        false => "That device was signed out already.",
    };
    leave_notice(owner.session(), notice.into())?;
    Ok(see_other("/account"))
}

pub(crate) async fn end_others(owner: SignedIn) -> Result<HttpResponse> {
    let ended = owner.devices().end_others().await?.len();
    let devices = counted(i64::try_from(ended).unwrap_or(i64::MAX), "other device");
    leave_notice(owner.session(), format!("Signed out on {devices}."))?;
    Ok(see_other("/account"))
}

fn entry(device: &Device) -> Markup {
    let user_agent = device.client.user_agent.as_deref().unwrap_or_default();
    let name = browser(user_agent);
    let ip = device.client.ip.map_or_else(|| "unknown address".into(), |ip| ip.to_string());
    let [signed_in, last_seen] = [device.since_created, device.since_seen].map(|since| ago(seconds(since)));
    html! {
        (picture(&name))
        div.about {
            h3 title=(user_agent) {
                (name)
                @if device.is_current { " " span.badge { "this device" } }
            }
            p {
                span { (ip) } span { "signed in " (signed_in) } span { "last seen " (last_seen) }
            }
        }
        @if !device.is_current {
            form method="post" action="/account/end" {
                input type="hidden" name="device" value=(device.handle);
                button.quiet { "Sign out" span.unseen { " on " (name) ", signed in " (signed_in) } }
            }
        }
    }
}

fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn picture(name: &str) -> Markup {
    let hand_held = ["iPhone", "iPad", "Android"].iter().any(|system| name.contains(system));
    html! {
        svg.device viewBox="0 0 32 32" aria-hidden="true" focusable="false" {
            @if hand_held {
                path d="M10 3h12a2 2 0 0 1 2 2v22a2 2 0 0 1-2 2H10a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM14 25h4" {}
            } @else {
                path d="M6 6h20a1 1 0 0 1 1 1v14H5V7a1 1 0 0 1 1-1zM2 25h28" {}
            }
        }
    }
}
