//! Signing in and out. `examples/login.rs` has the same, smaller and with every step explained.

use std::time::Duration;

use actix_pg_session::{Lifetime, Session};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpResponse, Result};
use maud::{Markup, html};
use serde::Deserialize;
use sqlx::PgPool;

use crate::page::{Page, leave_notice, see_other};
use crate::users::{self, USERS};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What "remember me" means: sixty days between visits, half a year in all. Without it the
/// middleware's lifetime holds.
const REMEMBERED: Lifetime = Lifetime::new(DAY.saturating_mul(60), DAY.saturating_mul(180));

/// No `Debug`, so that no log has the password.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
    /// Browsers leave a box out that is not ticked.
    remember: Option<String>,
}

pub(crate) async fn form(session: Session, pool: Data<PgPool>) -> Result<HttpResponse> {
    if session.owner().is_some() {
        return Ok(see_other("/account"));
    }
    Page::new("Sign in", markup("", None)).show(&session, &pool).await
}

pub(crate) async fn sign_in(
    session: Session,
    pool: Data<PgPool>,
    form: Form<Credentials>,
) -> Result<HttpResponse> {
    let Credentials { name, password, remember } = form.into_inner();
    let Some(user) = users::authenticate(&name, password).await? else {
        // The same for a wrong name and a wrong password: we do not tell who has an account.
        let main = markup(&name, Some("That name and password do not belong together."));
        return Page::new("Sign in", main)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .show(&session, &pool)
            .await;
    };
    // A new id for the cookie, so that one planted before the sign-in is worth nothing. The cart
    // stays.
    session.login(user.name)?;
    if remember.is_some() {
        session.set_lifetime(REMEMBERED)?;
    }
    leave_notice(&session, format!("Welcome aboard, {}.", user.name))?;
    Ok(see_other("/account"))
}

pub(crate) async fn sign_out(session: Session) -> Result<HttpResponse> {
    session.logout()?;
    Ok(see_other("/"))
}

fn markup(name: &str, error: Option<&str>) -> Markup {
    html! {
        div.harbour {
            section {
                h1 { "Sign in" }
                @if let Some(error) = error {
                    p.error #error role="alert" { (error) }
                }
                form.fields method="post" action="/sign-in" {
                    label for="name" { "Name" }
                    input #name name="name" value=(name) required maxlength="100" autocomplete="username"
                        autocapitalize="none" spellcheck="false" aria-describedby=[error.map(|_| "error")];
                    label for="password" { "Password" }
                    input #password name="password" type="password" required maxlength="200"
                        autocomplete="current-password" aria-describedby=[error.map(|_| "error")];
                    label.box {
                        input name="remember" type="checkbox" value="yes";
                        span {
                            "Remember me on this device"
                            small { "for sixty days rather than fourteen" }
                        }
                    }
                    button { "Sign in" }
                }
            }
            aside aria-labelledby="crew" {
                h2 #crew { "The crew" }
                p { "This is a demonstration, so here is who you can be:" }
                dl {
                    @for user in &USERS {
                        dt { (user.name) }
                        dd { code { (user.shown_password) } }
                    }
                }
                p.small { "Their passwords are kept as Argon2id hashes, and a name that nobody has takes as long to refuse." }
            }
        }
    }
}
