//! An administrator behind PgBouncer.

use actix_pg_session::PostgresStore;
use actix_pg_session::admin::{Counted, Filter, Position};

use crate::support::pool_on;
use crate::{migrated, pool};

#[tokio::test]
async fn an_administrator_lists_counts_and_revokes_through_it() {
    let (direct, through) = migrated().await;
    let rows = "insert into sessions (key, owner, idle_timeout, expires_at, purge_at)
        select sha256(n::text::bytea), 'owner ' || n % 3, '1 h', now() + '1 h', now() + '1 h' from generate_series(1, 90) n";
    sqlx::raw_sql(rows).execute(&pool_on(&direct).await).await.expect("rows");
    for prepared in [true, false] {
        let builder = PostgresStore::builder(pool(&through).await).prepared_statements(prepared);
        let admin = builder.build().expect("these settings go together").admin();
        // At once, so that transactions meet on the few connections.
        let asks = (0..12).map(|n| {
            let admin = admin.clone();
            async move {
                let filter = Filter::new().owner(format!("owner {}", n % 3));
                let page = admin.list(&filter, Position::Newest, 50).await.expect("a page");
                let counted = admin.count_up_to(&filter, 100).await.expect("a number");
                assert_eq!(counted, Counted::Exactly(page.sessions.len() as u64));
                admin.census().await.expect("numbers").live
            }
        });
        let live = futures_util::future::join_all(asks).await;
        assert_eq!(live, vec![if prepared { 90 } else { 60 }; 12]);
        let owner = if prepared { "owner 1" } else { "owner 2" };
        assert_eq!(admin.revoke_owner(owner).await.expect("done").sessions, Some(30));
        admin.health().await.expect("an answer");
    }
}
