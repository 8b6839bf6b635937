//! An application with actix-session and actix-identity, whose handler does what a request tells it.

use actix_identity::{Identity, IdentityExt as _, IdentityMiddleware};
use actix_pg_session::ActixSessionStore;
use actix_pg_session::SessionStore;
use actix_pg_session::test_util::{Browser, Reply};
use actix_session::config::SessionMiddlewareBuilder;
use actix_session::{Session, SessionExt as _, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::guard::fn_guard;
use actix_web::test::TestRequest;
use actix_web::{App, HttpMessage as _, HttpRequest, HttpResponse, web};
use serde_json::value::RawValue;

use crate::places::Place;
use crate::support::gate::Gate;

/// The cookie's name that actix-session gives it.
pub(crate) const COOKIE: &str = "id";

pub(crate) fn key() -> Key {
    Key::from(&[7; 64])
}

/// Somebody at the application.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) browser: Browser,
    /// Where scripts with a `wait` stand.
    pub(crate) gate: Gate,
}

/// An application as `cargo add actix-session actix-identity` makes one.
pub(crate) async fn visitor(place: &impl Place) -> Visitor {
    site(place.store(), |sessions| sessions, IdentityMiddleware::default()).await
}

pub(crate) async fn site<S: SessionStore>(
    store: ActixSessionStore<S>,
    set: impl FnOnce(
        SessionMiddlewareBuilder<ActixSessionStore<S>>,
    ) -> SessionMiddlewareBuilder<ActixSessionStore<S>>,
    identity: IdentityMiddleware,
) -> Visitor {
    let gate = Gate::default();
    let sessions = set(SessionMiddleware::builder(store, key())).build();
    let is_member = fn_guard(|context| context.get_session().contains_key("member"));
    let app = App::new()
        .app_data(web::Data::new(gate.clone()))
        .wrap(identity)
        .wrap(sessions)
        .service(web::resource("/members").guard(is_member).to(async || "welcome"))
        .default_service(web::to(act));
    Visitor { browser: Browser::new(app).await, gate }
}

impl Visitor {
    /// Sends a request whose handler takes these steps, separated by `;`.
    pub(crate) fn asks(&self, script: &str) -> impl Future<Output = Reply> + use<> {
        self.browser.send(TestRequest::post().uri("/").set_payload(script.to_owned()))
    }

    /// What the steps answer, in a response that is well.
    pub(crate) async fn does(&self, script: &str) -> String {
        let reply = self.asks(script).await;
        reply.assert_status(200);
        reply.body
    }

    /// Somebody else.
    pub(crate) fn another(&self) -> Self {
        Self { browser: self.browser.another(), gate: self.gate.clone() }
    }

    /// The cookie in the jar.
    pub(crate) fn cookie(&self) -> Option<String> {
        self.browser.cookie(COOKIE).map(|cookie| cookie.value)
    }
}

/// Takes the steps of a script, and answers what they answer, a line each; `-` for nothing.
async fn act(request: HttpRequest, script: String, session: Session, gate: web::Data<Gate>) -> HttpResponse {
    let mut answers = Vec::new();
    for step in script.split(';').map(str::trim) {
        let words: Vec<_> = step.splitn(3, ' ').collect();
        let answer = match words[..] {
            [""] => continue,
            ["wait"] => {
                gate.pass().await;
                continue;
            }
            ["get", name] => session.entries().get(name).cloned(),
            ["set", name, json] => {
                let json = RawValue::from_string(json.to_owned()).expect("tests send JSON");
                session.insert(name, json).expect("JSON can be serialized");
                continue;
            }
            ["count", name] => {
                let count = session.get::<u32>(name).expect("a number").unwrap_or_default() + 1;
                session.insert(name, count).expect("a number can be serialized");
                Some(count.to_string())
            }
            ["remove", name] => session.remove(name),
            ["clear"] => {
                session.clear();
                continue;
            }
            ["renew"] => {
                session.renew();
                continue;
            }
            ["purge"] => {
                session.purge();
                continue;
            }
            ["login", name] => {
                Identity::login(&request.extensions(), name.to_owned()).expect("a sign-in");
                continue;
            }
            ["logout"] => {
                request.get_identity().expect("somebody is signed in").logout();
                continue;
            }
            ["me"] => request.get_identity().ok().map(|identity| identity.id().expect("a name")),
            ["names"] => {
                let mut names: Vec<_> = session.entries().keys().cloned().collect();
                names.sort_unstable();
                Some(names.join(" "))
            }
            _ => panic!("no such step: {step:?}"),
        };
        answers.push(answer.unwrap_or_else(|| "-".into()));
    }
    HttpResponse::Ok().body(answers.join("\n"))
}
