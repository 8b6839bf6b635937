//! "Signed in on these devices": the sessions of one owner, read and ended in plain SQL.

use actix_pg_session::Session;
use actix_web::web::{Data, Form};
use actix_web::{HttpResponse, Result};
use maud::{Markup, html};
use serde::Deserialize;
use sqlx::PgPool;
use uuid::Uuid;

use crate::page::{Page, leave_notice, see_other};
use crate::trouble::trouble;
use crate::words::{ago, browser, counted};

/// One session of the owner. Ages in seconds, by the database's clock.
struct Device {
    id: Uuid,
    user_agent: String,
    ip: String,
    signed_in: i64,
    last_seen: i64,
}

#[derive(Deserialize)]
pub(crate) struct Which {
    device: Uuid,
}

pub(crate) async fn account(session: Session, pool: Data<PgPool>) -> Result<HttpResponse> {
    let Some(owner) = session.owner() else { return Ok(see_other("/sign-in")) };
    let devices = list(&owner, &pool).await?;
    let others = devices.iter().any(|device| Some(device.id) != session.handle());
    let main = html! {
        h1 { "Hello, " (owner) }
        section aria-labelledby="devices" {
            h2 #devices { "Signed in on these devices" }
            ul.devices {
                @for device in &devices {
                    li data-device=(device.id) { (entry(device, Some(device.id) == session.handle())) }
                }
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
    Page::new("Account", main).show(&session, &pool).await
}

async fn list(owner: &str, pool: &PgPool) -> Result<Vec<Device>> {
    let rows: Vec<(Uuid, String, String, i64, i64)> = sqlx::query_as(
        "select id, coalesce(user_agent, ''), coalesce(host(ip), 'unknown address'),
                extract(epoch from now() - created_at)::int8, extract(epoch from now() - seen_at)::int8
         from sessions
         where owner = $1 and expires_at > now()
         order by seen_at desc",
    )
    .bind(owner)
    .fetch_all(pool)
    .await
    .map_err(trouble)?;
    let device =
        |(id, user_agent, ip, signed_in, last_seen)| Device { id, user_agent, ip, signed_in, last_seen };
    Ok(rows.into_iter().map(device).collect())
}

/// Deletes one row, which is all that it takes. The owner is part of the question: an id out of
/// somebody else's list ends nothing.
pub(crate) async fn end(session: Session, pool: Data<PgPool>, form: Form<Which>) -> Result<HttpResponse> {
    let Some(owner) = session.owner() else { return Ok(see_other("/sign-in")) };
    let ended = sqlx::query("delete from sessions where id = $1 and owner = $2")
        .bind(form.device)
        .bind(owner)
        .execute(&**pool)
        .await
        .map_err(trouble)?;
    let notice = match ended.rows_affected() {
        0 => "That device was signed out already.",
        _ => "That device is signed out.",
    };
    leave_notice(&session, notice.into())?;
    Ok(see_other("/account"))
}

pub(crate) async fn end_others(session: Session, pool: Data<PgPool>) -> Result<HttpResponse> {
    let Some(owner) = session.owner() else { return Ok(see_other("/sign-in")) };
    let ended = sqlx::query("delete from sessions where owner = $1 and id is distinct from $2")
        .bind(owner)
        .bind(session.handle())
        .execute(&**pool)
        .await
        .map_err(trouble)?;
    let devices = counted(i64::try_from(ended.rows_affected()).unwrap_or(i64::MAX), "other device");
    leave_notice(&session, format!("Signed out on {devices}."))?;
    Ok(see_other("/account"))
}

fn entry(device: &Device, is_this: bool) -> Markup {
    let name = browser(&device.user_agent);
    html! {
        (picture(&name))
        div.about {
            h3 title=(device.user_agent) {
                (name)
                @if is_this { " " span.badge { "this device" } }
            }
            p {
                span { (device.ip) } span { "signed in " (ago(device.signed_in)) } span { "last seen " (ago(device.last_seen)) }
            }
        }
        @if !is_this {
            form method="post" action="/account/end" {
                input type="hidden" name="device" value=(device.id);
                button.quiet { "Sign out" span.unseen { " on " (name) ", signed in " (ago(device.signed_in)) } }
            }
        }
    }
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
