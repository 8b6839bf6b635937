//! The application of afterwards: actix-web alone, with the crate's own table and own defaults.

use actix_pg_session::test_util::Browser;
use actix_pg_session::{PostgresStore, Session, SessionMiddleware};
use actix_web::{App, HttpResponse, Result, web};
use serde_json::{Map, Value, json};

use crate::customer::Customer;
use crate::planted::Planted;
use crate::shop::SECRET;

pub(crate) struct Afterwards(Browser);

impl Afterwards {
    pub(crate) async fn open(store: PostgresStore) -> Self {
        let sessions = SessionMiddleware::builder(store, SECRET).name("connect.sid").secure(false).build();
        let sessions = sessions.expect("the options go together");
        let app = App::new()
            .wrap(sessions)
            .route("/", web::get().to(look))
            .route("/logout", web::post().to(sign_out));
        Self(Browser::new(app).await)
    }

    /// Those who do not find exactly what they had.
    pub(crate) async fn disappointed(&self, planted: &[Planted], customers: &[Customer]) -> Vec<String> {
        let planted = planted.iter().map(|planted| (&*planted.cookie, planted.expected()));
        let customers =
            customers.iter().filter_map(|customer| Some((customer.cookie()?, customer.expected())));
        let mut disappointed = Vec::new();
        for (cookie, expected) in planted.chain(customers) {
            let found = self.look(cookie).await;
            if found != expected {
                disappointed.push(format!("expected {expected}\n   found {found}"));
            }
        }
        disappointed
    }

    /// What is found with cookies that are worth nothing.
    pub(crate) async fn known(&self, spent: impl Iterator<Item = impl AsRef<str>>) -> Vec<String> {
        let mut known = Vec::new();
        for cookie in spent {
            let found = self.look(cookie.as_ref()).await;
            if found != json!({ "owner": null, "values": {} }) {
                known.push(found.to_string());
            }
        }
        known
    }

    /// What somebody with this cookie finds.
    async fn look(&self, cookie: &str) -> Value {
        self.with(cookie).get("/").await.assert_status(200).json()
    }

    pub(crate) async fn sign_out(&self, cookie: &str) {
        self.with(cookie).post("/logout").await.assert_status(204);
    }

    fn with(&self, cookie: &str) -> Browser {
        let browser = self.0.another();
        browser.set_cookie("connect.sid", cookie);
        browser
    }
}

async fn look(session: Session) -> Result<HttpResponse> {
    let value = |(name, text): (String, String)| Ok((name, serde_json::from_str(&text)?));
    let values: Map<_, _> = session.entries().into_iter().map(value).collect::<Result<_>>()?;
    Ok(HttpResponse::Ok().json(json!({ "owner": session.owner(), "values": values })))
}

async fn sign_out(session: Session) -> Result<HttpResponse> {
    session.destroy()?;
    Ok(HttpResponse::NoContent().finish())
}

impl Planted {
    /// What is found with the session's cookie.
    pub(crate) fn expected(&self) -> Value {
        json!({ "owner": self.values.get("user"), "values": self.values })
    }
}

impl Customer {
    /// What the customer, who has been told nothing of all this, expects to find.
    pub(crate) fn expected(&self) -> Value {
        let mut values = Map::new();
        if let Some(user) = self.user {
            values.insert("user".to_owned(), user.into());
        }
        // The shop takes the value away when it empties a cart.
        if !self.cart.is_empty() {
            let cart = self.cart.iter().map(|(book, at)| json!({ "book": book, "at": at }));
            values.insert("cart".to_owned(), cart.collect());
        }
        json!({ "owner": self.user, "values": values })
    }
}
