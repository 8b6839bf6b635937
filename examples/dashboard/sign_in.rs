//! Signing in, in the shortest form that is safe; `examples/login.rs` has a careful one.

use actix_pg_session::Session;
use actix_web::http::header::{CACHE_CONTROL, ContentType, LOCATION};
use actix_web::web::Form;
use actix_web::{HttpResponse, Result};
use maud::{DOCTYPE, html};
use serde::Deserialize;

use crate::users::{self, USERS};

/// No `Debug`: a password must not get into a log by accident.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

pub(crate) async fn form() -> HttpResponse {
    let ada = &USERS[0];
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Staff only" }
            }
            body {
                h1 { "Staff only" }
                p { "Sign in as " (ada.name) ", with the password “" (ada.shown_password) "”." }
                form method="post" action="/sign-in" {
                    p { label { "Name " input name="name" required autocomplete="username"; } }
                    p { label { "Password " input name="password" type="password" required autocomplete="current-password"; } }
                    button { "Sign in" }
                }
            }
        }
    };
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(page.into_string())
}

pub(crate) async fn sign_in(session: Session, form: Form<Credentials>) -> Result<HttpResponse> {
    let Credentials { name, password } = form.into_inner();
    let to = match users::authenticate(&name, password).await? {
        Some(user) => {
            session.login(user.name)?;
            "/admin/sessions"
        }
        None => "/",
    };
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, to)).finish())
}
