//! What the statements for distributed tables rely on, asked of PostgreSQL.

use crate::support::pool;

/// What stands in `set` with a column's value, or in `returning`. Citus lets it be worked out on the node that
/// has the row only if it depends on neither time nor settings.
const CALLED_WITH_COLUMNS: [&str; 13] = [
    "timezone(text, timestamptz)",
    "timezone(text, timestamp)",
    "timestamp_pl_interval(timestamp, interval)",
    "timestamptz_mi(timestamptz, timestamptz)",
    "extract(text, interval)",
    "float8(numeric)",
    "make_interval(int, int, int, int, int, int, float8)",
    "string_to_array(text, text, text)",
    "jsonb_delete(jsonb, text[])",
    "jsonb_concat(jsonb, jsonb)",
    "jsonb_in(cstring)",
    "jsonb_out(jsonb)",
    "text(inet)",
];

/// What must stay out of there, and why the statements have the forms that they have.
const STABLE: [&str; 3] =
    ["timestamptz_pl_interval(timestamptz, interval)", "array_in(cstring, oid, int)", "now()"];

#[tokio::test]
async fn what_is_called_with_columns_depends_on_neither_time_nor_settings() {
    let pool = pool().await;
    let volatility = async |function: &str| -> String {
        sqlx::query_scalar("select provolatile::text from pg_proc where oid = $1::text::regprocedure")
            .bind(function.to_owned())
            .fetch_one(&pool)
            .await
            .unwrap_or_else(|error| panic!("{function}: {error}"))
    };
    for function in CALLED_WITH_COLUMNS {
        assert_eq!(volatility(function).await, "i", "{function}");
    }
    for function in STABLE {
        assert_eq!(volatility(function).await, "s", "{function}");
    }
}
