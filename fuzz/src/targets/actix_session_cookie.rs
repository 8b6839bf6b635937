//! actix-session's cookie, read by our middleware: an id that its key has sealed, or none.

use std::sync::LazyLock;

use actix_pg_session::ActixSessionCookie;
use actix_pg_session::fuzz_internals::Reader;
use actix_web::cookie::{Cookie, CookieJar, Key};

use super::Target;
use super::signed::{self, SECRETS};
use crate::input;
use crate::words::Words;

pub(super) const TARGET: Target = Target {
    name: "actix_session_cookie",
    tokens: &[
        "id=",
        "sid=",
        "; ",
        "\n",
        "{private0}",
        "{private1}",
        "{private2}",
        "{signed0}",
        "{signed1}",
        "{signed2}",
        "{alien_private0}",
        "{alien_signed0}",
        "{renamed0}",
        "{long}",
        "{empty}",
        "{new0}",
        "{old0}",
        "{alien0}",
        "%3D",
        "=",
        "\"",
        "%25",
        "a=b",
    ],
    run,
};

const IDS: [&str; 3] = [
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "id=with; marks, \u{fc} and %41",
    "x",
];

struct Stage {
    private: Reader,
    signed: Reader,
    words: Words,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let (key, alien) = (Key::from(&[1; 64]), Key::from(&[2; 64]));
    let reader = |cookie| Reader::of_actix_session(&SECRETS, cookie).expect("the secrets are long enough");
    let mut words = Words::default();
    let long = "x".repeat(257);
    for (n, id) in IDS.iter().enumerate() {
        words.say(format!("private{n}"), sealed(&key, "id", id, true));
        words.say(format!("signed{n}"), sealed(&key, "id", id, false));
        words.say(format!("alien_private{n}"), sealed(&alien, "id", id, true));
        words.say(format!("alien_signed{n}"), sealed(&alien, "id", id, false));
        words.say(format!("renamed{n}"), sealed(&key, "other", id, true));
    }
    words.say("long", sealed(&key, "id", &long, true));
    words.say("empty", sealed(&key, "id", "", true));
    Stage {
        private: reader(ActixSessionCookie::private("id", key.clone())),
        signed: reader(ActixSessionCookie::signed("id", key)),
        words,
    }
});

/// As actix-session sets it.
fn sealed(key: &Key, name: &str, id: &str, is_private: bool) -> String {
    let mut jar = CookieJar::new();
    let cookie = Cookie::new(name.to_owned(), id.to_owned());
    if is_private {
        jar.private_mut(key).add(cookie);
    } else {
        jar.signed_mut(key).add(cookie);
    }
    jar.get(name).expect("it was added").encoded().to_string().split_once('=').expect("a value").1.to_owned()
}

fn run(input: &[u8]) {
    let filled = signed::fill(&STAGE.words.fill(input));
    let lines: Vec<_> = input::lines(&filled).collect();
    let of_ours = super::cookie_header::expected(&lines);
    for (reader, word) in [(&STAGE.private, &b"{private"[..]), (&STAGE.signed, &b"{signed"[..])] {
        let arrived = reader.read(&lines);
        assert_eq!(arrived.presented, of_ours.presented);
        if !of_ours.ids.is_empty() {
            assert_eq!(arrived.ids, of_ours.ids, "ours goes first");
            continue;
        }
        assert!(arrived.ids.len() <= 1, "{arrived:?}");
        for (id, is_old) in arrived.ids {
            assert!(is_old && IDS.contains(&&*id), "{id:?} was believed");
            // Nobody makes one up: it was there as it was sealed.
            assert!(input.windows(word.len()).any(|some| some == word), "{id:?} was not there");
        }
    }
    // As it was sealed, alone, it is believed.
    for (n, id) in IDS.iter().enumerate() {
        if input == format!("id={{private{n}}}").as_bytes() {
            assert_eq!(STAGE.private.read(&lines).ids, [((*id).to_owned(), true)]);
        }
    }
}
