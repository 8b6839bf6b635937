//! What ends a session, and what does not.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;

use crate::stage::{HERE, stage};

#[actix_web::test]
async fn a_session_ends_after_a_question_and_a_form_of_the_page() {
    let stage = stage().await;
    let session = stage.session(Some("ann"), "{}").await;
    stage.session(Some("bob"), "{}").await;
    let end = format!("{session}/end");
    let question = stage.get(&end).await;
    assert!(question.body.contains("ann") && question.body.contains("End this session?"));
    assert_eq!(stage.live().await, 2, "a question ends nothing");

    let reply = stage.submit(&end, question.token(), &[]).await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (StatusCode::SEE_OTHER, "/back/office/sessions?ended=1")
    );
    assert_eq!(stage.live().await, 1);
    assert!(stage.get(reply.header("location")).await.body.contains("1 session was ended."));
    let again = stage.submit(&end, question.token(), &[]).await;
    assert_eq!(again.header("location"), "/back/office/sessions?ended=0");
}

#[actix_web::test]
async fn forms_from_elsewhere_or_without_their_token_end_nothing() {
    let stage = stage().await;
    let session = stage.session(Some("ann"), "{}").await;
    let token = stage.get("/end").await.token().to_owned();
    let cookie = format!("sessions_dashboard={token}");
    let host = ("host", "shop.example");
    let other = "0".repeat(32);
    let wrong_cookie = format!("sessions_dashboard={other}");
    // Headers, the form's token.
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[host, ("cookie", &cookie), ("sec-fetch-site", "cross-site")], &token),
        (&[host, ("cookie", &cookie), ("sec-fetch-site", "same-site")], &token),
        (&[host, ("cookie", &cookie), ("origin", "https://thief.example")], &token),
        (&[host, ("cookie", &cookie), ("origin", "null")], &token),
        (&[host, ("cookie", &cookie)], &token),
        (&[host, ("cookie", &cookie), ("sec-fetch-site", "same-origin")], ""),
        (&[host, ("cookie", &cookie), ("sec-fetch-site", "same-origin")], &other),
        (&[host, ("cookie", &wrong_cookie), ("sec-fetch-site", "same-origin")], &token),
        (&[host, ("sec-fetch-site", "same-origin")], &token),
    ];
    for (headers, token) in cases {
        for address in ["/end", &format!("{session}/end")] {
            let request = TestRequest::post().uri(&format!("{HERE}{address}")).insert_header(("who", "ada"));
            let request = headers.iter().fold(request, |request, header| request.insert_header(*header));
            let reply = stage.send(request.set_form([("token", token), ("sure", "yes")])).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{headers:?}");
        }
    }
    assert_eq!(stage.live().await, 1);
}

#[actix_web::test]
async fn who_may_only_look_ends_nothing_and_is_not_offered_to() {
    let stage = stage().await;
    let session = stage.session(Some("ann"), "{}").await;
    for page in ["/sessions", &session] {
        assert!(stage.get(page).await.body.contains("/end\"") || page == "/sessions");
        let seen = stage.get_as("looker-on", page).await.body;
        assert!(!seen.contains("/end"), "{seen}");
    }
    let end = format!("{session}/end");
    assert_eq!(stage.get_as("looker-on", &end).await.status, StatusCode::FORBIDDEN);
    let token = stage.get("/end").await.token().to_owned();
    let request = TestRequest::post()
        .uri(&format!("{HERE}{end}"))
        .insert_header(("who", "looker-on"))
        .insert_header(("sec-fetch-site", "same-origin"))
        .insert_header(("cookie", format!("sessions_dashboard={token}")))
        .set_form([("token", &*token)]);
    assert_eq!(stage.send(request).await.status, StatusCode::FORBIDDEN);
    assert_eq!(stage.live().await, 1);
}

#[actix_web::test]
async fn those_of_a_search_end_together_and_no_others() {
    let stage = stage().await;
    for owner in ["ann", "ann", "bob"] {
        stage.session(Some(owner), "{}").await;
    }
    let question = stage.get("/end?owner=ann").await;
    assert!(question.body.contains("2 sessions"), "{}", question.body);
    let unsure = stage.submit("/end", question.token(), &[("owner", "ann")]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsure.body.contains("tick the box"));
    assert_eq!(stage.live().await, 3);

    // A filter that cannot be read must not become none.
    for field in [("ip", "not an address"), ("who", "x"), ("data", "$.x[")] {
        let reply = stage.submit("/end", question.token(), &[field, ("sure", "yes")]).await;
        assert!(reply.status.is_client_error(), "{field:?} {}", reply.status);
        assert_eq!(stage.live().await, 3);
    }

    let reply = stage.submit("/end", question.token(), &[("owner", "ann"), ("sure", "yes")]).await;
    assert_eq!(reply.header("location"), "/back/office/sessions?ended=2");
    assert_eq!(stage.live().await, 1);
}

#[actix_web::test]
async fn everybody_is_signed_out_only_by_a_search_that_is_empty() {
    let stage = stage().await;
    stage.session(Some("ann"), "{}").await;
    let question = stage.get("/end").await;
    assert!(question.body.contains("everybody is signed out at once"));
    let unsure = stage.submit("/end", question.token(), &[]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stage.live().await, 1, "nobody has said to be sure");
    let reply = stage.submit("/end", question.token(), &[("sure", "yes")]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert_eq!(stage.live().await, 0);
}
