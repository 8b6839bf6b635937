//! Whether a request came over TLS and from where, when proxies may stand in front.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use actix_web::HttpRequest;

use crate::error::ConfigError;

/// Whose `X-Forwarded-Proto` and `X-Forwarded-For` headers are believed.
///
/// actix's own `ConnectionInfo` believes everybody's, so this crate does not use it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TrustProxy {
    /// Nobody's: the scheme and the address are the socket's.
    #[default]
    Never,
    /// Everybody's. Right only when nothing but a proxy of yours can reach the application, and
    /// that proxy overwrites what clients send.
    Always,
    /// Those of peers within these networks.
    Networks(Vec<Network>),
}

impl TrustProxy {
    /// Trusts peers within these networks: `"10.0.0.0/8"`, `"::1"`.
    ///
    /// # Errors
    ///
    /// When one is not an address, with or without a prefix length.
    pub fn networks<'a>(networks: impl IntoIterator<Item = &'a str>) -> Result<Self, ConfigError> {
        let networks: Result<_, _> = networks.into_iter().map(str::parse).collect();
        networks.map(Self::Networks)
    }

    fn trusts(&self, peer: Option<IpAddr>) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Networks(networks) => {
                peer.is_some_and(|peer| networks.iter().any(|network| network.contains(peer)))
            }
        }
    }

    /// Whether the visitor's end of the connection is TLS.
    pub(crate) fn is_tls(&self, request: &HttpRequest) -> bool {
        if request.app_config().secure() {
            return true;
        }
        self.trusts(peer(request))
            && first(request, "x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
    }

    /// The visitor's address: the last one that no trusted proxy has.
    pub(crate) fn client_ip(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = peer(request);
        if !self.trusts(peer) {
            return peer;
        }
        let hops = request.headers().get_all("x-forwarded-for");
        let hops: Vec<IpAddr> = hops
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .map_while(|hop| hop.trim().parse().ok())
            .collect();
        let outermost = match self {
            // Each proxy appends its peer, so with one proxy the last is the client.
            Self::Always => hops.last(),
            _ => hops.iter().rev().find(|hop| !self.trusts(Some(**hop))),
        };
        outermost.copied().or(peer)
    }
}

/// `true` is [`TrustProxy::Always`], as in express.
impl From<bool> for TrustProxy {
    fn from(always: bool) -> Self {
        if always { Self::Always } else { Self::Never }
    }
}

fn peer(request: &HttpRequest) -> Option<IpAddr> {
    request.peer_addr().map(|peer| peer.ip().to_canonical())
}

/// The first comma-separated element of a header, as express reads it.
fn first<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let line = request.headers().get(name)?.to_str().ok()?;
    line.split(',').next().map(str::trim)
}

/// A network: an address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    fn contains(self, ip: IpAddr) -> bool {
        let matches = |ours: u128, theirs: u128, bits: u32| {
            // A shift by the whole width is no shift at all in Rust, so /0 is its own case.
            self.prefix == 0 || (ours ^ theirs) >> (bits - self.prefix) == 0
        };
        match (self.address, ip) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                matches(ours.to_bits().into(), theirs.to_bits().into(), 32)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => matches(ours.to_bits(), theirs.to_bits(), 128),
            _ => false,
        }
    }
}

/// As it is read: `10.0.0.0/8`.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl FromStr for Network {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let refuse = || {
            ConfigError(format!("`trust_proxy`: {text:?} is not a network such as \"10.0.0.0/8\" or \"::1\""))
        };
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| refuse())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.trim().parse().map_err(|_| refuse())?,
            None => width,
        };
        if prefix > width {
            return Err(refuse());
        }
        Ok(Self { address, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn request(peer: &str, headers: &[(&'static str, &str)]) -> HttpRequest {
        let mut request = TestRequest::default().peer_addr(format!("{peer}:1").parse().unwrap());
        for (name, value) in headers {
            request = request.append_header((*name, *value));
        }
        request.to_http_request()
    }

    #[test]
    fn nobody_is_believed_by_default() {
        let request = request("10.0.0.1", &[("x-forwarded-proto", "https"), ("x-forwarded-for", "1.2.3.4")]);
        assert!(!TrustProxy::Never.is_tls(&request));
        assert_eq!(TrustProxy::Never.client_ip(&request), Some("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn a_peer_within_a_trusted_network_is_believed_and_another_is_not() {
        let trust = TrustProxy::networks(["10.0.0.0/8", "127.0.0.1"]).unwrap();
        let headers =
            [("x-forwarded-proto", "HTTPS, http"), ("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.9.9.9")];
        let through_proxy = request("10.1.2.3", &headers);
        assert!(trust.is_tls(&through_proxy));
        assert_eq!(trust.client_ip(&through_proxy), Some("1.2.3.4".parse().unwrap()));
        let direct = request("11.1.2.3", &headers);
        assert!(!trust.is_tls(&direct));
        assert_eq!(trust.client_ip(&direct), Some("11.1.2.3".parse().unwrap()));
    }

    #[test]
    fn with_one_trusted_proxy_a_made_up_address_is_not_believed() {
        let request = request("10.1.2.3", &[("x-forwarded-for", "6.6.6.6, 1.2.3.4")]);
        assert_eq!(TrustProxy::Always.client_ip(&request), Some("1.2.3.4".parse().unwrap()));
    }

    #[test]
    fn networks_are_parsed_or_refused_with_their_text() {
        for good in ["0.0.0.0/0", "::/0", "fe80::/10", "127.0.0.1"] {
            assert!(TrustProxy::networks([good]).is_ok(), "{good}");
        }
        for bad in ["", "10.0.0.0/33", "proxy", "10.0.0.0/x", "::/129"] {
            let error = TrustProxy::networks([bad]).unwrap_err().to_string();
            assert!(error.contains(&format!("{bad:?}")), "{error}");
        }
        assert!("0.0.0.0/0".parse::<Network>().unwrap().contains("9.9.9.9".parse().unwrap()));
    }

    #[test]
    fn as_many_leading_bits_count_as_the_prefix_says_in_either_kind_of_address() {
        let contains =
            |network: &str, ip: &str| network.parse::<Network>().unwrap().contains(ip.parse().unwrap());
        assert!(contains("10.1.0.0/15", "10.0.255.255") && !contains("10.1.0.0/15", "10.2.0.0"));
        assert!(contains("fe80::/10", "febf::1") && !contains("fe80::/10", "fec0::1"));
        assert!(contains("::1", "::1") && !contains("::1", "::2"));
        assert!(contains("::/0", "fe80::1") && !contains("::/0", "10.0.0.1"));
    }

    #[test]
    fn a_network_is_shown_as_it_is_read() {
        let shown = |text: &str| text.parse::<Network>().unwrap().to_string();
        assert_eq!([shown("10.0.0.0/8"), shown("::1")], ["10.0.0.0/8", "::1/128"]);
    }
}
