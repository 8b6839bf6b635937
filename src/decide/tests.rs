//! The decision as a table: a sentence, what is unlike the usual, what comes out.

use std::time::Duration;

use super::*;
use crate::policy::Throttle;

type Row = (&'static str, fn(&mut Policy), fn(&mut Ended), Write, CookieMove);

use CookieMove::{Leave, Remove, Set};

/// Nothing special was configured.
fn usual(_: &mut Policy) {}

fn rolling(policy: &mut Policy) {
    policy.rolling = true;
}

fn resave(policy: &mut Policy) {
    policy.resave = true;
}

fn save_uninitialized(policy: &mut Policy) {
    policy.save_uninitialized = true;
}

fn unset_destroys(policy: &mut Policy) {
    policy.unset = Unset::Destroy;
}

fn save_on_error(policy: &mut Policy) {
    policy.on_error = OnError::Save;
}

fn policy() -> Policy {
    Policy {
        dialect: crate::policy::Dialect::Own,
        rolling: false,
        resave: false,
        save_uninitialized: false,
        unset: Unset::Keep,
        on_error: OnError::Drop,
        touch: Throttle { ratio: 0.1, at_most: Duration::from_secs(300) },
    }
}

/// A request that asked for its session and did nothing with it.
fn idle(origin: Origin) -> Ended {
    Ended {
        origin,
        intent: Intent::Keep,
        changed: false,
        unset: false,
        touch_due: false,
        signed_with_old_key: false,
        persistent: false,
        cookie_owed: false,
        cookie_presented: origin != Origin::Fresh,
        over: false,
        failed: false,
        express: None,
    }
}

fn check(origin: Origin, table: &[Row]) {
    for (sentence, configure, happen, write, cookie) in table {
        let (mut policy, mut ended) = (policy(), idle(origin));
        configure(&mut policy);
        happen(&mut ended);
        assert_eq!(
            decide(&policy, ended),
            Decision { write: *write, cookie: *cookie },
            "{origin:?}: {sentence}"
        );
    }
}

#[test]
fn a_visitor_without_a_session() {
    #[rustfmt::skip]
    check(Origin::Fresh, &[
        ("looked around: costs no row and no cookie", usual, |_| {}, Write::Nothing, Leave),
        ("looked around, with a cookie that is worth nothing: it is left alone", usual,
            |e| e.cookie_presented = true, Write::Nothing, Leave),
        ("looked around, where empty sessions are saved", save_uninitialized, |_| {}, Write::Create, Set),
        ("stored something", usual, |e| e.changed = true, Write::Create, Set),
        ("stored something, and the cookie has a lifetime", usual,
            |e| { e.changed = true; e.persistent = true }, Write::Create, Set),
        ("asked for a touch of nothing", usual, |e| e.touch_due = true, Write::Nothing, Leave),
        ("renewed nothing", usual, |e| e.intent = Intent::Renew, Write::Nothing, Leave),
        ("renewed nothing and stored something", usual,
            |e| { e.intent = Intent::Renew; e.changed = true }, Write::Create, Set),
        ("signed in", usual, |e| e.intent = Intent::Login, Write::Create, Set),
        ("began anew", usual, |e| e.intent = Intent::Regenerate, Write::Create, Set),
        ("signed out without a cookie: there is nothing to remove", usual,
            |e| e.intent = Intent::Destroy, Write::Nothing, Leave),
        ("signed out with a cookie that is worth nothing: it is removed", usual,
            |e| { e.intent = Intent::Destroy; e.cookie_presented = true }, Write::Nothing, Remove),
        ("signed out where empty sessions are saved: it is not made to be empty", save_uninitialized,
            |e| { e.intent = Intent::Destroy; e.changed = true }, Write::Nothing, Leave),
        ("rolling does not roll what is not there", rolling, |_| {}, Write::Nothing, Leave),
        ("resave does not save again what was never saved", resave, |_| {}, Write::Nothing, Leave),
    ]);
}

#[test]
fn a_late_request_whose_session_has_just_ended() {
    #[rustfmt::skip]
    check(Origin::Late, &[
        ("looked around", usual, |_| {}, Write::Nothing, Leave),
        ("stored something: it is dropped, the new cookie stays", usual, |e| e.changed = true, Write::Nothing, Leave),
        ("stored something and failed", usual, |e| { e.changed = true; e.failed = true }, Write::Nothing, Leave),
        ("asked for a new id", usual, |e| e.intent = Intent::Renew, Write::Nothing, Leave),
        ("signed out: under whatever id the session has now, and the new cookie stays", usual,
            |e| e.intent = Intent::Destroy, Write::Delete, Leave),
        ("was unset", usual, |e| e.unset = true, Write::Nothing, Leave),
        ("was unset where that destroys", unset_destroys, |e| e.unset = true, Write::Delete, Leave),
        ("signed in: that is a beginning", usual, |e| e.intent = Intent::Login, Write::Create, Set),
        ("began anew", usual, |e| e.intent = Intent::Regenerate, Write::Create, Set),
        ("failed to sign in", usual, |e| { e.intent = Intent::Login; e.failed = true }, Write::Nothing, Leave),
        ("no option makes a session of it", save_uninitialized, |_| {}, Write::Nothing, Leave),
        ("nor does rolling", rolling, |e| e.touch_due = true, Write::Nothing, Leave),
        ("nor does resave", resave, |_| {}, Write::Nothing, Leave),
    ]);
}

#[test]
fn a_visitor_with_a_session() {
    #[rustfmt::skip]
    check(Origin::Live, &[
        ("read it", usual, |_| {}, Write::Nothing, Leave),
        ("read it, and its cookie has a lifetime", usual, |e| e.persistent = true, Write::Nothing, Leave),
        ("read it when a touch was due", usual, |e| e.touch_due = true, Write::Touch, Leave),
        ("read it when a touch was due: the cookie's lifetime moves along", usual,
            |e| { e.touch_due = true; e.persistent = true }, Write::Touch, Set),
        ("changed it: a cookie without a lifetime need not be sent again", usual,
            |e| e.changed = true, Write::Update, Leave),
        ("changed it: the cookie's lifetime moves along", usual,
            |e| { e.changed = true; e.persistent = true }, Write::Update, Set),
        ("changed it when a touch was due: an update is a touch", usual,
            |e| { e.changed = true; e.touch_due = true }, Write::Update, Leave),
        ("read it, and the cookie was signed with an old secret: it is signed anew if it is still alive", usual,
            |e| e.signed_with_old_key = true, Write::Touch, Set),
        ("changed it, and the cookie was signed with an old secret", usual,
            |e| { e.changed = true; e.signed_with_old_key = true }, Write::Update, Set),
        ("asked for a new id", usual, |e| e.intent = Intent::Renew, Write::Renew, Set),
        ("asked for a new id and changed it, in one statement", usual,
            |e| { e.intent = Intent::Renew; e.changed = true }, Write::Renew, Set),
        ("signed in", usual, |e| e.intent = Intent::Login, Write::Restart, Set),
        ("began anew", usual, |e| e.intent = Intent::Regenerate, Write::Restart, Set),
        ("signed out", usual, |e| e.intent = Intent::Destroy, Write::Delete, Remove),
        ("signed out after changing it", usual,
            |e| { e.intent = Intent::Destroy; e.changed = true; e.touch_due = true }, Write::Delete, Remove),
        ("read it where it rolls", rolling, |_| {}, Write::Touch, Set),
        ("changed it where it rolls", rolling, |e| e.changed = true, Write::Update, Set),
        ("signed out where it rolls", rolling, |e| e.intent = Intent::Destroy, Write::Delete, Remove),
        ("read it where it is always saved", resave, |_| {}, Write::Update, Leave),
        ("empty sessions being saved is no matter to one that exists", save_uninitialized, |_| {}, Write::Nothing, Leave),
    ]);
}

#[test]
fn a_cookie_that_a_save_in_the_middle_of_the_request_owes() {
    #[rustfmt::skip]
    check(Origin::Live, &[
        ("is sent though nothing more happened", usual, |e| e.cookie_owed = true, Write::Nothing, Set),
        ("is sent with a later change", usual, |e| { e.cookie_owed = true; e.changed = true }, Write::Update, Set),
        ("is sent with a touch", usual, |e| { e.cookie_owed = true; e.touch_due = true }, Write::Touch, Set),
        ("is sent though the handler failed", usual,
            |e| { e.cookie_owed = true; e.changed = true; e.failed = true }, Write::Nothing, Set),
        ("is sent though the rest was unset: the session is saved already", usual,
            |e| { e.cookie_owed = true; e.unset = true; e.changed = true }, Write::Nothing, Set),
        ("is not sent for a session that was signed out after all", usual,
            |e| { e.cookie_owed = true; e.intent = Intent::Destroy }, Write::Delete, Remove),
    ]);
}

#[test]
fn a_handler_that_failed() {
    #[rustfmt::skip]
    check(Origin::Live, &[
        ("has changed nothing", usual, |e| { e.failed = true; e.changed = true }, Write::Nothing, Leave),
        ("has still used the session", usual,
            |e| { e.failed = true; e.changed = true; e.touch_due = true }, Write::Touch, Leave),
        ("has still got the new id that it asked for", usual,
            |e| { e.failed = true; e.intent = Intent::Renew; e.changed = true }, Write::Renew, Set),
        ("has signed nobody in, but left the old id", usual,
            |e| { e.failed = true; e.intent = Intent::Login }, Write::Renew, Set),
        ("has still left the old session, and begun no other", usual,
            |e| { e.failed = true; e.over = true; e.intent = Intent::Regenerate }, Write::Delete, Remove),
        ("has still signed out", usual,
            |e| { e.failed = true; e.intent = Intent::Destroy }, Write::Delete, Remove),
        ("has still signed out, though it was about to sign in again", usual,
            |e| { e.failed = true; e.over = true; e.intent = Intent::Login }, Write::Delete, Remove),
        ("saves where errors save", save_on_error, |e| { e.failed = true; e.changed = true }, Write::Update, Leave),
        ("signs in where errors save", save_on_error,
            |e| { e.failed = true; e.intent = Intent::Login }, Write::Restart, Set),
    ]);
    #[rustfmt::skip]
    check(Origin::Fresh, &[
        ("costs no row", usual, |e| { e.failed = true; e.changed = true }, Write::Nothing, Leave),
        ("signs nobody in", usual, |e| { e.failed = true; e.intent = Intent::Login }, Write::Nothing, Leave),
        ("begins nothing", usual, |e| { e.failed = true; e.over = true; e.intent = Intent::Regenerate }, Write::Nothing, Leave),
        ("signs in where errors save", save_on_error,
            |e| { e.failed = true; e.intent = Intent::Login }, Write::Create, Set),
    ]);
}

#[test]
fn a_handler_that_unset_its_session() {
    #[rustfmt::skip]
    check(Origin::Live, &[
        ("leaves it as it was", usual, |e| { e.unset = true; e.changed = true; e.touch_due = true }, Write::Nothing, Leave),
        ("takes a sign-in back", usual, |e| { e.unset = true; e.intent = Intent::Login }, Write::Nothing, Leave),
        ("leaves it as it was where it rolls", rolling, |e| e.unset = true, Write::Nothing, Leave),
        ("leaves it as it was where it is always saved", resave, |e| e.unset = true, Write::Nothing, Leave),
        ("destroys it where that is meant", unset_destroys, |e| e.unset = true, Write::Delete, Remove),
        ("destroys it where that is meant, though it failed", unset_destroys,
            |e| { e.unset = true; e.failed = true }, Write::Delete, Remove),
    ]);
    #[rustfmt::skip]
    check(Origin::Fresh, &[
        ("costs no row", usual, |e| { e.unset = true; e.changed = true }, Write::Nothing, Leave),
        ("costs no row where empty sessions are saved", save_uninitialized, |e| e.unset = true, Write::Nothing, Leave),
        ("removes a worthless cookie where that is meant", unset_destroys,
            |e| { e.unset = true; e.cookie_presented = true }, Write::Nothing, Remove),
    ]);
}

/// Every combination there is: what holds whatever else was configured or happened.
#[test]
fn some_things_hold_in_every_case() {
    for bits in 0_u32..1 << 14 {
        let bit = |n: u32| bits >> n & 1 == 1;
        let policy = Policy {
            rolling: bit(0),
            resave: bit(1),
            save_uninitialized: bit(2),
            unset: if bit(3) { Unset::Destroy } else { Unset::Keep },
            on_error: if bit(4) { OnError::Save } else { OnError::Drop },
            ..policy()
        };
        for origin in [Origin::Fresh, Origin::Late, Origin::Live] {
            for intent in [Intent::Keep, Intent::Renew, Intent::Login, Intent::Regenerate, Intent::Destroy] {
                let ended = Ended {
                    origin,
                    intent,
                    changed: bit(5),
                    unset: bit(6),
                    touch_due: bit(7),
                    signed_with_old_key: bit(8),
                    persistent: bit(9),
                    cookie_owed: bit(10) && origin == Origin::Live,
                    cookie_presented: bit(11),
                    failed: bit(12),
                    over: bit(13),
                    express: None,
                };
                assert_sound(&policy, ended);
            }
        }
    }
}

fn assert_sound(policy: &Policy, ended: Ended) {
    let Decision { write, cookie } = decide(policy, ended);
    let case = format!("{write:?}, {cookie:?} of {ended:?} under {policy:?}");
    let makes_an_id = matches!(write, Write::Create | Write::Renew | Write::Restart);
    assert!(!makes_an_id || cookie == Set, "the browser is not told its new id: {case}");
    match ended.origin {
        Origin::Fresh => assert!(matches!(write, Write::Nothing | Write::Create), "{case}"),
        Origin::Late => {
            assert!(matches!(write, Write::Nothing | Write::Create | Write::Delete), "{case}");
        }
        Origin::Live => {
            assert_ne!(write, Write::Create, "{case}");
            assert_eq!(write == Write::Delete, cookie == Remove, "{case}");
        }
    }
    if ended.origin == Origin::Late {
        assert_eq!(cookie == Set, write == Write::Create, "a late request overwrites a newer cookie: {case}");
        assert_ne!(cookie, Remove, "a late request removes a newer cookie: {case}");
    }
    if ended.intent == Intent::Destroy && !ended.unset {
        assert_ne!(cookie, Set, "a session that was signed out is handed out: {case}");
    }
}
