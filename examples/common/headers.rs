//! What a browser may do with our pages: show them, with our style sheet, and post our forms here.

use actix_web::middleware::DefaultHeaders;

pub(crate) fn headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((
            "content-security-policy",
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ))
        .add(("x-content-type-options", "nosniff"))
        // Not `no-referrer`: browsers would then hide the origin of our own forms from us.
        .add(("referrer-policy", "same-origin"))
        .add(("cross-origin-opener-policy", "same-origin"))
}
