//! actix-session on two workers, over sockets: each worker's middleware has a clone of the store.

use std::net::SocketAddr;

use actix_identity::IdentityMiddleware;
use actix_pg_session::ActixSessionStore;
use actix_session::config::CookieContentSecurity;
use actix_session::{Session, SessionMiddleware};
use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::places::{InPostgres, Kept, Place as _, in_postgres};
use crate::site::key;

in_postgres! {
    a_hundred_requests_at_once_all_leave_their_value
}

struct Server {
    address: SocketAddr,
    handle: ServerHandle,
}

impl Server {
    fn start(place: &InPostgres<impl Kept>) -> Self {
        let (store, key) = (place.store(), key());
        let server = HttpServer::new(move || {
            let sessions = SessionMiddleware::builder(ActixSessionStore::clone(&store), key.clone())
                .cookie_content_security(CookieContentSecurity::Signed)
                .build();
            App::new()
                .wrap(IdentityMiddleware::default())
                .wrap(sessions)
                .route("/set/{name}", web::get().to(set))
        });
        let server = server.workers(2).disable_signals();
        let server = server.bind(("127.0.0.1", 0)).expect("a free port");
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { address, handle }
    }

    /// The reply to one request, and the cookie that it set.
    async fn get(&self, path: &str, cookie: Option<&str>) -> (String, Option<String>) {
        let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{cookie}\r\n");
        let mut connection = TcpStream::connect(self.address).await.expect("the server answers");
        connection.write_all(request.as_bytes()).await.expect("the request can be sent");
        let mut reply = String::new();
        connection.read_to_string(&mut reply).await.expect("a reply");
        let set = reply.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        let set = set.and_then(|set| set.split(';').next()).map(str::to_owned);
        (reply, set)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The word is sent at once; the future is only the answer.
        drop(self.handle.stop(false));
    }
}

async fn set(name: web::Path<String>, session: Session) -> &'static str {
    session.insert(name.into_inner(), 1).expect("a number can be serialized");
    "set"
}

async fn a_hundred_requests_at_once_all_leave_their_value(place: InPostgres<impl Kept>) {
    let server = Server::start(&place);
    let (_, cookie) = server.get("/set/first", None).await;
    let cookie = cookie.expect("a cookie");
    let paths: Vec<_> = (0..100).map(|n| format!("/set/n{n}")).collect();
    for (reply, set) in join_all(paths.iter().map(|path| server.get(path, Some(&cookie)))).await {
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
        assert_eq!(set.as_ref(), Some(&cookie), "the key is the same");
    }
    let names = "select count(*) from sessions, jsonb_object_keys(data)";
    assert_eq!(crate::support::count(&place.pool, names).await, 101);
    assert_eq!(place.sessions().await, 1);
}
