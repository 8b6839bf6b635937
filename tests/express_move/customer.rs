//! Somebody who keeps account of what the counters have acknowledged.

use crate::dice::Dice;
use crate::shop::page::name;
use crate::shop::visitor::{ADA, JUN, Visitor};
use crate::shop::{BOOKS, Counter};

/// The shop's `MOST_IN_CART`.
const MOST_IN_CART: usize = 12;

#[derive(Clone, Copy)]
enum Wish {
    Look,
    Add,
    Empty,
    SignIn,
    SignOut,
}

/// To check a password is slow on purpose, and is to leave some of the machine to the copies.
const WISHES: [(usize, Wish); 5] =
    [(30, Wish::Look), (55, Wish::Add), (6, Wish::Empty), (3, Wish::SignIn), (6, Wish::SignOut)];

pub(crate) struct Customer {
    number: usize,
    dice: Dice,
    visitor: Visitor,
    /// Where the next wish is granted.
    counter: Counter,
    has_session: bool,
    pub(crate) user: Option<&'static str>,
    pub(crate) cart: Vec<(String, String)>,
    /// Cookies whose sessions were renewed or ended.
    pub(crate) spent: Vec<String>,
}

impl Customer {
    pub(crate) fn new(number: usize, visitor: Visitor) -> Self {
        Self {
            number,
            dice: Dice::for_part(0, number as u64),
            visitor,
            counter: Counter::BOTH[number % 2],
            has_session: false,
            user: None,
            cart: Vec::new(),
            spent: Vec::new(),
        }
    }

    /// The cookie of the customer's session.
    pub(crate) fn cookie(&self) -> Option<&str> {
        self.has_session.then(|| self.visitor.cookie())
    }

    /// The ids of all sessions that the customer has had.
    pub(crate) fn sids(&self) -> impl Iterator<Item = String> {
        self.spent.iter().map(String::as_str).chain(self.cookie()).map(crate::shop::cookie::sid)
    }

    /// The first wish: a session, for some of them one with a name on it.
    pub(crate) async fn begin(&mut self) {
        self.grant(if self.number % 8 < 2 { Wish::SignIn } else { Wish::Add }).await;
    }

    /// Another one.
    pub(crate) async fn go_on(&mut self) {
        let wish = self.dice.weighted(&WISHES);
        self.grant(wish).await;
    }

    /// The last one, of which no copy knows. A quarter has none.
    pub(crate) async fn finish(&mut self) {
        match self.number % 4 {
            0 => self.grant(Wish::SignOut).await,
            1 => self.grant(Wish::Add).await,
            2 => self.grant(Wish::SignIn).await,
            _ => {}
        }
    }

    async fn grant(&mut self, wish: Wish) {
        let counter = self.counter;
        self.counter = counter.other();
        match wish {
            Wish::Look => {
                let page = self.visitor.look(counter).await;
                assert_eq!((page.user.as_deref(), &page.cart), (self.user, &self.cart), "at {counter:?}");
            }
            Wish::Add => {
                let book = self.dice.pick(&BOOKS);
                self.visitor.add(counter, book).await;
                self.has_session = true;
                self.cart.push((book.to_owned(), name(counter).to_owned()));
                self.cart.drain(..self.cart.len().saturating_sub(MOST_IN_CART));
            }
            Wish::Empty => {
                self.visitor.empty_cart(counter).await;
                self.cart.clear();
            }
            Wish::SignIn => {
                self.spend();
                let person = self.dice.pick(&[ADA, JUN]);
                self.visitor.sign_in(counter, person).await.expect("a cookie with a new id");
                self.has_session = true;
                self.user = Some(person.0);
            }
            Wish::SignOut => {
                self.visitor.sign_out(counter).await;
                self.spend();
                (self.user, self.cart) = (None, Vec::new());
            }
        }
    }

    fn spend(&mut self) {
        self.spent.extend(self.cookie().map(str::to_owned));
        self.has_session = false;
    }
}
