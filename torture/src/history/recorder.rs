//! Writing a history down while it happens.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::{Call, Cookie, CookieNo, Event, EventNo, History, Micros, Outcome, Process, Trouble};

/// Who writes it down. All clients share it.
#[derive(Debug)]
pub struct Recorder {
    start: Instant,
    next: AtomicUsize,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    events: Vec<Event>,
    cookies: Vec<Cookie>,
    by_value: HashMap<String, CookieNo>,
    faults: Vec<Trouble>,
    lines: Option<HashSet<EventNo>>,
}

/// An operation that has been invoked and not answered.
#[derive(Debug)]
pub struct Invocation {
    /// Its number.
    pub no: EventNo,
    client: u32,
    process: Process,
    begin: Micros,
    call: Call,
    cookie: Option<CookieNo>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self { start: Instant::now(), next: AtomicUsize::new(0), book: Mutex::default() }
    }
}

impl Recorder {
    /// The time of now.
    pub fn now(&self) -> Micros {
        self.start.elapsed().as_micros() as Micros
    }

    /// How much has been asked for so far.
    pub fn invoked(&self) -> usize {
        self.next.load(Ordering::SeqCst)
    }

    /// Notes that something is asked for, now.
    pub fn invoke(&self, client: u32, process: Process, call: Call, cookie: Option<CookieNo>) -> Invocation {
        // The number first: whoever is invoked after another's answer has the greater one.
        let no = self.next.fetch_add(1, Ordering::SeqCst);
        Invocation { no, client, process, begin: self.now(), call, cookie }
    }

    /// Notes what came of it. `end` was taken when the answer was there.
    pub fn answered(&self, invocation: Invocation, end: Micros, outcome: Outcome) {
        let Invocation { no, client, process, begin, call, cookie } = invocation;
        self.book().events.push(Event { no, client, process, begin, end, call, cookie, outcome });
    }

    /// The number of a cookie's value, which is a new one if nobody has seen it before.
    pub fn cookie(&self, value: &str, from: EventNo) -> CookieNo {
        let mut book = self.book();
        if let Some(known) = book.by_value.get(value) {
            return *known;
        }
        let no = book.cookies.len();
        book.cookies.push(Cookie { from });
        book.by_value.insert(value.to_owned(), no);
        no
    }

    /// Notes a fault.
    pub fn trouble(&self, trouble: Trouble) {
        self.book().faults.push(trouble);
    }

    /// Notes which events have left a line.
    pub fn lines(&self, lines: HashSet<EventNo>) {
        self.book().lines = Some(lines);
    }

    /// Everything, once nobody writes any more.
    pub fn close(self) -> History {
        let mut book = self.book.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut events: Vec<Option<Event>> = vec![None; self.next.into_inner()];
        for event in book.events.drain(..) {
            let place = event.no;
            events[place] = Some(event);
        }
        // A client that was stopped in the middle has not noted its end.
        let end = events.iter().flatten().map(|event| event.end).max().unwrap_or_default();
        let events = events.into_iter().enumerate().map(|(no, event)| {
            event.unwrap_or_else(|| Event {
                no,
                client: u32::MAX,
                process: Process::PSQL,
                begin: end,
                end,
                call: Call::Prune,
                cookie: None,
                outcome: Outcome::Unknown("never ended".to_owned()),
            })
        });
        History { events: events.collect(), cookies: book.cookies, faults: book.faults, lines: book.lines }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
