//! Columns that an administrator has added: filled here, left alone by Node.

use actix_pg_session::ExpressStore;

use crate::counter::{SID, application, node_sets, table, visitor};

type Columns = (Option<String>, Option<String>, Option<String>, String);

async fn columns(pool: &sqlx::PgPool) -> Vec<Columns> {
    sqlx::query_as("select owner, host(ip), user_agent, note from session order by owner")
        .fetch_all(pool)
        .await
        .expect("the columns")
}

#[actix_web::test]
async fn who_signs_in_stands_in_the_owner_s_column() {
    let pool = table(
        "alter table session add owner text, add ip inet, add user_agent text, add note text not null default 'mine'",
    )
    .await;
    let store = ExpressStore::builder(pool.clone()).admin_columns(true).build().await.expect("the columns");
    let browser = application(store).await;
    browser.get("/?set=a:1").await.assert_status(200);
    assert_eq!(columns(&pool).await[0].0, None);
    browser.get("/?login=ann").await.assert_status(200);
    assert_eq!(columns(&pool).await.len(), 1);
    let (owner, .., note) = columns(&pool).await.remove(0);
    assert_eq!((owner.as_deref(), note.as_str()), (Some("ann"), "mine"));
    assert_eq!(browser.get("/?owner&get=a").await.body, "ann\n\"1\"");
    browser.get("/?renew").await.assert_status(200);
    assert_eq!(columns(&pool).await[0].0.as_deref(), Some("ann"));
    browser.get("/?regenerate").await.assert_status(200);
    assert_eq!(columns(&pool).await[0].0, None, "another session begins, and nobody is signed in");

    // Node's rows come without.
    node_sets(&pool, SID, "", "UTC").await;
    visitor(&browser, SID).get("/?set=b:2").await.assert_status(200);
    assert_eq!(columns(&pool).await.len(), 2);
}

#[actix_web::test]
async fn an_owner_is_kept_without_a_column_too() {
    let pool = table("").await;
    let browser = application(crate::counter::store(&pool).await).await;
    browser.get("/?set=a:1&login=ann").await.assert_status(200);
    assert_eq!(browser.get("/?owner&get=a").await.body, "ann\n\"1\"");
    // It is no value of the application's.
    assert_eq!(browser.get("/?get=_actix").await.body, "nothing");
    // Node's save carries it along with everything else.
    sqlx::query("update session set sess = (sess::jsonb || '{\"node\": 1}')::json")
        .execute(&pool)
        .await
        .expect("a save");
    assert_eq!(browser.get("/?owner&get=node").await.body, "ann\n1");
}
