//! The ceiling: what the framework can do when nothing is asked of it.

use actix_web::{HttpResponse, web};

pub(crate) fn pages(app: &mut web::ServiceConfig) {
    for path in ["/read", "/count", "/change", "/create", "/login", "/anonymous"] {
        app.route(path, web::get().to(plain));
    }
}

async fn plain() -> HttpResponse {
    HttpResponse::Ok().body("no session")
}
