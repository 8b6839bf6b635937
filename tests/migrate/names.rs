//! Schemas and tables of one's own.

use sqlx::AssertSqlSafe;

use crate::store;
use crate::support::http::Browser;
use crate::support::site::Plan;
use crate::support::{database, pool_on};

/// Names that look harmless, and names that do not.
const NAMES: [(&str, &str); 8] = [
    ("app", "web"),
    ("My App", "Web Sessions"),
    ("a\"b", "c\"\"d"),
    ("; drop schema public; --", "\"; drop table sessions; --"),
    // These stand in the migration file themselves.
    ("sessions", "web"),
    ("public", "sessions_owner"),
    ("sessions_ended", "active_sessions"),
    ("schöne", "Grüße"),
];

#[tokio::test]
async fn whatever_the_names_a_session_lives_its_whole_life_in_them() {
    for (schema, table) in NAMES {
        let url = database().await;
        let pool = pool_on(&url).await;
        let sessions = store(&pool, schema, table);
        sessions.migrate().await.unwrap_or_else(|error| panic!("{schema:?} {table:?}: {error}"));
        let site = Plan::on(&url).store(move |pool| store(&pool, schema, table)).start().await;

        let mut browser = Browser::new(&site);
        for page in ["/?set=a:1&incr=n", "/?incr=n", "/?touch", "/?renew", "/?login=alice"] {
            assert_eq!(browser.get(page).await.status, 200, "{schema:?} {table:?} {page}");
        }
        assert_eq!(browser.get("/?get=a&get=n&owner").await.body, "\"1\"\n2\nalice", "{schema:?} {table:?}");

        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let active =
            format!("select count(*) from {}.{}", quoted(schema), quoted(&format!("active_{table}")));
        let active: i64 = sqlx::query_scalar(AssertSqlSafe(active)).fetch_one(&pool).await.expect("the view");
        assert_eq!(active, 1, "{schema:?} {table:?}");
        assert_eq!(sessions.prune(10).await.expect("it prunes").sessions, 0);
        browser.get("/?logout").await;
        assert_eq!(browser.get("/?get=a").await.body, "nothing", "{schema:?} {table:?}");
    }
}

#[tokio::test]
async fn two_applications_in_one_database_do_not_see_each_others_sessions() {
    let url = database().await;
    let pool = pool_on(&url).await;
    let (shop, forum) = (("shop", "sessions"), ("forum", "sessions"));
    for (schema, table) in [shop, forum] {
        store(&pool, schema, table).migrate().await.expect("the migrations apply");
    }
    let site = |(schema, table)| Plan::on(&url).store(move |pool| store(&pool, schema, table)).start();
    let (shop, forum) = (site(shop).await, site(forum).await);
    let mut browser = Browser::new(&shop);
    browser.get("/?set=a:1&login=alice").await.new_cookie();
    let mut elsewhere = Browser::new(&forum).with_cookie(browser.cookie().expect("a cookie"));
    assert_eq!(elsewhere.get("/?get=a&owner").await.body, "nothing\nnobody");
}
