//! One client: asks, and writes down what it was answered.

use std::time::Duration;

use super::http::{Line, Reply};
use super::places::{Held, Places};
use super::plan::{Step, What};
use crate::apps::Apps;
use crate::apps::joint::UNDONE;
use crate::apps::pages::Page;
use crate::history::{Answer, Call, CookieSaid, EventNo, Outcome, Recorder};

/// Longer than any page may take. Whoever waits in vain for so long has no answer.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) struct Client<'a> {
    number: u32,
    apps: &'a Apps,
    recorder: &'a Recorder,
    places: &'a Places,
    lines: Vec<Line>,
}

impl<'a> Client<'a> {
    pub(super) fn new(number: u32, apps: &'a Apps, recorder: &'a Recorder, places: &'a Places) -> Self {
        let lines = (0..apps.len()).map(|which| Line::to(apps.port(which))).collect();
        Self { number, apps, recorder, places, lines }
    }

    /// Takes a step of the plan, as far as there is what it needs.
    pub(super) async fn step(&mut self, step: Step) {
        if step.pause > 0 {
            tokio::time::sleep(Duration::from_micros(step.pause)).await;
        }
        let old = step.with_an_old_one.and_then(|which| self.places.old(step.place, which));
        let is_old = old.is_some();
        let held = old.or_else(|| self.places.current(step.place));
        let call = match step.what {
            // A stranger; now and then one who brings an old cookie.
            What::Create => Call::Create,
            What::Prune => Call::Prune,
            What::List => Call::List,
            What::RevokeAll => Call::RevokeAll,
            What::RevokeOwner(owner) => Call::RevokeOwner(owner),
            What::Revoke => match self.places.handle(step.place) {
                Some(handle) => Call::Revoke(handle),
                None => Call::Read,
            },
            // Nobody is there yet: somebody comes, or looks in without staying.
            _ if held.is_none() && step.what != What::Read => Call::Create,
            What::Read => Call::Read,
            What::Set(key) => Call::Set(key),
            What::SetWithLine(key) => Call::SetWithLine(key),
            What::SetDetached(key) => Call::SetDetached(key),
            What::Remove(key) => Call::Remove(key),
            What::Both => Call::Both,
            What::Count => Call::Count,
            What::Touch => Call::Touch,
            What::Renew => Call::Renew,
            What::Login(owner) => Call::Login(owner),
            What::Logout => Call::Logout,
            What::Devices => Call::Devices,
            What::EndDevice(whose) => match self.places.handle(whose) {
                Some(handle) => Call::EndDevice(handle),
                None => Call::Devices,
            },
            What::EndOthers => Call::EndOthers,
            What::EndAll => Call::EndAll,
        };
        let held = match call {
            Call::Create => held.filter(|_| is_old),
            Call::Prune | Call::List | Call::RevokeAll | Call::RevokeOwner(_) | Call::Revoke(_) => None,
            _ => held,
        };
        let patience = step.hangs_up.map_or(PATIENCE, Duration::from_micros);
        // Whatever came of it is written down.
        let _ = self.ask(step.place, step.process, call, held, patience).await;
    }

    /// Begins a session. Answers why not.
    pub(super) async fn begin(&mut self, place: usize, process: usize, patience: Duration) -> Option<String> {
        self.ask(place, process, Call::Create, None, patience).await.err()
    }

    /// Asks and writes down. Answers why there was no answer.
    pub(super) async fn ask(
        &mut self,
        place: usize,
        process: usize,
        call: Call,
        held: Option<Held>,
        patience: Duration,
    ) -> Result<(), String> {
        let cookie = held.as_ref().map(|held| held.no);
        let who = self.apps.process(process);
        let invocation = self.recorder.invoke(self.number, who, call.clone(), cookie);
        let no = invocation.no;
        let path = path(&call, no);
        let asking = self.lines[process].get(&path, held.as_ref().map(|held| held.value.as_str()));
        let reply = tokio::time::timeout(patience, asking).await;
        let end = self.recorder.now();
        let outcome = match reply {
            Err(_) => Outcome::Unknown("hung up".to_owned()),
            Ok(Err(error)) => Outcome::Unknown(error.to_string()),
            Ok(Ok(reply)) => self.read(no, &reply, held.as_ref()),
        };
        self.learn(place, &outcome, held, &call);
        let is_answered = match &outcome {
            Outcome::Ok(_) | Outcome::Refused => Ok(()),
            Outcome::Unknown(why) | Outcome::Undone(why) | Outcome::Wrong(why) => Err(why.clone()),
        };
        self.recorder.answered(invocation, end, outcome);
        is_answered
    }

