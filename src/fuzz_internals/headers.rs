//! What is read from other headers, and what one is made of.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderName, HeaderValue, ORIGIN};
use actix_web::test::TestRequest;

use crate::record::Client;
use crate::{TrustProxy, forgery};

/// A request that only has what is asked about.
#[derive(Debug)]
pub struct Asked(HttpRequest);

impl Asked {
    /// With these headers, as far as they could be any.
    #[must_use]
    pub fn new(peer: Option<SocketAddr>, headers: &[(&str, &[u8])]) -> Self {
        let mut request = TestRequest::default();
        if let Some(peer) = peer {
            request = request.peer_addr(peer);
        }
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(*name), HeaderValue::from_bytes(value)) {
                request = request.append_header((name, value));
            }
        }
        Self(request.to_http_request())
    }

    /// Whether a page of ours has sent it.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        forgery::is_ours(self.0.head())
    }

    /// Its first `Host` and `Origin`.
    #[must_use]
    pub fn host_and_origin(&self) -> (Option<&[u8]>, Option<&[u8]>) {
        let first = |name| self.0.headers().get(name).map(HeaderValue::as_bytes);
        (first(HOST), first(ORIGIN))
    }

    /// Who has sent it.
    #[must_use]
    pub fn client_ip(&self, trust: &TrustProxy) -> Option<IpAddr> {
        trust.client_ip(&self.0)
    }

    /// Whether it came over TLS.
    #[must_use]
    pub fn is_tls(&self, trust: &TrustProxy) -> bool {
        trust.is_tls(&self.0)
    }
}

/// What a row keeps of a browser's description of itself.
#[must_use]
pub fn user_agent(text: &str) -> Option<String> {
    Client::new(None, Some(text.into())).user_agent
}
