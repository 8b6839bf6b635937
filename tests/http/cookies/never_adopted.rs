//! An id that a client chose never becomes a session's, however well it is signed; and asking costs
//! no row.

use actix_pg_session::test_util::Op;

use crate::story::{
    Counted, SECRET, SID, Shelf, counted_memory, counted_postgres, digest_hex, encoded, on_both_stores, over,
    signed, support, visit,
};

on_both_stores!(
    a_planted_id_is_never_adopted,
    a_planted_session_does_not_become_the_victims,
    a_flood_of_unknown_ids_and_robots_leaves_no_row,
);

const PLANTED: &str = "an-id-that-an-attacker-chose-and-got-signed-";

async fn a_planted_id_is_never_adopted(store: Counted<impl Shelf>) {
    let attacker = visit(over(&store)).await;
    let planted = encoded(&signed(PLANTED, SECRET));
    for page in ["/put:color=red", "/login:ann", "/regenerate", "/put:color=red/save", "/count:n"] {
        let victim = attacker.another();
        victim.set_cookie(SID, &planted);
        let lines = victim.get(page).await.set_cookies();
        assert_eq!(lines.len(), 1, "{page}");
        assert!(!lines[0].contains(PLANTED), "{page}");
        attacker.set_cookie(SID, &planted);
        assert_eq!(attacker.get("/owner/get:color/handle").await.body, "none none none", "{page}");
    }
    assert_eq!(store.sessions().await, 5);
}

#[actix_web::test]
async fn no_row_and_no_mark_has_the_key_of_a_planted_id() {
    let store = counted_postgres().await;
    let browser = visit(over(&store)).await;
    for page in ["/put:color=red", "/login:ann", "/renew", "/logout"] {
        browser.set_cookie(SID, &encoded(&signed(PLANTED, SECRET)));
        browser.get(page).await.assert_status(200);
    }
    let sql = "select count(*) from (select key from sessions union all select key from sessions_ended) as all_of_them
        where encode(key, 'hex') = $1";
    let found: i64 = sqlx::query_scalar(sql)
        .bind(digest_hex(PLANTED))
        .fetch_one(&support::way::straight(store.inner().pool()))
        .await
        .expect("the tables are there");
    assert_eq!(found, 0);
    assert_eq!(support::count(store.inner().pool(), "select count(*) from sessions").await, 2);
}

/// Session fixation: the attacker's own session, planted in the victim's browser.
async fn a_planted_session_does_not_become_the_victims(store: Counted<impl Shelf>) {
    let attacker = visit(over(&store)).await;
    attacker.get("/put:color=red").await;
    let planted = attacker.cookie(SID).expect("a cookie").value;
    let victim = attacker.another();
    victim.set_cookie(SID, &planted);
    victim.get("/login:ann").await.assert_status(200);
    assert_eq!(victim.get("/owner").await.body, "ann");
    assert_eq!(attacker.get("/owner/get:color").await.body, "none none");
    store.elapse(crate::story::MINUTE).await;
    assert_eq!(attacker.get("/owner/get:color").await.body, "none none");
}

/// What Django was asked for in 2015, a hundred thousand times: each is one look-up at most, and no row.
#[actix_web::test]
async fn a_hundred_thousand_strangers_leave_no_row() {
    let store = counted_memory();
    let browser = visit(over(&store)).await;
    let pages = ["/get:color", "/logout", "/clear", "/renew", "/touch", "/purge", "/unset", "/static"];
    for n in 0..100_000 {
        let stranger = browser.another();
        stranger.set_cookie(SID, &encoded(&signed(&format!("an id that nobody has ever had: {n}"), SECRET)));
        stranger.get(pages[n % pages.len()]).await.assert_status(200);
    }
    assert_eq!((store.sessions().await, store.calls(Op::Create)), (0, 0));
    assert!(store.all_calls() <= 100_000, "{} calls", store.all_calls());
}

async fn a_flood_of_unknown_ids_and_robots_leaves_no_row(store: Counted<impl Shelf>) {
    let browser = visit(over(&store)).await;
    browser.get("/put:color=red").await;
    let pages = ["/get:color", "/logout", "/clear", "/renew", "/touch", "/entries", "/static", "/unset"];
    for n in 0..1000 {
        let robot = browser.another();
        if n % 2 == 0 {
            robot.set_cookie(SID, &encoded(&signed(&format!("an id that nobody has ever had: {n}"), SECRET)));
        }
        robot.get(pages[n % pages.len()]).await.assert_status(200);
    }
    assert_eq!(store.sessions().await, 1);
    assert_eq!(store.all_calls() - store.calls(Op::Load), 1, "the one that was created");
}