    fn read(&self, no: EventNo, reply: &Reply, held: Option<&Held>) -> Outcome {
        let text = || String::from_utf8_lossy(&reply.body).chars().take(200).collect::<String>();
        match reply.status {
            503 if reply.body.starts_with(UNDONE.as_bytes()) => return Outcome::Undone(text()),
            503 => return Outcome::Unknown(format!("503 {}", text())),
            401 if reply.cookie.is_none() => return Outcome::Refused,
            200 => {}
            status => return Outcome::Wrong(format!("{status} with cookie {:?}: {}", reply.cookie, text())),
        }
        let Ok(page) = serde_json::from_slice::<Page>(&reply.body) else {
            return Outcome::Wrong(format!("this is no page: {}", text()));
        };
        let cookie = match reply.cookie.as_deref() {
            None => CookieSaid::Nothing,
            Some("") => CookieSaid::Drop,
            Some(value) if held.is_some_and(|held| held.value == value) => CookieSaid::Keep,
            Some(value) => {
                let no = self.recorder.cookie(value, no);
                CookieSaid::New(no)
            }
        };
        let Page { seen, handles, done } = page;
        let value = reply.cookie.clone().unwrap_or_default();
        let answer = Answer { seen, cookie, handles, rows: None, done, value };
        Outcome::Ok(Box::new(answer))
    }

    /// The place keeps what a browser would keep.
    fn learn(&self, place: usize, outcome: &Outcome, held: Option<Held>, call: &Call) {
        let cookie = held.map(|held| held.no);
        match (outcome, cookie) {
            (Outcome::Refused, Some(cookie)) => self.places.lost(place, cookie),
            (Outcome::Ok(answer), cookie) => {
                if let CookieSaid::New(no) = answer.cookie {
                    self.places.take(place, Held { no, value: answer.value.clone() });
                } else if let Some(cookie) = cookie {
                    match (&answer.seen, answer.cookie) {
                        (_, CookieSaid::Drop) => self.places.lost(place, cookie),
                        (Some(seen), _) => self.places.seen(place, cookie, seen.handle),
                        (None, _) if *call != Call::Create => self.places.lost(place, cookie),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// The page for a call. Who writes a value writes the event's number.
fn path(call: &Call, no: EventNo) -> String {
    match call {
        Call::Create => format!("/create?value={no}"),
        Call::Read => "/read".to_owned(),
        Call::Set(key) => format!("/set?key={key}&value={no}"),
        Call::SetWithLine(key) => format!("/set-with-line?key={key}&value={no}"),
        Call::SetDetached(key) => format!("/set-detached?key={key}&value={no}"),
        Call::Remove(key) => format!("/remove?key={key}"),
        Call::Both => format!("/both?value={no}"),
        Call::Count => "/count".to_owned(),
        Call::Touch => "/touch".to_owned(),
        Call::Renew => "/renew".to_owned(),
        Call::Login(owner) => format!("/login?owner={owner}&value={no}"),
        Call::Logout => "/logout".to_owned(),
        Call::Devices => "/devices".to_owned(),
        Call::EndDevice(handle) => format!("/end-device?handle={handle}"),
        Call::EndOthers => "/end-others".to_owned(),
        Call::EndAll => "/end-all".to_owned(),
        Call::Revoke(handle) => format!("/revoke?handle={handle}"),
        Call::RevokeOwner(owner) => format!("/revoke-owner?owner={owner}"),
        Call::RevokeAll => "/revoke-all".to_owned(),
        Call::Prune => "/prune".to_owned(),
        Call::List => "/list".to_owned(),
        Call::Census => "/healthy".to_owned(),
    }
}
