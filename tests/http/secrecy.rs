//! Who reads the database or a log has no cookie and no value.

use std::fmt::Debug;

use actix_pg_session::test_util::Browser;
use actix_pg_session::{Keyring, LoadSession as _, Session};
use actix_web::{App, HttpRequest, Result, web};

use crate::story::{
    SECRET, SID, counted_memory, counted_postgres, encoded, over, pages, signed, support, visit,
};

/// What each row holds, as one text.
async fn dump(store: &actix_pg_session::PostgresStore) -> String {
    let tables = "select string_agg(line, e'\\n') from (
            select s::text as line from sessions s union all
            select e::text from sessions_ended e union all
            select a::text from active_sessions a) as dumped";
    sqlx::query_scalar(tables).fetch_one(&support::way::straight(store.pool())).await.expect("there are rows")
}

#[actix_web::test]
async fn a_dump_of_the_database_holds_no_usable_cookie() {
    let store = counted_postgres().await;
    let browser = visit(over(&store)).await;
    let mut values = Vec::new();
    for page in
        ["/put:color=red", "/renew", "/login:ann", "/logout", "/put:color=red", "/regenerate/put:color=blue"]
    {
        browser.get(page).await;
        values.extend(browser.cookie(SID).map(|cookie| cookie.value));
    }
    let dumped = dump(store.inner()).await;
    assert!(dumped.contains("blue"), "{dumped}");
    for value in &values {
        let plain = percent_encoding::percent_decode_str(value).decode_utf8().expect("text").into_owned();
        let (id, mac) = plain[2..].rsplit_once('.').expect("an id and a mac");
        for part in [value.as_str(), &plain, id, mac] {
            assert!(!dumped.contains(part), "{part} in {dumped}");
        }
    }
    // Nor is anything that is there worth something as one, even to who knows the secret.
    let thief = browser.another();
    let words =
        dumped.split(['(', ')', ',', '"', '\n', ' ', '\\', '{', '}', ':']).filter(|word| word.len() > 8);
    let mut tried = 0;
    for word in words {
        for cookie in
            [word.to_owned(), format!("s:{word}"), signed(word, SECRET), signed(&format!("\\{word}"), SECRET)]
        {
            thief.set_cookie(SID, &encoded(&cookie));
            assert_eq!(thief.get("/owner/get:color").await.body, "none none", "{cookie}");
            tried += 1;
        }
    }
    assert!(tried > 20, "the dump was not taken apart");
    assert_eq!(browser.get("/get:color").await.body, "blue");
    assert_eq!(support::count(store.inner().pool(), "select count(*) from sessions").await, 1);
}

fn assert_silent(what: &str, text: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!text.contains(secret), "{what} says {secret:?}: {text}");
    }
}

/// An error and all that it was caused by, as logs print them.
fn whole(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(" {error} {error:?}");
        cause = error.source();
    }
    text
}

/// Prints whatever a handler can lay its hands on.
async fn print_all(session: Session, request: HttpRequest) -> Result<String> {
    let wrong_type = session.get::<u32>("card").expect_err("it is a string");
    let handle = session.detach();
    let record = handle.load().await?;
    let again = request.session().await?;
    let things: [&dyn Debug; 5] = [&session, &again, &handle, &record, &session.get::<u32>("card")];
    let printed: Vec<_> = things.iter().map(|thing| format!("{thing:?} {thing:#?}")).collect();
    Ok(printed.join("\n") + &whole(&wrong_type))
}

#[actix_web::test]
async fn neither_debug_nor_an_error_tells_an_id_or_a_value() {
    let store = counted_memory();
    let sessions = over(&store).build().expect("the defaults work");
    let app = App::new().wrap(sessions.clone()).route("/print", web::get().to(print_all)).configure(pages);
    let browser = Browser::new(app).await;
    browser.get("/login:ann/put:card=the-card-of-ann").await;
    let value = browser.cookie(SID).expect("a cookie").value;
    let plain = percent_encoding::percent_decode_str(&value).decode_utf8().expect("text").into_owned();
    let (id, mac) = plain[2..].rsplit_once('.').expect("an id and a mac");
    let digest = crate::story::digest_hex(id);
    let secrets = [id, mac, &value, &digest, "card-of-ann", SECRET];
    let printed = browser.get("/print").await;
    printed.assert_status(200);
    assert!(printed.body.contains("Session") && printed.body.contains("\"card\""), "{}", printed.body);
    assert_silent("a handler's printing", &printed.body, &secrets);
    assert_silent("the store", &format!("{store:?} {:#?}", store.inner()), &secrets);
    assert_silent("the middleware", &format!("{sessions:?} {:?}", Keyring::new(SECRET)), &secrets);
}

/// PostgreSQL tells the whole row when a constraint fails.
#[actix_web::test]
async fn an_error_of_the_database_tells_no_row() {
    let store = counted_postgres().await;
    let sql = "alter table sessions add constraint no_cards check (not data ? 'card')";
    sqlx::query(sql).execute(&support::way::straight(store.inner().pool())).await.expect("it is our table");
    let sessions = over(&store).build().expect("the defaults work");
    let charge = async |session: Session| -> Result<String> {
        session.insert("card", "the-card-of-ann")?;
        let error = session.save().await.expect_err("the constraint fails");
        Ok(format!("{error} {error:?} {error:#?}"))
    };
    let browser = Browser::new(App::new().wrap(sessions).route("/charge", web::get().to(charge))).await;
    let printed = browser.get("/charge").await.body;
    assert!(printed.contains("no_cards"), "{printed}");
    assert_silent("an error", &printed, &["card-of-ann", "\\x", "Failing row"]);
}
