//! The store over connect-pg-simple's table obeys the law, on the table as connect-pg-simple makes it
//! and on wider ones.

mod support;

use std::time::Duration;

use actix_pg_session::test_util::StoreUnderTest;
use actix_pg_session::{ExpressStore, ExpressStoreBuilder};
use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::{AssertSqlSafe, PgPool};

struct Express(ExpressStore);

impl StoreUnderTest for Express {
    type Store = ExpressStore;

    fn store(&self) -> &ExpressStore {
        &self.0
    }

    async fn elapse(&self, by: Duration) {
        // The column is in whole seconds, rounded up.
        elapse(self.0.pool(), by + Duration::from_secs(1)).await;
    }
}

/// A store on a database of its own, whose table and settings differ from connect-pg-simple's by this.
async fn store(
    alter: &'static str,
    configure: impl FnOnce(ExpressStoreBuilder) -> ExpressStoreBuilder,
) -> Express {
    let pool = support::pool().await;
    sqlx::raw_sql(support::CONNECT_PG_SIMPLE).execute(&pool).await.expect("the table");
    sqlx::raw_sql(alter).execute(&pool).await.expect("the other table");
    Express(configure(ExpressStore::builder(pool)).build().await.expect("the table is understood"))
}

/// Turns the clock forward by moving the rows back: the column, and the times in the text.
async fn elapse(pool: &PgPool, by: Duration) {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("select sid, sess::text, pg_typeof(sess)::text from session")
            .fetch_all(pool)
            .await
            .expect("the rows can be read");
    for (sid, text, kind) in rows {
        let sql = format!(
            "update session set expire = expire - make_interval(secs => $1), sess = $2::{kind} where sid = $3"
        );
        let moved =
            sqlx::query(AssertSqlSafe(sql)).bind(by.as_secs_f64()).bind(moved_back(&text, by)).bind(sid);
        moved.execute(pool).await.expect("a row can be moved");
    }
}

/// The text with every time that the store keeps in it so much earlier.
fn moved_back(text: &str, by: Duration) -> String {
    let mut text = text.to_owned();
    for name in ["expires", "createdAt", "seenAt", "authenticatedAt", "deadline"] {
        for begin in [format!("\"{name}\":\""), format!("\"{name}\": \"")] {
            let Some(at) = text.find(&begin).map(|at| at + begin.len()) else { continue };
            let end = at + text[at..].find('"').expect("the end of a time");
            let time: DateTime<Utc> = text[at..end].parse().expect("a time");
            text.replace_range(at..end, &(time - by).to_rfc3339_opts(SecondsFormat::Millis, true));
        }
    }
    text
}

mod as_connect_pg_simple_makes_it {
    use super::store;

    actix_pg_session::conformance_tests!(store("", |builder| builder).await);
}

mod unprepared_and_in_a_zone_of_its_own {
    use super::store;

    const IN_KATHMANDU: &str = "do $$ begin
        execute format('alter database %I set timezone = ''Asia/Kathmandu''', current_database());
    end $$";

    actix_pg_session::conformance_tests!(
        store(IN_KATHMANDU, |builder| builder.prepared_statements(false)).await
    );
}

mod with_jsonb_and_timestamptz_and_more_columns {
    use super::store;

    const WIDER: &str = "alter table session
        alter sess type jsonb,
        alter expire type timestamptz,
        add owner text,
        add ip inet,
        add user_agent text,
        add note text not null default 'an administrator''s own'";

    actix_pg_session::conformance_tests!(store(WIDER, |builder| builder.admin_columns(true)).await);
}
