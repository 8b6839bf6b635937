//! The pages, mounted, with sessions to look at.

use actix_http::Request;
use actix_pg_session::admin::{Admin, Filter, Position};
use actix_pg_session::dashboard::{Admittance, Dashboard};
use actix_pg_session::{Client, Data, Lifetime, NewSession, PostgresStore, SessionId, SessionStore as _};
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, Error, HttpRequest, HttpResponse};

use crate::support;

/// Where the tests mount the pages.
pub(crate) const HERE: &str = "/back/office";

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The token of the page's form.
    pub(crate) fn token(&self) -> &str {
        let rest = self.body.split("name=\"token\" value=\"").nth(1).expect("a form");
        rest.split('"').next().expect("a token")
    }
}

/// The gatekeeper of most tests: a header says who comes.
pub(crate) async fn by_header(request: &HttpRequest) -> Result<Admittance, HttpResponse> {
    match request.headers().get("who").and_then(|value| value.to_str().ok()) {
        Some("ada") => Ok(Admittance::full("ada")),
        Some("looker-on") => Ok(Admittance::full("looker-on").without_revoking().without_data()),
        _ => Err(HttpResponse::Unauthorized().insert_header(("who-are-you", "?")).body("no")),
    }
}

/// The pages of a store, as `ada` sees them, unless a request says otherwise.
pub(crate) struct Stage<S> {
    app: S,
    pub(crate) store: PostgresStore,
}

pub(crate) async fn stage()
-> Stage<impl Service<Request, Response = ServiceResponse<impl MessageBody>, Error = Error>> {
    stage_with(|admin| admin).await
}

/// The same, with an administrator of other habits.
pub(crate) async fn stage_with(
    set: fn(Admin) -> Admin,
) -> Stage<impl Service<Request, Response = ServiceResponse<impl MessageBody>, Error = Error>> {
    let store = support::store().await;
    let dashboard = Dashboard::new(set(store.admin()), by_header);
    let app = init_service(App::new().service(dashboard.scope(HERE))).await;
    Stage { app, store }
}

impl<S, B> Stage<S>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    pub(crate) async fn send(&self, request: TestRequest) -> Reply {
        let response = call_service(&self.app, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body()).await.unwrap_or_default();
        Reply { status, headers, body: String::from_utf8(body.to_vec()).expect("text") }
    }

    pub(crate) async fn get_as(&self, who: &'static str, path: &str) -> Reply {
        let path = if path.starts_with(HERE) { path.to_owned() } else { format!("{HERE}{path}") };
        self.send(TestRequest::get().uri(&path).insert_header(("who", who))).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.get_as("ada", path).await
    }

    /// Sends a form as a browser does that has seen its page.
    pub(crate) async fn submit(&self, path: &str, token: &str, fields: &[(&'static str, &str)]) -> Reply {
        let mut form: Vec<(&str, &str)> = fields.to_vec();
        form.push(("token", token));
        let request = TestRequest::post()
            .uri(&format!("{HERE}{path}"))
            .insert_header(("who", "ada"))
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("cookie", format!("sessions_dashboard={token}")))
            .set_form(form);
        self.send(request).await
    }

    /// A session, and the address of its page, without the scope.
    pub(crate) async fn session(&self, owner: Option<&str>, data: &str) -> String {
        let id = SessionId::generate().expect("randomness");
        let hour = std::time::Duration::from_secs(3600);
        let new = NewSession {
            data: Data::from_json(data).expect("an object"),
            owner: owner.map(Into::into),
            credential: None,
            client: Client { ip: "192.0.2.7".parse().ok(), user_agent: Some("curl/8.5.0".into()) },
            lifetime: Lifetime::new(hour, hour),
            cookie: None,
        };
        self.store.create(&id, new).await.expect("a session");
        let filter = Filter::new();
        let newest = self.store.admin().list(&filter, Position::Newest, 1).await.expect("a page");
        format!("/sessions/{}", newest.sessions[0].cursor())
    }

    pub(crate) async fn live(&self) -> i64 {
        support::count(self.store.pool(), "select count(*) from active_sessions").await
    }
}
