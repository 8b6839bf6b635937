//! The table of an Express application.

use actix_pg_session::{ExpressStore, Import, PostgresStore};

use crate::support::http::Browser;
use crate::support::pool_on;
use crate::support::site::Plan;
use crate::trap::Trap;

#[tokio::test]
async fn sessions_of_express_are_begun_changed_and_moved() {
    for zone in [None, Some("Asia/Kathmandu")] {
        let trap = Trap::new().await;
        let pool = pool_on(&trap.url).await;
        ExpressStore::builder(pool.clone()).create_table_if_missing(true).build().await.expect("a table");
        let more = "alter table public.session add owner text, add ip inet, add user_agent text";
        sqlx::raw_sql(more).execute(&pool).await.expect("the administrator's columns");
        let builder = ExpressStore::builder(pool.clone()).admin_columns(zone.is_some());
        let builder = match zone {
            Some(zone) => builder.time_zone(zone),
            None => builder,
        };
        let express = builder.build().await.expect("the table is understood");
        let site = Plan::on(&trap.url).store({
            let express = express.clone();
            move |_| express
        });
        let site = site.sessions(actix_pg_session::SessionMiddlewareBuilder::express_defaults).start().await;
        let mut browser = Browser::new(&site);
        browser = browser.named("connect.sid");
        for page in ["/?set=a:1", "/?incr=n", "/?touch", "/?renew", "/?login=ann", "/?set=b:2"] {
            assert_eq!(browser.get(page).await.status, 200, "{page}");
        }
        assert_eq!(browser.get("/?get=a&get=b&owner").await.body, "\"1\"\n\"2\"\nann");
        let mut other = Browser::new(&site).named("connect.sid");
        other.get("/?set=a:1").await;
        assert_eq!(other.get("/?logout").await.status, 200);
        express.prune(100).await.expect("it prunes");

        let own = PostgresStore::new(pool.clone());
        own.migrate().await.expect("the migrations apply");
        let copied = express.copy_into(&own, &Import::default()).await.expect("a copy");
        assert_eq!(copied.added, 1, "{copied:?}");
        express.copy_into(&own, &Import::default()).await.expect("another");
        express.move_into(&own, &Import::default()).await.expect("the move");
        drop(site);
        pool.close().await;
        trap.has_caught_nobody().await;
    }
}
