//! What is told of sessions, and that nobody who listens can hold anybody up.

use actix_pg_session::{EndReason, Heard, SessionEvent, SessionEvents, WhenFull};
use futures_util::future::poll_immediate;
use uuid::Uuid;

use crate::site::{listed, read, visit_with};
use crate::support::store;

/// What was told so far, in short.
async fn told(events: &mut SessionEvents) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(Some(heard)) = poll_immediate(events.next()).await {
        let Heard::Event(event) = heard else { panic!("nobody was late") };
        let name = |owner: Option<std::sync::Arc<str>>| owner.as_deref().unwrap_or("nobody").to_owned();
        told.push(match event {
            SessionEvent::Created { owner, .. } => format!("created {}", name(owner)),
            SessionEvent::Renewed { owner, reauthenticated, .. } => {
                format!("renewed {}{}", name(owner), if reauthenticated { ", who is there" } else { "" })
            }
            SessionEvent::Ended { session, owner, reason } => {
                assert!(session.is_some());
                let reason = match reason {
                    EndReason::SignedOut => "signed out",
                    EndReason::Replaced { .. } => "replaced",
                    EndReason::Revoked { by } => {
                        if by.is_some() {
                            "revoked"
                        } else {
                            "revoked by nobody"
                        }
                    }
                    EndReason::Evicted { .. } => "evicted",
                    EndReason::CredentialChanged => "credential changed",
                    other => panic!("{other:?} is new here"),
                };
                format!("ended {}, {reason}", name(owner))
            }
            other => panic!("{other:?} is new here"),
        });
    }
    told
}

#[actix_web::test]
async fn a_life_is_told_from_its_beginning_to_its_end_and_why() {
    let (browser, mut events) =
        visit_with(store().await, |sessions| sessions.sessions_per_owner(2, WhenFull::Evict)).await;
    let other = browser.another();
    for (page, expected) in [
        ("/owner", &[][..]),
        ("/set/cart", &["created nobody"]),
        ("/set/cart", &[]),
        ("/login/ann/7", &["created ann", "ended nobody, replaced"]),
        ("/renew", &["renewed ann"]),
        ("/confirm", &["renewed ann, who is there"]),
        ("/check/8", &["ended ann, credential changed"]),
        ("/logout", &[]),
        ("/login/ann", &["created ann"]),
        ("/logout", &["ended ann, signed out"]),
    ] {
        read(&browser, page).await;
        assert_eq!(told(&mut events).await, expected, "{page}");
    }

    read(&other, "/login/ann").await;
    read(&browser, "/login/ann").await;
    told(&mut events).await;
    let (handles, current) = listed(&browser).await;
    read(&browser, &format!("/end/{}", handles[1])).await;
    assert_eq!(told(&mut events).await, ["ended ann, revoked"]);
    assert_eq!(current, Some(handles[0]));
    read(&other, "/login/ann").await;
    told(&mut events).await;
    read(&browser.another(), "/login/ann").await;
    assert_eq!(told(&mut events).await, ["ended ann, evicted", "created ann"]);
}

#[actix_web::test]
async fn an_event_names_sessions_by_the_handles_that_the_owner_sees() {
    let (browser, mut events) = visit_with(store().await, |sessions| sessions).await;
    read(&browser, "/login/ann").await;
    let (handles, _) = listed(&browser).await;
    let created = SessionEvent::Created { session: handles[0], owner: Some("ann".into()) };
    assert_eq!(events.next().await, Some(Heard::Event(created)));
    let other = browser.another();
    read(&other, "/login/ann").await;
    let (_, by): (Vec<Uuid>, _) = listed(&other).await;
    read(&other, "/end-others").await;
    let reason = EndReason::Revoked { by };
    let ended = SessionEvent::Ended { session: Some(handles[0]), owner: Some("ann".into()), reason };
    let mut all = Vec::new();
    while let Some(Some(Heard::Event(event))) = poll_immediate(events.next()).await {
        all.push(event);
    }
    assert!(all.contains(&ended), "{all:?}");
}

#[actix_web::test]
async fn a_listener_that_panics_keeps_no_session_alive() {
    let (browser, mut events) = visit_with(store().await, |sessions| sessions).await;
    let listener = actix_web::rt::spawn(async move {
        while let Some(heard) = events.next().await {
            assert!(
                !matches!(heard, Heard::Event(SessionEvent::Ended { .. })),
                "it panics, as it was told to"
            );
        }
    });
    read(&browser, "/login/ann").await;
    let cookies = browser.cookies();
    read(&browser, "/logout").await;
    assert!(listener.await.is_err_and(|error| error.is_panic()));
    let thief = browser.another();
    cookies.iter().for_each(|cookie| thief.set_cookie(&cookie.name, &cookie.value));
    assert_eq!(read(&thief, "/owner").await, "nobody");
    read(&browser, "/login/ann").await;
    assert_eq!(read(&browser, "/owner").await, "ann", "and with nobody listening all goes on");
}

#[actix_web::test]
async fn a_listener_that_is_late_holds_nobody_up_and_is_told_what_it_missed() {
    let (browser, mut events) = visit_with(actix_pg_session::MemoryStore::new(), |sessions| sessions).await;
    for _ in 0..600 {
        read(&browser, "/login/ann").await;
        read(&browser, "/logout").await;
    }
    assert!(matches!(events.next().await, Some(Heard::Missed(missed)) if missed > 0));
    assert!(matches!(events.next().await, Some(Heard::Event(_))), "and then hears on");
    drop(events);
    read(&browser, "/login/ann").await;
    read(&browser, "/logout").await;
    assert_eq!(read(&browser, "/owner").await, "nobody");
}
