//! `marker`: several sessions side by side in one application.

use actix_pg_session::test_util::Browser;
use actix_pg_session::{LoadSession, SameSite, Session, SessionMiddleware, SessionValue, Typed};
use actix_web::{App, HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::story::{Counted, SID, Shelf, on_both_stores, over, pair, perform};

enum Admin {}

on_both_stores!(
    two_sessions_live_in_one_application_and_in_one_handler,
    a_handler_that_asks_for_one_leaves_the_other_alone,
    a_visitors_cookie_is_no_administrators,
    two_sessions_of_one_name_are_told_apart_by_their_paths,
    a_link_from_elsewhere_ends_no_strict_session_beside_a_lax_one,
);

/// Steps for the visitor's session, and steps for the administrator's after a `~`.
async fn both(
    visitor: Session,
    admin: Session<Admin>,
    request: HttpRequest,
) -> actix_web::Result<HttpResponse> {
    let (theirs, ours) = request.path().split_once('~').expect("two scripts");
    let mut said = String::new();
    for step in theirs.split('/').skip(2).filter(|step| !step.is_empty()) {
        said.extend(perform(&visitor, step).await?);
    }
    said.push('|');
    for step in ours.split('/').filter(|step| !step.is_empty()) {
        said.extend(perform(&admin, step).await?);
    }
    Ok(HttpResponse::Ok().body(said))
}

async fn admin_only(admin: Session<Admin>, request: HttpRequest) -> actix_web::Result<String> {
    let mut said = Vec::new();
    for step in request.path().split('/').filter(|step| !step.is_empty()) {
        said.extend(perform(&admin, step).await?);
    }
    Ok(said.join(" "))
}

async fn site(visitors: SessionMiddleware, admins: SessionMiddleware<Admin>) -> Browser {
    let app = App::new()
        .wrap(visitors)
        .wrap(admins)
        .route("/admin/only/{steps:.*}", web::to(admin_only))
        .route("/admin/{steps:.*~.*}", web::to(both))
        .configure(crate::story::pages);
    Browser::new(app).await
}

/// One store and one secret for both, under two names.
async fn by_name(store: &impl Shelf) -> Browser {
    let visitors = over(store).build().expect("the defaults work");
    let admins = over(store).name("__Secure-admin").path("/admin").marker::<Admin>().build();
    site(visitors, admins.expect("a name and a path of its own")).await
}

async fn two_sessions_live_in_one_application_and_in_one_handler(store: Counted<impl Shelf>) {
    let browser = by_name(&store).await;
    let reply = browser.get("/admin/put:color=red~/login:root/put:color=blue").await;
    let mut names: Vec<_> =
        reply.set_cookies().iter().map(|line| pair(line).split('=').next().map(str::to_owned)).collect();
    names.sort();
    assert_eq!(names, [Some(SID.to_owned()), Some("__Secure-admin".to_owned())]);
    assert_eq!(reply.headers.get_all("vary").count(), 1);
    assert_eq!(browser.get("/admin/get:color/owner~/get:color/owner").await.body, "rednone|blueroot");
    assert_eq!(store.sessions().await, 2);
    browser.get("/admin/~/logout").await;
    assert_eq!(browser.get("/admin/get:color~/get:color").await.body, "red|none");
}

async fn a_handler_that_asks_for_one_leaves_the_other_alone(store: Counted<impl Shelf>) {
    let browser = by_name(&store).await;
    browser.get("/admin/put:color=red~/put:color=blue").await;
    let before = store.all_calls();
    assert_eq!(browser.get("/get:color").await.body, "red");
    assert_eq!(browser.get("/admin/only/get:color").await.body, "blue");
    assert_eq!(store.all_calls() - before, 2);
}

/// Both cookies are signed by the same secret and name rows of the same table.
async fn a_visitors_cookie_is_no_administrators(store: Counted<impl Shelf>) {
    let browser = by_name(&store).await;
    browser.get("/login:ann").await;
    let ours = browser.cookie(SID).expect("a cookie").value;
    browser.set_cookie("__Secure-admin", &ours);
    assert_eq!(browser.get("/admin/only/owner").await.body, "none");
    let admin = browser.another();
    admin.get("/admin/only/login:root").await;
    let theirs = admin.cookie("__Secure-admin").expect("a cookie").value;
    admin.set_cookie(SID, &theirs);
    assert_eq!(admin.get("/owner").await.body, "none");
}

async fn two_sessions_of_one_name_are_told_apart_by_their_paths(store: Counted<impl Shelf>) {
    let visitors = over(&store).name("sid").build().expect("a name");
    let admins = over(&store).name("sid").path("/admin").marker::<Admin>().build().expect("a path");
    let browser = site(visitors, admins).await;
    browser.get("/login:ann").await;
    assert_eq!(browser.get("/admin/only/owner").await.body, "none", "a visitor is no administrator");
    browser.get("/admin/only/login:root").await;
    assert_eq!(browser.get("/admin/owner~/owner").await.body, "ann|root");
    browser.get("/admin/~/logout").await;
    assert_eq!(browser.get("/admin/owner~/owner").await.body, "ann|none");
}

#[derive(Default, Serialize, Deserialize)]
struct Audit(Vec<String>);

impl SessionValue for Audit {
    const KEY: &'static str = "audit";
}

/// The browser withholds the strict cookie from a page that a link on another site leads to.
async fn a_link_from_elsewhere_ends_no_strict_session_beside_a_lax_one(store: Counted<impl Shelf>) {
    const STRICT: &str = "__Host-account";
    let visitors = over(&store).build().expect("the defaults work");
    let strict = over(&store).name(STRICT).same_site(SameSite::Strict).marker::<Admin>().build();
    let browser = site(visitors, strict.expect("a name of its own")).await;
    browser.get("/admin/put:color=red~login:ann").await;

    let linked = browser.another();
    linked.set_cookie(SID, &browser.cookie(SID).expect("the lax one").value);
    let reply = linked.get("/admin/put:color=blue/get:color~owner").await;
    assert_eq!(reply.body, "blue|none");
    assert!(linked.cookie(STRICT).is_none(), "nothing is set over the one that was withheld");
    assert_eq!(browser.get("/admin/get:color~owner").await.body, "blue|ann", "the next page is hers again");
}

#[actix_web::test]
async fn typed_values_and_the_extension_trait_know_the_marker_too() {
    let store = crate::story::counted_memory();
    let admins = over(&store).marker::<Admin>().build().expect("the defaults work");
    let note = async |audit: Typed<Audit, Admin>, request: HttpRequest| {
        audit.update(|audit| audit.0.push("seen".into()))?;
        assert!(request.session().await.is_err(), "there is no visitor's session here");
        let same = request.session_of::<Admin>().await?;
        Ok::<_, actix_web::Error>(same.get::<Audit>("audit")?.unwrap_or_default().0.len().to_string())
    };
    let browser = Browser::new(App::new().wrap(admins).route("/", web::get().to(note))).await;
    assert_eq!(browser.get("/").await.body, "1");
    assert_eq!(browser.get("/").await.body, "2");
}
