//! What `docs/scaling.md` tells an administrator to type.

use actix_pg_session::{
    Client, Data, Layout, Lifetime, Loaded, NewSession, PostgresStore, SessionId, SessionStore as _,
};
use sqlx::AssertSqlSafe;

use crate::support::place::Place;
use crate::support::{count, store};
use crate::{DISTRIBUTED, PARTITIONED};

const GUIDE: &str = include_str!("../../docs/scaling.md");
const FILES: [(&str, &str); 3] = [
    ("0001_sessions.sql", include_str!("../../migrations/partitioned/0001_sessions.sql")),
    ("0002_accounts.sql", include_str!("../../migrations/partitioned/0002_accounts.sql")),
    ("0003_administration.sql", include_str!("../../migrations/partitioned/0003_administration.sql")),
];

/// The block of SQL with these words in it.
fn recipe(words: &str) -> &'static str {
    let blocks = GUIDE.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.into_iter().find(|block| block.contains(words)).expect("a recipe")
}

#[tokio::test]
async fn a_plain_table_becomes_hash_partitions_and_keeps_its_sessions() {
    let plain = store().await;
    let hour = std::time::Duration::from_secs(3600);
    let new = || NewSession {
        data: Data::from_json("{\"a\":1}").expect("an object"),
        owner: Some("ann".into()),
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(hour, hour),
        cookie: None,
    };
    let ids: Vec<_> = (0..40).map(|_| SessionId::generate().expect("randomness")).collect();
    for id in &ids {
        plain.create(id, new()).await.expect("a session");
    }
    let pool = plain.pool().clone();
    #[cfg(feature = "cache")]
    plain.cached(10).migrate().await.expect("the triggers are made");
    let recipe = FILES.iter().fold(recipe("sessions_plain").to_owned(), |recipe, (name, file)| {
        let include = format!("\\i migrations/partitioned/{name}\n");
        assert!(recipe.contains(&include), "{recipe}");
        recipe.replace(&include, file)
    });
    sqlx::raw_sql(AssertSqlSafe(recipe)).execute(&pool).await.expect("the recipe works");

    let builder = PostgresStore::builder(pool.clone()).layout(Layout::Partitioned { partitions: 16 });
    let partitioned = builder.build().expect("a layout");
    partitioned.migrate().await.expect("the tables are taken as they are");
    #[cfg(feature = "cache")]
    {
        let cached = partitioned.clone().cached(10);
        cached.migrate().await.expect("the triggers are made anew");
        cached.caught_up().await;
    }
    for id in &ids {
        assert!(matches!(partitioned.load(id).await, Ok(Loaded::Live(_))));
    }
    sqlx::raw_sql("drop table sessions_plain").execute(&pool).await.expect("nothing depends on it");
    assert_eq!(count(&pool, "select count(*) from active_sessions where owner = 'ann'").await, 40);
    assert_eq!(count(&pool, "select pruned from prune_sessions()").await, 0);
    assert!(count(&pool, "select count(distinct tableoid) from sessions").await > 4);
}

#[tokio::test]
async fn cron_prunes_distributed_tables_by_statements() {
    let place = Place::new(DISTRIBUTED).await;
    let pool = place.pool().await;
    sqlx::query(
        "insert into sessions (key, idle_timeout, expires_at, purge_at) values
            ('dead', '1h', now(), now()), ('due', '1h', now() + '1h', now()), ('new', '1h', now() + '2h', now() + '2h')",
    )
    .execute(&pool)
    .await
    .expect("rows");
    sqlx::query("insert into sessions_ended (key, until) values ('a', now())")
        .execute(&pool)
        .await
        .expect("a mark");
    sqlx::raw_sql(recipe("limit 1000")).execute(&pool).await.expect("the recipe works");
    assert_eq!(count(&pool, "select count(*) from sessions where purge_at = expires_at").await, 2);
    assert_eq!(count(&pool, "select count(*) from sessions").await, 2);
    assert_eq!(count(&pool, "select count(*) from sessions_ended").await, 0);
}

#[tokio::test]
async fn the_numbers_that_the_guide_tells_to_look_for_stand_in_the_files() {
    let distributed = include_str!("../../migrations/distributed/0001_sessions.sql");
    for (file, line) in
        [(FILES[0].1, "partitions constant integer := 16;"), (distributed, "shards constant integer := 32;")]
    {
        assert!(file.contains(line) && GUIDE.contains(line), "{line}");
    }
    let place = Place::on_this_server(PARTITIONED).await;
    let first: i64 = count(&place.pool().await, "select count(*) from sessions_p0").await;
    assert_eq!(first, 0);
}
