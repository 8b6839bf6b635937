//! The sessions that are in the table before anybody comes, written as Node writes them.

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool};

use crate::shop::cookie::signed;
use crate::shop::{Counter, SECRET, Shop};

/// A live session of `planted.sql`.
pub(crate) struct Planted {
    pub(crate) cookie: String,
    /// The values, as they stood in the row.
    pub(crate) values: Value,
}

/// How many were planted.
#[derive(Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) live: u64,
    /// Those that end under way.
    pub(crate) ending: u64,
    /// Those that cannot be imported.
    pub(crate) refused: u64,
}

/// Fills the table with so many live sessions, and others.
pub(crate) async fn plant(shop: &Shop, live: u32) -> Counts {
    let sql = include_str!("planted.sql").replace("LIVE", &live.to_string()).replace("ZONE", shop.zone);
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&shop.pool).await.expect("sessions can be planted");
    let of_kind = async |kind: &str| -> u64 {
        let count =
            sqlx::query_scalar("select count(*) from session join planted using (sid) where kind = $1");
        let count: i64 = count.bind(kind).fetch_one(&shop.pool).await.expect("a count");
        count as u64
    };
    let counts = Counts {
        live: of_kind("live").await,
        ending: of_kind("ending").await,
        refused: of_kind("refused").await,
    };
    assert_eq!(counts.live, u64::from(live));
    counts
}

/// Checks the planted rows against one that Express has written.
pub(crate) async fn are_as_node_writes_them(shop: &Shop) {
    let mut visitor = shop.visitor();
    visitor.add(Counter::Express, "night-ferry").await;
    // Express reads its clock twice for `originalMaxAge`, and gets a millisecond less when it ticks between.
    let [written, planted]: [String; 2] = sqlx::query_as(
        "select regexp_replace(sess::text, '(?<=\"originalMaxAge\":)35999\\d\\d', '3600000')
                || extract(epoch from expire at time zone $2),
            sess_of(3600, expires, ',\"cart\":[{\"book\":\"night-ferry\",\"at\":\"Express 5\"}]')
                || extract(epoch from ends_at(row('', 0, '', 3600, expires - interval '1 hour', '0', '')))
        from session, lateral (select (sess -> 'cookie' ->> 'expires')::timestamptz as expires) as node
        where sid = $1",
    )
    .bind(visitor.sid())
    .bind(shop.zone)
    .fetch_one(&shop.pool)
    .await
    .map(|(written, planted)| [written, planted])
    .expect("the row is there");
    assert_eq!(planted, written);
    visitor.sign_out(Counter::Express).await;
}

/// Turns the clock forward for a half of those that end under way.
pub(crate) async fn end_half(shop: &Shop, half: i32) {
    let ended = sqlx::query(
        "update session set expire = (now() - interval '1 second') at time zone $1
        where sid in (select sid from planted where kind = 'ending' and n % 2 = $2)",
    );
    let ended = ended.bind(shop.zone).bind(half).execute(&shop.pool).await.expect("rows can be moved");
    assert!(ended.rows_affected() > 0, "there are such sessions");
}

/// Some of the live ones, the same each time.
pub(crate) async fn sample(pool: &PgPool, some: i64) -> Vec<Planted> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select sid, '{' || substr(data, 2) || '}' from planted
        where kind = 'live' order by md5(sid) limit $1",
    )
    .bind(some)
    .fetch_all(pool)
    .await
    .expect("rows");
    let planted = |(sid, data): (String, String)| Planted {
        cookie: signed(&sid, SECRET),
        values: serde_json::from_str(&data).expect("the values are JSON"),
    };
    rows.into_iter().map(planted).collect()
}
