//! Pages, while rows come and go.

use std::collections::HashSet;

use actix_pg_session::admin::{Admin, Filter, Page, Position};

use crate::LAYOUTS;
use crate::planted::Planted;

async fn page(admin: &Admin, from: Position, limit: u32) -> Page {
    admin.list(&Filter::new(), from, limit).await.expect("a page")
}

#[tokio::test]
async fn pages_have_every_session_once_the_newest_first() {
    for layout in LAYOUTS {
        let planted = Planted::many(layout, 23).await;
        let mut seen = Vec::new();
        let mut from = Position::Newest;
        let mut pages = 0;
        loop {
            let page = page(&planted.admin, from, 5).await;
            assert_eq!(page.newer.is_some(), pages > 0, "{layout:?}: only the first has nothing before it");
            pages += 1;
            seen.extend(page.sessions.iter().map(|session| (session.created_at, session.handle)));
            let Some(older) = page.older else { break };
            from = Position::OlderThan(older);
        }
        assert_eq!((pages, seen.len()), (5, 23), "{layout:?}");
        assert!(seen.is_sorted_by(|one, next| one > next), "{layout:?}");
    }
}

#[tokio::test]
async fn the_way_back_leads_over_the_same_pages() {
    let planted = Planted::many(LAYOUTS[0], 12).await;
    let first = page(&planted.admin, Position::Newest, 5).await;
    let second = page(&planted.admin, Position::OlderThan(first.older.expect("more")), 5).await;
    let third = page(&planted.admin, Position::OlderThan(second.older.expect("more")), 5).await;
    assert_eq!((third.sessions.len(), third.older), (2, None));
    let back = page(&planted.admin, Position::NewerThan(third.newer.expect("more")), 5).await;
    assert_eq!(back.sessions.iter().map(|s| s.handle).collect::<Vec<_>>(), handles(&second));
    let start = page(&planted.admin, Position::NewerThan(back.newer.expect("more")), 5).await;
    assert_eq!((handles(&start), start.newer), (handles(&first), None));
}

fn handles(page: &Page) -> Vec<uuid::Uuid> {
    page.sessions.iter().map(|session| session.handle).collect()
}

#[tokio::test]
async fn sessions_that_began_at_the_same_moment_are_neither_lost_nor_shown_twice() {
    let planted = Planted::none(LAYOUTS[0]).await;
    planted.insert(&["('ann', null, null, 60, '{}')"; 11].join(",")).await;
    let mut seen = HashSet::new();
    let mut from = Position::Newest;
    while let page = page(&planted.admin, from, 2).await
        && let Some(older) = {
            assert!(page.sessions.iter().all(|session| seen.insert(session.handle)), "shown twice");
            page.older
        }
    {
        from = Position::OlderThan(older);
    }
    assert_eq!(seen.len(), 11);
}

#[tokio::test]
async fn while_others_come_and_go_whoever_stays_is_seen_exactly_once() {
    for layout in LAYOUTS {
        let planted = Planted::many(layout, 60).await;
        let mut seen = Vec::new();
        let mut from = Position::Newest;
        for step in 0.. {
            let page = page(&planted.admin, from, 7).await;
            seen.extend(page.sessions.iter().map(|session| session.handle));
            // Between two pages some end, before and after the place, and some begin. Every fifth stays.
            let gone = format!("delete from sessions where (data->>'n')::int % 5 = {}", 1 + step % 4);
            sqlx::raw_sql(sqlx::AssertSqlSafe(gone)).execute(&planted.pool).await.expect("they end");
            planted.insert("('bob', null, null, 0, '{\"n\": 1}')").await;
            let Some(older) = page.older else { break };
            from = Position::OlderThan(older);
        }
        let staying: Vec<uuid::Uuid> =
            sqlx::query_scalar("select id from sessions where (data->>'n')::int % 5 = 0")
                .fetch_all(&planted.pool)
                .await
                .expect("those who stay");
        assert_eq!(staying.len(), 12);
        for handle in staying {
            assert_eq!(seen.iter().filter(|one| **one == handle).count(), 1, "{layout:?}");
        }
    }
}

#[tokio::test]
async fn a_list_loads_no_data_and_one_session_does() {
    for layout in LAYOUTS {
        let planted = Planted::none(layout).await;
        planted.insert("('ann', '10.1.2.3', 'curl/8', 60, '{\"cart\": [1, 2]}')").await;
        let listed = page(&planted.admin, Position::Newest, 5).await.sessions.remove(0);
        assert_eq!(listed.owner.as_deref(), Some("ann"));
        assert_eq!(listed.ip, Some("10.1.2.3".parse().expect("an address")));
        assert!(listed.is_live() && listed.idle.as_secs() >= 60 && listed.data_bytes > 8, "{listed:?}");
        // By its handle, and by its place, which is quicker.
        for shown in [
            planted.admin.session(listed.handle).await.expect("an answer"),
            planted.admin.session(listed.cursor()).await.expect("an answer"),
        ] {
            let shown = shown.expect("it is there");
            assert_eq!(shown.data.to_json(), "{\"cart\":[1, 2]}", "{layout:?}");
            assert_eq!(shown.listed.handle, listed.handle);
            assert_eq!(shown.idle_timeout.as_secs(), 24 * 60 * 60);
        }
        assert!(planted.admin.session(uuid::Uuid::nil()).await.expect("an answer").is_none());
    }
}

#[tokio::test]
async fn a_session_without_end_is_shown_like_any_other() {
    let planted = Planted::many(LAYOUTS[0], 1).await;
    sqlx::raw_sql("update sessions set expires_at = 'infinity', deadline = 'infinity'")
        .execute(&planted.pool)
        .await
        .expect("it may");
    let listed = page(&planted.admin, Position::Newest, 5).await.sessions.remove(0);
    assert!(listed.remaining.as_secs() > 7000 * 365 * 24 * 60 * 60);
    assert!(planted.admin.session(listed.handle).await.expect("an answer").is_some());
}
