//! A browser without a network: a cookie jar over an application in the same thread.

mod jar;
mod reply;

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::rc::Rc;

use actix_http::Request;
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, ServiceResponse};
use actix_web::http::header::COOKIE;
use actix_web::test::TestRequest;
use actix_web::{Error, HttpResponse};
use futures_util::future::LocalBoxFuture;

use jar::Jar;
pub use jar::StoredCookie;
pub use reply::Reply;

/// A visitor's browser, for tests of an application.
///
/// It sends what the jar holds and keeps what the application sets, as RFC 6265 says. It follows no
/// redirect. It is on TLS as far as cookies go; see [`over_http`](Self::over_http).
///
/// ```
/// use actix_pg_session::test_util::Browser;
/// use actix_pg_session::{MemoryStore, Session, SessionMiddleware};
/// use actix_web::{App, Result, web};
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// async fn visit(session: Session) -> Result<String> {
///     session.update_or("visits", 1_u32, |n| n + 1)?;
///     Ok(session.get::<u32>("visits")?.unwrap_or_default().to_string())
/// }
///
/// let sessions = SessionMiddleware::builder(MemoryStore::new(), "a secret of 32 bytes or more, really").build()?;
/// let browser = Browser::new(App::new().wrap(sessions).route("/", web::get().to(visit))).await;
///
/// assert_eq!(browser.get("/").await.body, "1");
/// assert_eq!(browser.get("/").await.body, "2");
/// assert_eq!(browser.another().get("/").await.body, "1");
/// # Ok(())
/// # }
/// ```
///
/// # At once, and late
///
/// A request is made up, cookies included, when the method is called; it is on its way once the
/// answer is awaited. So `join_all` of several calls is a page that loads its parts, and a call
/// whose answer is awaited last is a late request:
///
/// ```no_run
/// # async fn example(browser: actix_pg_session::test_util::Browser) {
/// let late = browser.get("/slow-image"); // with the cookie as it is now
/// browser.post("/login").await; // which this changes
/// late.await.assert_status(200);
/// # }
/// ```
///
/// # Clones
///
/// A clone is another window of the same browser, with the same cookies.
/// [`another`](Self::another) browser has none.
#[derive(Clone)]
pub struct Browser {
    app: Rc<Application>,
    jar: Rc<RefCell<Jar>>,
    secure: bool,
}

/// The application, without its types.
type Application = dyn Fn(Request) -> LocalBoxFuture<'static, Reply>;

impl Browser {
    /// Starts the application, and a browser that has not visited it yet.
    ///
    /// # Panics
    ///
    /// When the application cannot start.
    pub async fn new<A, F, B>(app: A) -> Self
    where
        A: IntoServiceFactory<F, Request>,
        F: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>>,
        F::InitError: fmt::Debug,
        F::Service: 'static,
        F::Error: Into<Error> + 'static,
        B: MessageBody + 'static,
    {
        let service = app.into_factory().new_service(AppConfig::default()).await;
        let service = Rc::new(service.expect("the application starts"));
        let app = move |request| -> LocalBoxFuture<'static, Reply> {
            let service = Rc::clone(&service);
            Box::pin(async move {
                match service.call(request).await {
                    Ok(response) => Reply::read(response.into_parts().1).await,
                    // As actix's server does with an error that no middleware took.
                    Err(error) => Reply::read(HttpResponse::from_error(error)).await,
                }
            })
        };
        Self { app: Rc::new(app), jar: Rc::default(), secure: true }
    }

    /// Another visitor of the same application, without any cookie.
    pub fn another(&self) -> Self {
        Self { jar: Rc::default(), ..self.clone() }
    }

    /// The same browser with the same cookies, on the application's plain HTTP address: it neither
    /// sends nor accepts a cookie that is `Secure`.
    ///
    /// The application is not told: a request in a test has no socket, and actix takes it for plain
    /// HTTP. To make it TLS, send `X-Forwarded-Proto: https` to a middleware that
    /// [trusts](crate::TrustProxy) it.
    pub fn over_http(&self) -> Self {
        Self { secure: false, ..self.clone() }
    }

    /// Sends a `GET`.
    pub fn get(&self, path: &str) -> impl Future<Output = Reply> + use<> {
        self.send(TestRequest::get().uri(path))
    }

    /// Sends a `POST` without a body.
    pub fn post(&self, path: &str) -> impl Future<Output = Reply> + use<> {
        self.send(TestRequest::post().uri(path))
    }

    /// Sends any request, with the jar's cookies beside those that it has.
    ///
    /// # Panics
    ///
    /// When the body of the answer breaks off.
    pub fn send(&self, request: TestRequest) -> impl Future<Output = Reply> + use<> {
        let mut request = request.to_request();
        let path = request.path().to_owned();
        if let Some(cookies) = self.jar.borrow().header(&path, self.secure) {
            request.headers_mut().append(COOKIE, cookies);
        }
        let Self { app, jar, secure } = self.clone();
        async move {
            let reply = app(request).await;
            let mut jar = jar.borrow_mut();
            for line in reply.set_cookies() {
                jar.take(&line, &path, secure);
            }
            reply
        }
    }

    /// All cookies in the jar, in the order in which they came.
    pub fn cookies(&self) -> Vec<StoredCookie> {
        self.jar.borrow().all().to_vec()
    }

    /// The first cookie of this name.
    pub fn cookie(&self, name: &str) -> Option<StoredCookie> {
        self.jar.borrow().all().iter().find(|cookie| cookie.name == name).cloned()
    }

    /// Forges a cookie: gives another value to those of this name, or makes one for every path.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar.borrow_mut().forge(name, value);
    }

    /// Forgets all cookies.
    pub fn forget_cookies(&self) {
        self.jar.borrow_mut().forget_all();
    }

    /// Closes the browser and opens it again: cookies without a lifetime are gone.
    pub fn close(&self) {
        self.jar.borrow_mut().close();
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser")
            .field("jar", &self.jar)
            .field("secure", &self.secure)
            .finish_non_exhaustive()
    }
}
