//! The cookie: what it looks like, and making one by hand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chrono::{DateTime, TimeDelta};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::shop::SECRET;
use crate::visitor::ADA;
use crate::{Counter, in_each_zone};

const HOUR: i64 = 3600;

/// What a `Set-Cookie` says.
#[derive(Clone, Debug)]
pub(crate) struct Cookie {
    pub(crate) value: String,
    /// In the order of the alphabet, without `Expires`.
    pub(crate) attributes: Vec<String>,
    /// From the moment of the reply to `Expires`.
    pub(crate) lifetime: TimeDelta,
}

impl Cookie {
    /// Reads the header of a reply that was sent at `date`.
    pub(crate) fn of(header: &str, date: &str) -> Self {
        let moment = |text| DateTime::parse_from_rfc2822(text).expect("a date");
        let mut parts = header.split("; ");
        let value = parts.next().and_then(|pair| pair.strip_prefix("connect.sid="));
        let (expires, mut attributes): (Vec<_>, Vec<_>) =
            parts.map(str::to_owned).partition(|part| part.starts_with("Expires="));
        attributes.sort();
        let expires = expires.first().and_then(|part| part.strip_prefix("Expires="));
        Self {
            value: value.expect("the only cookie is connect.sid").to_owned(),
            attributes,
            lifetime: moment(expires.expect("an Expires")) - moment(date),
        }
    }
}

/// The id in the value of a cookie.
pub(crate) fn sid(value: &str) -> String {
    let signed = value.strip_prefix("s%3A").expect("a signed cookie");
    signed.rsplit_once('.').expect("an id, then a signature").0.to_owned()
}

/// The value of a cookie that names `sid`, signed with `secret`.
fn signed(sid: &str, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is a key");
    mac.update(sid.as_bytes());
    let mac = STANDARD_NO_PAD.encode(mac.finalize().into_bytes());
    format!("s%3A{sid}.{}", mac.replace('+', "%2B").replace('/', "%2F"))
}

#[tokio::test]
async fn both_set_the_same_cookie_and_it_names_the_row() {
    in_each_zone(async |shop| {
        for counter in Counter::BOTH {
            let mut visitor = shop.visitor();
            let cookie = visitor.add(counter, "night-ferry").await.expect("a cookie for a new session");
            assert_eq!(cookie.attributes, ["HttpOnly", "Path=/", "SameSite=Lax"], "at {counter:?}");
            assert_eq!(cookie.value, signed(&visitor.sid(), SECRET), "at {counter:?}");
            let lifetime = cookie.lifetime.num_seconds();
            assert!((HOUR - 60..=HOUR + 60).contains(&lifetime), "{lifetime} s at {counter:?}");
            let named = sqlx::query_scalar("select count(*) from session where sid = $1");
            let named: i64 = named.bind(visitor.sid()).fetch_one(&shop.pool).await.expect("a count");
            assert_eq!(named, 1, "at {counter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_that_changes_nothing_sets_no_cookie() {
    in_each_zone(async |shop| {
        for counter in Counter::BOTH {
            let mut visitor = shop.visitor();
            assert!(visitor.look(counter).await.cookie.is_none(), "at {counter:?}");
            assert!(visitor.empty_cart(counter).await.is_none(), "at {counter:?}");
            assert_eq!(shop.rows().await, 0, "at {counter:?}");
        }
        let mut visitor = shop.visitor();
        visitor.add(Counter::Express, "night-ferry").await;
        for counter in Counter::BOTH {
            assert!(visitor.look(counter).await.cookie.is_none(), "at {counter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_made_up_cookie_is_a_stranger_at_both_and_its_id_is_never_adopted() {
    in_each_zone(async |shop| {
        let mut ada = shop.visitor();
        ada.sign_in(Counter::Express, ADA).await;
        let rows = shop.rows().await;
        let forged = [
            ada.sid(),
            format!("s%3A{}", ada.sid()),
            format!("s%3A{}.", ada.sid()),
            signed(&ada.sid(), "a secret that is not the one of the shop"),
            signed("made-up", SECRET),
            signed("", SECRET),
            "s%3A".to_owned(),
            "%".to_owned(),
        ];
        for (counter, value) in Counter::BOTH.into_iter().flat_map(|c| forged.iter().map(move |v| (c, v))) {
            let mut stranger = shop.visitor().with_cookie(value);
            let page = stranger.look(counter).await;
            assert_eq!((page.user, page.cookie.is_some()), (None, false), "{value} at {counter:?}");
            assert_eq!(shop.rows().await, rows, "{value} at {counter:?}");
        }
        for counter in Counter::BOTH {
            let mut stranger = shop.visitor().with_cookie(signed("made-up", SECRET));
            stranger.add(counter, "night-ferry").await.expect("a cookie for a new session");
            assert_ne!(stranger.sid(), "made-up", "at {counter:?}");
        }
        assert_eq!(ada.look_at_both().await.user.as_deref(), Some("ada"));
    })
    .await;
}
