//! The frame around every page, and pages that say what went wrong.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, LOCATION};
use maud::{DOCTYPE, Markup, html};

use crate::admin::AdminError;
use crate::dashboard::gate::Visit;
use crate::telemetry;

pub(super) struct Page {
    title: String,
    main: Markup,
    status: StatusCode,
}

const NAVIGATION: [(&str, &str); 3] = [("", "Overview"), ("/sessions", "Sessions"), ("/health", "Health")];

impl Page {
    pub(super) fn new(title: impl Into<String>, main: Markup) -> Self {
        Self { title: title.into(), main, status: StatusCode::OK }
    }

    pub(super) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(super) fn show(&self, visit: &Visit) -> HttpResponse {
        HttpResponse::build(self.status)
            .content_type(ContentType::html())
            .body(self.around(visit).into_string())
    }

    pub(super) fn around(&self, visit: &Visit) -> Markup {
        let base = &visit.base;
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) " · Sessions" }
                    link rel="stylesheet" href={ (base) "/style.css?v=" (env!("CARGO_PKG_VERSION")) };
                    link rel="icon" type="image/svg+xml" href={ (base) "/icon.svg" };
                }
                body {
                    a.skip href="#main" { "Skip to the content" }
                    header.top {
                        nav aria-label="Pages" {
                            @for (path, name) in NAVIGATION {
                                @let current = (name == self.title).then_some("page");
                                a href={ (base) (path) } aria-current=[current] { (name) }
                            }
                        }
                        p.by { span.unseen { "You are " } (visit.by.name) }
                    }
                    main #main tabindex="-1" { (self.main) }
                    footer { p { "All times are UTC, by the database’s clock." } }
                }
            }
        }
    }
}

/// After a form: go and look. A reload then repeats the page, and not the form.
pub(super) fn see_other(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, address)).finish()
}

/// What went wrong, in words for whoever sits there. Those of the database are for the log.
pub(super) fn sentence(error: &AdminError) -> (StatusCode, String) {
    if error.is_unreadable_filter() {
        return (StatusCode::UNPROCESSABLE_ENTITY, format!("{error}."));
    }
    if error.is_too_slow() {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("This took too long: {error}."));
    }
    telemetry::dashboard_failed(error);
    (StatusCode::SERVICE_UNAVAILABLE, "The database did not answer. The log says why.".into())
}

/// A page that could not be made.
pub(super) fn failed(visit: &Visit, error: &AdminError) -> HttpResponse {
    let (status, words) = sentence(error);
    let main = html! {
        h1 { "That did not work" }
        (alert(&words))
        p { a href=(visit.base) { "Back to the overview" } }
    };
    Page::new("Failed", main).status(status).show(visit)
}

pub(super) fn alert(words: &str) -> Markup {
    html! { p.alert role="alert" { (words) } }
}

/// Somebody wants what they may not.
pub(super) fn forbidden(visit: &Visit, words: &str) -> HttpResponse {
    let main = html! {
        h1 { "You may not do that" }
        (alert(words))
        p { a href=(visit.base) { "Back to the overview" } }
    };
    Page::new("Forbidden", main).status(StatusCode::FORBIDDEN).show(visit)
}
