//! Dates and lifetimes in a row that somebody wrote to do harm: to a parser, or to sums of times.

use crate::counter::{SID, application, node_sets, own_table, run, store, table, visitor};
use actix_pg_session::Import;
use chrono::DateTime;

/// What may stand for `expires`, as JSON.
fn dates() -> Vec<String> {
    let quoted = |text: &str| format!("\"{text}\"");
    let mut dates: Vec<String> = [
        // Years that dates of JavaScript can hold and others cannot, or just so.
        "+275760-09-13T00:00:00.000Z",
        "+275760-09-13T00:00:00.001Z",
        "-271821-04-20T00:00:00.000Z",
        "+262142-12-31T23:59:59.999Z",
        "+262143-01-01T00:00:00.000Z",
        "-262143-01-01T00:00:00.000Z",
        "+999999999-12-31T23:59:59Z",
        "0000-00-00T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999+00:00",
        "9999-12-31T23:59:60Z",
        "2099-02-30T00:00:00Z",
        "2099-13-01T00:00:00Z",
        "2099-01-01T24:00:00Z",
        "2099-01-01T00:00:00+99:99",
        "2099-01-01T00:00:00-00:00",
        "2099-01-01T00:00:00.Z",
        // Another format, in which a comment may hold a comment.
        "Fri, 01 Jan 2099 00:00:00 GMT",
        "Fri, 01 Jan 2099 (a (comment) of) 00:00:00 +0000",
        "",
        " ",
        "infinity",
        "now",
        "\\u0000",
        "\\ud800",
        "２０９９-01-01T00:00:00Z",
    ]
    .map(quoted)
    .into();
    let many = 100_000;
    dates.push(quoted(&"(".repeat(many)));
    dates.push(quoted(&format!("Fri, 01 Jan 2099 {} 00:00:00 +0000", "(".repeat(many))));
    dates.push(quoted(&"9".repeat(many)));
    dates.push(quoted(&format!("2099-01-01T00:00:00.{}Z", "0".repeat(many))));
    dates.push(quoted(&format!("+{}-01-01T00:00:00Z", "0".repeat(many))));
    dates.extend(["true", "0", "-1", "1e400", "4102444800000", "{}", "[[]]"].map(str::to_owned));
    dates
}

/// What may stand for `originalMaxAge`.
const LIFETIMES: [&str; 14] = [
    "1e400",
    "-1e400",
    "1e308",
    "-1",
    "-0.0",
    "0",
    "5e-324",
    "9007199254740993",
    "18446744073709551616",
    "1e18",
    "\"3600000\"",
    "true",
    "{}",
    "[]",
];

/// The row with this object for its cookie, whose column says that it has another hour.
async fn set(pool: &sqlx::PgPool, expires: &str, lifetime: &str) {
    node_sets(pool, SID, r#""a":1"#, "UTC").await;
    let cookie = format!(r#"{{"originalMaxAge":{lifetime},"expires":{expires},"httpOnly":true,"path":"/"}}"#);
    let sql = format!(r#"update session set sess = ('{{"cookie":' || $x${cookie}$x$ || ',"a":1}}')::json"#);
    run(pool, &sql).await;
}

#[actix_web::test]
async fn a_hostile_date_ends_no_process_and_no_session() {
    let pool = table("").await;
    let browser = application(store(&pool).await).await;
    for date in dates() {
        let shown = &date[..date.floor_char_boundary(60)];
        set(&pool, &date, "3600000").await;
        let visitor = visitor(&browser, SID);
        let reply = visitor.get("/?get=a").await;
        assert_eq!(
            (reply.status.as_u16(), reply.body.as_str()),
            (200, "1"),
            "{shown}: the column is what counts"
        );
        let reply = visitor.get("/?set=b:2").await;
        assert_eq!(reply.status.as_u16(), 200, "{shown}");
        for line in reply.set_cookies() {
            let expires = line.split("; ").find_map(|part| part.strip_prefix("Expires="));
            let Some(expires) = expires else { continue };
            assert!(DateTime::parse_from_rfc2822(expires).is_ok(), "{shown}: {line}");
        }
        assert_eq!(visitor.get("/?get=a&get=b").await.body, "1\n\"2\"", "{shown}");
    }
}

#[actix_web::test]
async fn a_hostile_lifetime_ends_no_process() {
    let pool = table("").await;
    let browser = application(store(&pool).await).await;
    for lifetime in LIFETIMES {
        for date in ["\"2099-01-01T00:00:00.000Z\"", "\"+275760-09-13T00:00:00.000Z\"", "null"] {
            set(&pool, date, lifetime).await;
            let visitor = visitor(&browser, SID);
            for page in ["/?get=a", "/?set=b:2", "/?touch", "/?renew", "/?login=ann"] {
                visitor.get(page).await.assert_status(200);
            }
            run(&pool, "delete from session").await;
        }
    }
}

#[actix_web::test]
async fn an_import_reads_past_them() {
    let pool = table("").await;
    let (express, own) = (store(&pool).await, own_table(&pool).await);
    for date in dates() {
        let shown = &date[..date.floor_char_boundary(60)];
        set(&pool, &date, "1e308").await;
        let copied = express.copy_into(&own, &Import::default()).await.expect("a copy");
        assert_eq!(copied.found, 1, "{shown}: {copied:?}");
    }
}
