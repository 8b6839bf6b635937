//! Names that know their type, and structs that know their name.

use actix_pg_session::test_util::Browser;
use actix_pg_session::{Key, Session, SessionValue, Typed};
use actix_web::{App, Result, web};
use serde::{Deserialize, Serialize};

use crate::story::{Counted, Shelf, on_both_stores, over};

const VISITS: Key<u32> = Key::new("visits");
const NAME: Key<String> = Key::new("name");

#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize)]
struct Cart {
    items: Vec<String>,
    total: Option<f64>,
}

impl SessionValue for Cart {
    const KEY: &'static str = "cart";
}

on_both_stores!(typed_keys_and_strings_name_the_same_values, a_typed_struct_is_read_changed_set_and_removed);

async fn site(store: &impl Shelf) -> Browser {
    let sessions = over(store).build().expect("the defaults work");
    let app = App::new()
        .wrap(sessions)
        .route("/keys", web::get().to(keys))
        .route("/add/{item}", web::get().to(add))
        .route("/set", web::get().to(set))
        .route("/remove", web::get().to(async |cart: Typed<Cart>| cart.remove().map(|()| "")))
        .route(
            "/cart",
            web::get().to(async |cart: Typed<Cart>| Ok::<_, actix_web::Error>(web::Json(cart.get()?))),
        );
    Browser::new(app).await
}

async fn keys(session: Session) -> Result<String> {
    session.insert(NAME, "Ann")?;
    session.insert(NAME, String::from("Bob"))?;
    let name = session.get(NAME)?.unwrap_or_default();
    session.insert(NAME, &name)?;
    session.update_or(VISITS, 1, |n| n + 1)?;
    session.update(VISITS, |n| n * 10)?;
    let owned = String::from("visits");
    assert_eq!(session.get::<u32>(&owned)?, session.get(VISITS)?);
    assert_eq!(session.get::<String>("name")?, session.take(NAME)?);
    session.insert(owned, 7)?;
    Ok(format!("{:?} {:?}", session.get(VISITS)?, session.get(NAME)?))
}

async fn typed_keys_and_strings_name_the_same_values(store: Counted<impl Shelf>) {
    let browser = site(&store).await;
    assert_eq!(browser.get("/keys").await.body, "Some(7) None");
    assert_eq!(browser.get("/keys").await.body, "Some(7) None");
}

async fn add(cart: Typed<Cart>, item: web::Path<String>) -> Result<String> {
    let item = item.into_inner();
    cart.update(move |cart| cart.items.push(item.clone()))?;
    Ok(cart.get()?.items.join(","))
}

async fn set(cart: Typed<Cart>) -> Result<String> {
    cart.set(&Cart { items: vec!["a coat".into()], total: Some(0.1) })?;
    Ok(cart.session().contains_key(Cart::KEY).to_string())
}

async fn a_typed_struct_is_read_changed_set_and_removed(store: Counted<impl Shelf>) {
    let browser = site(&store).await;
    assert_eq!(browser.get("/cart").await.json::<Cart>(), Cart::default());
    assert_eq!(store.sessions().await, 0, "a default that is only read is not stored");
    browser.get("/add/hat").await;
    assert_eq!(browser.get("/add/tie").await.body, "hat,tie");
    assert_eq!(browser.get("/cart").await.json::<Cart>().items, ["hat", "tie"]);
    assert_eq!(browser.get("/set").await.body, "true");
    let expected = Cart { items: vec!["a coat".into()], total: Some(0.1) };
    assert_eq!(browser.get("/cart").await.json::<Cart>(), expected);
    browser.get("/remove").await;
    assert_eq!(browser.get("/cart").await.json::<Cart>(), Cart::default());
}
