//! The pages.

mod ending;
mod frame;
#[cfg(feature = "fuzz-internals")]
pub mod fuzzed;
mod health;
mod list;
mod overview;
mod session;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, ServiceConfig};
use maud::html;

use super::gate::Visit;
use frame::Page;

/// Whatever changes something is a `POST`: browsers follow links, and load pages that nobody has asked for.
pub(super) fn routes(scope: &mut ServiceConfig) {
    scope
        .route("", web::get().to(overview::show))
        .route("/", web::get().to(overview::show))
        .route("/sessions", web::get().to(list::show))
        .route("/sessions/{whom}", web::get().to(session::show))
        .route("/sessions/{whom}/end", web::get().to(ending::ask_about_one))
        .route("/sessions/{whom}/end", web::post().to(ending::end_one))
        .route("/end", web::get().to(ending::ask_about_all))
        .route("/end", web::post().to(ending::end_all))
        .route("/health", web::get().to(health::show))
        .route("/style.css", web::get().to(style))
        .route("/icon.svg", web::get().to(icon));
}

pub(super) async fn not_found(visit: Visit) -> HttpResponse {
    let main = html! {
        h1 { "There is no such page" }
        p { a href=(visit.base) { "Back to the overview" } }
    };
    Page::new("Not found", main).status(StatusCode::NOT_FOUND).show(&visit)
}

/// Asked for with the version in the address, so it may be kept for long.
async fn style(_: Visit) -> HttpResponse {
    file("text/css; charset=utf-8", include_str!("../style.css"))
}

async fn icon(_: Visit) -> HttpResponse {
    file("image/svg+xml", include_str!("../icon.svg"))
}

fn file(content_type: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header((CACHE_CONTROL, "private, max-age=3600"))
        .body(body)
}
