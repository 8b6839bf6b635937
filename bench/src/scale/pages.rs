//! The dashboard's pages, on a large table.

use std::time::Instant;

use actix_pg_session::PostgresStore;
use actix_pg_session::admin::{Filter, Position};
use actix_pg_session::dashboard::{self, Admittance};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, HttpRequest, HttpResponse};
use sqlx::PgPool;

use super::Result;
use super::book::Book;
use super::server::Server;
use super::table::{count, vacuum};
use super::wanted::Wanted;

/// Sessions of two weeks, the oldest first; every fifth of nobody, and one in a million of a browser that hardly
/// anybody has.
const SESSIONS: &str = "
    insert into sessions (key, data, owner, ip, user_agent, idle_timeout, created_at, seen_at, deadline, expires_at, purge_at)
    select sha256(n::text::bytea),
        jsonb_build_object('name', 'visitor ' || n, 'csrf', md5(n::text), 'count', 0,
            'cart', jsonb_build_array(n, n + 1, n + 2), 'note', repeat('x', 120)),
        case when n % 5 > 0 then 'owner ' || floor(power(random(), 2) * ($1 / 4)) end,
        ('10.' || n % 256 || '.' || n / 256 % 256 || '.7')::inet,
        case when n % 1000000 = 500000 then 'Lynx/2.9.0'
             else (array['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
                         'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
                         'curl/8.5.0'])[1 + n % 3] end,
        '14 days', began, began + (now() - began) * random(), began + interval '90 days',
        began + interval '15 days', began + interval '15 days'
    from generate_series(1, $1::bigint) n,
        lateral (select now() - (($1 - n)::float8 / $1) * interval '14 days' as began) as life";

const READINGS: &str = "
    insert into sessions_history (at, live, signed_in, anonymous, deleted)
    select now() - n * interval '5 minutes', $1, 2000, 500, -n * 2400 from generate_series(1, 2016) n";

/// How often each page is asked for.
const TIMES: usize = 10;

async fn anybody(_: &HttpRequest) -> std::result::Result<Admittance, HttpResponse> {
    Ok(Admittance::full("bench"))
}

pub(super) async fn turn(wanted: &Wanted, server: &Server) -> Result<Book> {
    let pool = server.pool().await?;
    let rows = *wanted.rows.iter().max().ok_or("no table is wanted")?;
    let store = PostgresStore::new(pool.clone());
    store.migrate().await?;
    println!("planting {rows} rows");
    plant(&pool, i64::try_from(rows)?).await?;
    let mut book =
        Book::new(vec![format!("first, {}", count(rows)), "median".into(), "slowest".into()], Vec::new());

    let admin = store.admin();
    let newest = admin.list(&Filter::new(), Position::Newest, 1).await?.sessions;
    let owner = admin.list(&Filter::new().signed_in(true), Position::Newest, 1).await?.sessions;
    let (one, owner) = match (newest.first(), owner.first().and_then(|session| session.owner.clone())) {
        (Some(one), Some(owner)) => (one.clone(), owner.replace(' ', "%20")),
        _ => return Err("nobody is there".into()),
    };
    let app = init_service(App::new().service(dashboard::scope("/d", admin, anybody))).await;
    let pages = [
        ("overview", "/d".to_owned()),
        ("overview of a week", "/d?range=week".to_owned()),
        ("list", "/d/sessions".to_owned()),
        (
            "list, from the middle",
            format!("/d/sessions?older={}.{}", middle(&pool).await?, one.handle.simple()),
        ),
        ("search: an owner", format!("/d/sessions?owner={owner}")),
        ("search: a network, a 256th of all", "/d/sessions?ip=10.7.0.0/16".to_owned()),
        ("search: a browser that a third have", "/d/sessions?browser=iphone".to_owned()),
        ("search: a browser that ten have", "/d/sessions?browser=lynx".to_owned()),
        ("search: that browser, within a day", "/d/sessions?browser=lynx&began=1d".to_owned()),
        ("search: with a cart, idle for a day", "/d/sessions?data=cart&idle=1d".to_owned()),
        ("search: a value that nobody has", "/d/sessions?data=%24.count%20%3E%205".to_owned()),
        ("a session", format!("/d/sessions/{}", one.cursor())),
        ("a session by its handle alone", format!("/d/sessions/{}", one.handle)),
        ("end an owner’s sessions? (the question)", format!("/d/end?owner={owner}")),
        ("health", "/d/health".to_owned()),
    ];
    for (name, address) in pages {
        let mut times = Vec::with_capacity(TIMES);
        let mut status = 0;
        for _ in 0..TIMES {
            let begin = Instant::now();
            let reply = call_service(&app, TestRequest::get().uri(&address).to_request()).await;
            status = reply.status().as_u16();
            read_body(reply).await;
            times.push(begin.elapsed().as_secs_f64() * 1e3);
        }
        println!("{name}: {status}, {times:.1?} ms");
        let name = if status == 200 { format!("{name}: ms") } else { format!("{name} ({status}): ms") };
        let first = times[0];
        times.sort_by(f64::total_cmp);
        for (subject, time) in [first, times[TIMES / 2], times[TIMES - 1]].into_iter().enumerate() {
            book.record(&name, subject, time);
        }
    }
    Ok(book)
}

async fn plant(pool: &PgPool, rows: i64) -> Result<()> {
    sqlx::query(SESSIONS).bind(rows).execute(pool).await?;
    sqlx::query(READINGS).bind(rows).execute(pool).await?;
    vacuum(pool, "sessions").await
}

/// A moment in the middle of the list.
async fn middle(pool: &PgPool) -> Result<i64> {
    let micros = "select (extract(epoch from now() - interval '7 days') * 1000000)::bigint";
    Ok(sqlx::query_scalar(micros).fetch_one(pool).await?)
}
