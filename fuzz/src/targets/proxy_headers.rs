//! What a proxy says of the visitor, and which proxies are believed.

use std::net::{IpAddr, SocketAddr};

use actix_pg_session::fuzz_internals::{Asked, user_agent};
use actix_pg_session::{Network, TrustProxy};

use super::Target;
use crate::{input, naive};

pub(super) const TARGET: Target = Target {
    name: "proxy_headers",
    tokens: &[
        "10.0.0.1",
        "10.0.0.0/8",
        "0.0.0.0/0",
        "::/0",
        "::1",
        "2001:db8::/32",
        "::ffff:10.0.0.1",
        "/32",
        "/128",
        "/33",
        "/",
        ", ",
        ",",
        "\n",
        "https",
        "HTTPS",
        "http",
        "127.0.0.1",
        "255.255.255.255",
        "%eth0",
        "fe80::1",
        "1.2.3.4",
    ],
    run,
};

/// The networks that are trusted, the peer, a scheme, a browser, and `X-Forwarded-For` line by line.
fn run(input: &[u8]) {
    let mut lines = input::lines(input);
    let mut next = || lines.next().unwrap_or_default();
    let (networks, peer, scheme, browser) =
        (input::text(next()), input::text(next()), next(), input::text(next()));
    let hops: Vec<_> = lines.collect();

    check_browser(&browser);
    let networks: Vec<_> = networks.split(' ').collect();
    let read: Vec<Option<Network>> = networks.iter().map(|text| text.parse().ok()).collect();
    for (text, network) in networks.iter().zip(&read) {
        assert_eq!(network.is_some(), naive_network(text).is_some(), "{text:?}");
        if let Some(network) = network {
            assert_eq!(network.to_string().parse::<Network>().ok(), Some(*network), "{text:?}");
        }
    }
    let peer: Option<IpAddr> = peer.parse().ok();
    let peer = peer.map(|peer| peer.to_canonical());
    let mut headers = vec![("x-forwarded-proto", scheme)];
    headers.extend(hops.iter().map(|hop| ("x-forwarded-for", *hop)));
    let asked = Asked::new(peer.map(|ip| SocketAddr::new(ip, 1)), &headers);
    assert_eq!(asked.client_ip(&TrustProxy::Never), peer);
    assert!(!asked.is_tls(&TrustProxy::Never));
    let is_tls = naive::is_header(scheme)
        && str::from_utf8(scheme).is_ok_and(|scheme| {
            scheme.bytes().all(|byte| (32..127).contains(&byte) || byte == b'\t')
                && scheme.split(',').next().is_some_and(|one| one.trim().eq_ignore_ascii_case("https"))
        });
    assert_eq!(asked.is_tls(&TrustProxy::Always), is_tls);
    let Ok(trust) = TrustProxy::networks(networks.iter().copied()) else {
        assert!(read.contains(&None));
        return;
    };
    let trusts = |ip: IpAddr| networks.iter().any(|network| contains(network, ip));
    let ip = asked.client_ip(&trust);
    // Whoever is not trusted has said who he is by his connection alone.
    match peer {
        Some(peer) if trusts(peer) => {
            let said: Vec<String> = hops.iter().map(|hop| input::text(hop)).collect();
            let is_said = ip.is_some_and(|ip| {
                said.iter().flat_map(|line| line.split(',')).any(|hop| hop.trim().parse() == Ok(ip))
            });
            assert!(ip == Some(peer) || (is_said && !trusts(ip.expect("an address"))), "{ip:?}");
        }
        peer => assert_eq!(ip, peer),
    }
}

/// The address and how many of its bits count.
fn naive_network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, prefix) =
        text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.trim().parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let prefix: u32 = prefix.map_or(Some(most), |prefix| prefix.trim().parse().ok())?;
    (prefix <= most).then_some((address, prefix))
}

fn contains(network: &str, ip: IpAddr) -> bool {
    let Some((address, prefix)) = naive_network(network) else { return false };
    let bits = |ip: IpAddr| -> Vec<bool> {
        let bytes = match ip {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        };
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect()
    };
    address.is_ipv4() == ip.is_ipv4()
        && bits(address).iter().zip(bits(ip)).take(prefix as usize).all(|(a, b)| *a == b)
}

/// A row holds what it can hold, and not much.
fn check_browser(browser: &str) {
    let kept = user_agent(browser).unwrap_or_default();
    assert!(kept.len() <= 512 && !kept.chars().any(char::is_control), "{kept:?}");
    let plain: String = browser.chars().filter(|character| !character.is_control()).collect();
    assert!(plain.starts_with(&kept), "{kept:?}");
}
