//! A version of the credentials: what was begun with an older one is over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_pg_session::SessionMiddlewareBuilder;

use crate::site::{cookie_of, read, visit, visit_with};
use crate::support::{self, count, story};

/// The application's users, and the versions of their passwords.
#[derive(Clone, Default)]
struct Users(Arc<Mutex<HashMap<String, u32>>>);

impl Users {
    fn set(&self, name: &str, version: u32) {
        self.0.lock().expect("nobody panics").insert(name.into(), version);
    }

    fn remove(&self, name: &str) {
        self.0.lock().expect("nobody panics").remove(name);
    }

    fn ask(&self, sessions: SessionMiddlewareBuilder) -> SessionMiddlewareBuilder {
        let users = self.clone();
        sessions.credentials(move |owner| {
            let version = users.0.lock().expect("nobody panics").get(&*owner).copied();
            async move {
                match version {
                    Some(u32::MAX) => Err(std::io::Error::other("the users are not to be had")),
                    version => Ok(version.map(|version| version.to_string())),
                }
            }
        })
    }
}

#[actix_web::test]
async fn a_session_of_an_old_password_is_over_at_its_next_use() {
    let (store, users) = (support::store().await, Users::default());
    users.set("ann", 7);
    let (ann, _) = visit_with(store.clone(), |sessions| users.ask(sessions)).await;
    let stranger = ann.another();
    read(&stranger, "/set/cart").await;
    read(&ann, "/login/ann/7").await;
    assert_eq!(read(&ann, "/owner").await, "ann");

    users.set("ann", 8);
    assert_eq!(read(&ann, "/owner").await, "nobody");
    assert_eq!(story::sessions(store.pool()).await, 1, "its row is gone");
    assert_eq!(read(&stranger, "/values").await, "cart", "who has no owner is asked for nothing");

    // A sign-in whose password was checked before the change, and that comes after everything was ended.
    read(&ann, "/login/ann/7").await;
    assert_eq!(read(&ann, "/owner").await, "nobody");
    read(&ann, "/login/ann/8").await;
    assert_eq!(read(&ann, "/owner").await, "ann");
}

#[actix_web::test]
async fn a_session_without_a_version_and_one_of_a_user_who_is_gone_are_over_too() {
    let (store, users) = (support::store().await, Users::default());
    users.set("ann", 7);
    let (ann, _) = visit_with(store, |sessions| users.ask(sessions)).await;
    read(&ann, "/login/ann").await;
    assert_eq!(read(&ann, "/owner").await, "nobody");
    read(&ann, "/login/ann/7").await;
    users.remove("ann");
    assert_eq!(read(&ann, "/owner").await, "nobody");
}

#[actix_web::test]
async fn whoever_changes_the_password_goes_on_under_the_new_version() {
    let (store, users) = (support::store().await, Users::default());
    users.set("ann", 7);
    let (here, _) = visit_with(store.clone(), |sessions| users.ask(sessions)).await;
    let there = here.another();
    read(&here, "/login/ann/7").await;
    read(&there, "/login/ann/7").await;
    // The request that changes the password is let in under the old one.
    assert_eq!(cookie_of(&here.get("/confirm/8").await), Some("set"));
    users.set("ann", 8);
    assert_eq!(read(&here, "/owner").await, "ann");
    assert_eq!(read(&there, "/owner").await, "nobody");
    assert_eq!(count(store.pool(), "select count(*) from sessions where credential = '8'").await, 1);
}

#[actix_web::test]
async fn where_the_users_are_not_to_be_had_nobody_is_taken_for_a_stranger() {
    let (store, users) = (support::store().await, Users::default());
    users.set("ann", 7);
    let (ann, _) = visit_with(store, |sessions| users.ask(sessions)).await;
    read(&ann, "/login/ann/7").await;
    users.set("ann", u32::MAX);
    ann.get("/owner").await.assert_status(503);
    users.set("ann", 7);
    assert_eq!(read(&ann, "/owner").await, "ann");
}

#[actix_web::test]
async fn a_handler_may_check_the_version_by_itself_and_end_the_session() {
    let store = support::store().await;
    let browser = visit(store.clone()).await;
    assert_eq!(read(&browser, "/check/7").await, "false", "nobody is signed in");
    read(&browser, "/set/cart").await;
    assert_eq!(read(&browser, "/check/7").await, "false");
    assert_eq!(read(&browser, "/values").await, "cart", "and nothing is ended");

    read(&browser, "/login/ann/7").await;
    assert_eq!(read(&browser, "/check/7").await, "true");
    let reply = browser.get("/check/8").await;
    assert_eq!((&*reply.body, cookie_of(&reply)), ("false", Some("removed")));
    assert_eq!(story::sessions(store.pool()).await, 0);
}

#[actix_web::test]
async fn an_administrator_ends_what_is_old_with_the_statement_of_the_guide() {
    let store = support::store().await;
    let browser = visit(store.clone()).await;
    let (old, other) = (browser.another(), browser.another());
    read(&browser, "/login/ann/8").await;
    read(&old, "/login/ann/7").await;
    read(&other, "/login/bob/1").await;
    let guide = include_str!("../../docs/accounts.md");
    let sql = guide.split("```sql\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a statement");
    let users =
        "create table users as select * from (values ('ann', 8), ('bob', 1)) as u (name, password_version)";
    sqlx::raw_sql(users).execute(store.pool()).await.expect("a table");
    sqlx::raw_sql(sql).execute(store.pool()).await.expect("the statement works");
    assert_eq!(read(&old, "/owner").await, "nobody");
    assert_eq!((read(&browser, "/owner").await, read(&other, "/owner").await), ("ann".into(), "bob".into()));
}
