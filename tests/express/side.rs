//! One of the two that are compared: a driver, its table, and what its visitors got from it.

use std::collections::HashSet;
use std::time::Duration;

use super::driver::{Driver, Program, Starting};
use super::http::ask;
use super::observation::{Observation, Sessions};
use super::options::{Options, Store};
use super::script::Request;
use super::table::Table;
use super::wallet::Wallet;

pub(crate) struct Side {
    program: Program,
    driver: Option<Driver>,
    table: Option<Table>,
    wallet: Wallet,
    /// The sessions of this driver's earlier scripts.
    strangers: HashSet<String>,
    /// All sessions of the last look.
    sessions: HashSet<String>,
}

/// An observation, and when the request was sent and answered.
pub(crate) struct Seen {
    pub(crate) observation: Observation,
    pub(crate) sent: f64,
    pub(crate) arrived: f64,
}

impl Side {
    pub(crate) async fn new(program: Program, store: Store) -> Self {
        let table = match store {
            Store::Memory => None,
            Store::Table => Some(Table::new().await),
        };
        let none = HashSet::new;
        Self { program, driver: None, table, wallet: Wallet::default(), strangers: none(), sessions: none() }
    }

    /// Starts a driver with these options and an empty store, in place of the last one.
    pub(crate) async fn start(&mut self, options: &Options) -> Starting {
        self.driver = None;
        self.sessions.clear();
        if let Some(table) = &mut self.table {
            table.prepare(options).await;
        }
        let database = self.table.as_ref().map(|table| table.url.as_str());
        Starting::new(self.program, options, database)
    }

    pub(crate) fn started(&mut self, driver: Driver) {
        self.driver = Some(driver);
    }

    /// Ends the driver. The answer is what it complained about.
    pub(crate) fn end(&mut self) -> String {
        self.driver.take().map(Driver::end).unwrap_or_default()
    }

    /// A new script begins: nobody has a cookie, and the sessions of now are those of others.
    pub(crate) fn begin(&mut self) {
        self.wallet = Wallet::default();
        self.strangers = self.sessions.clone();
    }

    /// Does one request and looks at the store. `now` is the script's time, in seconds.
    pub(crate) async fn perform(
        &mut self,
        request: &Request,
        options: &Options,
        now: f64,
    ) -> Result<Seen, String> {
        let address = self.driver.as_ref().ok_or("the driver does not run")?.address;
        self.wallet.age(now);
        let cookies = request.cookie.headers(request.visitor, &self.wallet, options);
        let cookies = cookies.iter().map(|cookie| format!("Cookie: {cookie}"));
        let proto = request.proto.iter().map(|proto| format!("X-Forwarded-Proto: {proto}"));
        let headers: Vec<_> = proto.chain(cookies).collect();
        let body = format!("{{\"ops\":{}}}", request.ops());
        let reply = ask(address, &format!("POST {}", request.target), &headers, &body).await?;

        let store = ask(address, "GET /__store", &[], "").await?;
        let mut store = Sessions::parsed(&store.body)?;
        if let Some(table) = &mut self.table {
            store = store.with_column(&table.expiries().await);
        }
        self.sessions = store.ids();
        let store = store.without(&self.strangers);
        let observation = Observation::of(request, &reply, store, &mut self.wallet, options, now);
        Ok(Seen { observation, sent: reply.sent, arrived: reply.arrived })
    }

    /// Lets time pass where it need not be waited for.
    pub(crate) async fn elapse(&mut self, time: Duration) {
        if let Some(table) = &mut self.table {
            table.elapse(time).await;
        }
    }
}
