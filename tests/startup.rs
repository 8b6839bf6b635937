//! What `fn main() -> Result<(), Box<dyn Error>>` prints when it does not get far: the `Debug` of an error.

use actix_pg_session::{MemoryStore, PostgresStore, SessionMiddleware};

#[actix_web::test]
async fn an_address_that_is_none_is_told_by_example_and_not_repeated() {
    let error = PostgresStore::connect("//ann:hush@localhost:5432/shop").await.expect_err("no scheme");
    let said = format!("{error:?}");
    assert!(said.starts_with("this is no address of a PostgreSQL database, such as postgres://"), "{said}");
    assert!(!said.contains("hush"), "{said}");
}

#[actix_web::test]
async fn a_database_that_is_not_there_is_named_without_its_password() {
    let error =
        PostgresStore::connect("postgres://ann:hush@127.0.0.1:1/shop").await.expect_err("nobody there");
    let said = format!("{error:?}");
    assert!(said.starts_with("cannot connect to PostgreSQL at 127.0.0.1:1, database \"shop\", as \"ann\""));
    assert!(!said.contains("hush"), "{said}");
}

#[test]
fn a_configuration_is_refused_with_a_sentence() {
    let error = SessionMiddleware::builder(MemoryStore::new(), "short").build().expect_err("five bytes");
    assert!(format!("{error:?}").starts_with("a secret of 5 bytes is too short: give 32 random bytes"));
}
