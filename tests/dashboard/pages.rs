//! What the pages show, and what they do not.

use std::time::Duration;

use actix_web::http::StatusCode;

use crate::stage::{stage, stage_with};

#[actix_web::test]
async fn what_somebody_typed_or_stored_is_text_and_never_markup() {
    let stage = stage().await;
    let evil = "<script>alert(1)</script>\"'&";
    let session = stage.session(Some(evil), r#"{"<b>x</b>": "</pre><script>alert(2)</script>"}"#).await;
    for address in ["", "/sessions", &session, &format!("{session}/end"), "/sessions?owner=%3Cscript%3E%22"] {
        let reply = stage.get(address).await;
        assert!(!reply.body.contains("<script"), "{address}: {}", reply.body);
        assert!(!reply.body.contains("<b>x"), "{address}");
    }
    let page = stage.get(&session).await.body;
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    // The link to the owner's sessions finds them.
    let link =
        page.split("href=\"").find(|rest| rest.contains("owner=")).and_then(|rest| rest.split('"').next());
    let list = stage.get(&link.expect("a link").replace("&amp;", "&")).await;
    assert!(list.body.contains("1 session"), "{}", list.body);
}

#[actix_web::test]
async fn secrets_in_the_data_are_not_on_the_page() {
    let stage = stage().await;
    let session = stage
        .session(Some("ann"), r#"{"cart": [1], "Password": "hunter2", "oauth": {"access_token": "abc123"}}"#)
        .await;
    let page = stage.get(&session).await.body;
    assert!(page.contains("cart") && page.contains("access_token"), "{page}");
    for secret in ["hunter2", "abc123"] {
        assert!(!page.contains(secret), "{page}");
    }
}

#[actix_web::test]
async fn who_may_not_see_data_neither_sees_it_nor_searches_in_it() {
    let stage = stage().await;
    let session = stage.session(Some("ann"), r#"{"pet": "a parrot"}"#).await;
    let page = stage.get_as("looker-on", &session).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.body.contains("parrot") && !page.body.contains("pet"), "{}", page.body);
    let search = stage.get_as("looker-on", "/sessions?data=pet").await;
    assert_eq!(search.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!search.body.contains("ann"), "{}", search.body);
}

#[actix_web::test]
async fn a_search_finds_what_its_fields_say() {
    let stage = stage().await;
    stage.session(Some("ann"), r#"{"cart": [1], "role": "editor"}"#).await;
    stage.session(None, "{}").await;
    for (search, finds) in [
        ("", 2),
        ("owner=ann", 1),
        // Somebody else.
        ("owner=ann%20", 0),
        ("owner=%20", 0),
        ("owner=ann&who=owner&ip=%20192.0.2.0/24&browser=CURL&began=1h&state=any", 1),
        ("who=nobody", 1),
        ("data=cart", 1),
        ("data=%7B%22role%22%3A%22editor%22%7D", 1),
        ("data=%24.cart%5B*%5D", 1),
        ("idle=1d", 0),
        ("ip=10.0.0.0/8", 0),
        ("state=expired", 0),
    ] {
        let reply = stage.get(&format!("/sessions?{search}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{search}");
        assert_eq!(reply.body.matches("data-label=\"Began\"").count(), finds, "{search}");
    }
    let handle: uuid::Uuid = sqlx::query_scalar("select id from sessions where owner = 'ann'")
        .fetch_one(&crate::support::way::straight(stage.store.pool()))
        .await
        .expect("a handle");
    let found = stage.get(&format!("/sessions?handle={handle}")).await.body;
    assert!(found.contains("1 session") && found.contains("ann"), "{found}");
    for wrong in ["handle=x", "ip=300.1.2.3", "who=x", "idle=x", "state=x", "data=%24.cart%5B"] {
        let reply = stage.get(&format!("/sessions?{wrong}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(reply.body.contains("role=\"alert\""), "{wrong}");
    }
}

#[actix_web::test]
async fn a_list_is_read_page_by_page_and_back() {
    let stage = stage().await;
    let rows = "insert into sessions (key, idle_timeout, expires_at, purge_at, created_at)
        select sha256(n::text::bytea), '1 h', now() + '1 h', now() + '1 h', now() - n * interval '1 s'
        from generate_series(1, 120) n";
    sqlx::raw_sql(rows).execute(stage.store.pool()).await.expect("rows");
    let link = |body: &str, rel: &str| {
        let (_, rest) = body.split_once(&format!("rel=\"{rel}\" href=\""))?;
        Some(rest.split('"').next()?.replace("&amp;", "&"))
    };
    let first = stage.get("/sessions").await.body;
    assert!(first.contains("120 sessions") && link(&first, "prev").is_none());
    let second = stage.get(&link(&first, "next").expect("a second page")).await.body;
    let third = stage.get(&link(&second, "next").expect("a third page")).await.body;
    assert_eq!(third.matches("data-label=\"Began\"").count(), 20);
    assert!(link(&third, "next").is_none());
    let back = stage.get(&link(&third, "prev").expect("a page before")).await.body;
    let rows = |body: &str| body.split("<tbody>").nth(1).map(|rest| rest.matches("href=").count());
    assert_eq!(rows(&back), rows(&second));
    assert!(
        back.contains(
            second
                .split("<tbody>")
                .nth(1)
                .and_then(|rest| rest.split("href=\"").nth(1)?.split('"').next())
                .expect("a row")
        )
    );
}

#[actix_web::test]
async fn a_page_that_takes_too_long_is_given_up_with_advice() {
    let stage = stage_with(|admin| admin.statement_timeout(Duration::from_millis(50))).await;
    stage.session(Some("ann"), "{}").await;
    let mut holding = stage.store.pool().begin().await.expect("a transaction");
    sqlx::raw_sql("lock table sessions").execute(&mut *holding).await.expect("locked");
    for page in ["/sessions", ""] {
        let reply = stage.get(page).await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(reply.body.contains("ask for an owner"), "{}", reply.body);
    }
}

#[actix_web::test]
async fn what_is_not_there_is_a_page_that_says_so() {
    let stage = stage().await;
    for address in ["/sessions/x", "/sessions/1.00000000000000000000000000000000", "/nowhere"] {
        let reply = stage.get(address).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{address}");
        assert!(reply.body.contains("There is no such"), "{address}");
    }
}

#[actix_web::test]
async fn without_readings_the_overview_says_how_to_get_them() {
    let stage = stage().await;
    assert!(stage.get("").await.body.contains("start_recording"));
    let readings = "insert into sessions_history
        select now() - n * interval '5 minutes', 10, 1, 1, -n from generate_series(1, 12) n";
    sqlx::raw_sql(readings).execute(stage.store.pool()).await.expect("readings");
    let page = stage.get("?range=hour").await.body;
    assert!(page.contains("sessions began and") && page.contains("<svg"), "{page}");
}
