//! express-session's matrix of options, as it was observed: which of save (S), touch (T) and cookie (C)
//! happens.

use std::time::Duration;

use super::*;
use crate::policy::{Dialect, OnError, Throttle};

fn policy(resave: bool, save_uninitialized: bool, rolling: bool) -> Policy {
    Policy {
        dialect: Dialect::Express,
        rolling,
        resave,
        save_uninitialized,
        unset: Unset::Keep,
        on_error: OnError::Save,
        touch: Throttle { ratio: 0.0, at_most: Duration::ZERO },
    }
}

/// A request that did nothing with its session.
fn idle(origin: Origin, policy: &Policy, persistent: bool) -> (Ended, Facts) {
    let is_new = origin == Origin::Fresh;
    let facts = Facts {
        is_new,
        has_other_id: false,
        modified: false,
        saved: !is_new && !policy.resave,
        lifetime_changed: false,
    };
    let ended = Ended {
        origin,
        intent: Intent::Keep,
        over: false,
        changed: false,
        unset: false,
        touch_due: !is_new,
        signed_with_old_key: false,
        persistent,
        cookie_owed: false,
        cookie_presented: !is_new,
        failed: false,
        express: None,
    };
    (ended, facts)
}

fn modified((ended, facts): (Ended, Facts)) -> (Ended, Facts) {
    (ended, Facts { modified: true, saved: false, ..facts })
}

fn letters(policy: &Policy, (ended, facts): (Ended, Facts)) -> String {
    let Decision { write, cookie } = super::decide(policy, ended, facts);
    let write = match write {
        Write::Create | Write::Update | Write::Restart | Write::Renew => "S",
        Write::Touch => "T",
        Write::Delete => "D",
        Write::Nothing => "",
    };
    let cookie = match cookie {
        CookieMove::Set => "C",
        CookieMove::Leave => "",
        CookieMove::Remove => "removal",
    };
    format!("{write}{cookie}")
}

#[test]
fn every_combination_of_the_options_does_what_express_session_does() {
    let (f, t) = (false, true);
    // resave, saveUninitialized, rolling, with a maxAge; new and unmodified, new and modified,
    // existing and unmodified, existing and modified.
    #[rustfmt::skip]
    let matrix = [
        (f, f, f, f, ["",   "SC", "T",  "S"]),
        (f, f, f, t, ["",   "SC", "T",  "SC"]),
        (f, f, t, f, ["",   "SC", "TC", "SC"]),
        (f, f, t, t, ["",   "SC", "TC", "SC"]),
        (f, t, f, f, ["SC", "SC", "T",  "S"]),
        (f, t, f, t, ["SC", "SC", "T",  "SC"]),
        (f, t, t, f, ["SC", "SC", "TC", "SC"]),
        (f, t, t, t, ["SC", "SC", "TC", "SC"]),
        (t, f, f, f, ["",   "SC", "S",  "S"]),
        (t, f, f, t, ["",   "SC", "S",  "SC"]),
        (t, f, t, f, ["",   "SC", "SC", "SC"]),
        (t, f, t, t, ["",   "SC", "SC", "SC"]),
        (t, t, f, f, ["SC", "SC", "S",  "S"]),
        (t, t, f, t, ["SC", "SC", "S",  "SC"]),
        (t, t, t, f, ["SC", "SC", "SC", "SC"]),
        (t, t, t, t, ["SC", "SC", "SC", "SC"]),
    ];
    for (resave, save_uninitialized, rolling, persistent, expected) in matrix {
        let policy = policy(resave, save_uninitialized, rolling);
        let idle = |origin| idle(origin, &policy, persistent);
        let cases = [
            idle(Origin::Fresh),
            modified(idle(Origin::Fresh)),
            idle(Origin::Live),
            modified(idle(Origin::Live)),
        ];
        let seen = cases.map(|case| letters(&policy, case));
        assert_eq!(seen, expected, "{policy:?}, with a maxAge: {persistent}");
    }
}

#[test]
fn a_session_that_is_gone_ends_without_a_word_about_the_cookie() {
    let keep = policy(true, true, true);
    let destroy = Policy { unset: Unset::Destroy, ..keep.clone() };
    let case = |origin, happen: fn(&mut Ended)| {
        let (mut ended, facts) = modified(idle(origin, &keep, true));
        happen(&mut ended);
        (ended, facts)
    };
    let unset: fn(&mut Ended) = |ended| ended.unset = true;
    let destroyed: fn(&mut Ended) = |ended| ended.intent = Intent::Destroy;
    let regenerated_then_unset: fn(&mut Ended) = |ended| {
        (ended.intent, ended.over, ended.unset) = (Intent::Regenerate, true, true);
    };
    assert_eq!(letters(&keep, case(Origin::Live, unset)), "");
    assert_eq!(letters(&destroy, case(Origin::Live, unset)), "D");
    assert_eq!(letters(&keep, case(Origin::Live, destroyed)), "D");
    assert_eq!(letters(&keep, case(Origin::Live, regenerated_then_unset)), "D");
    for gone in [unset, destroyed, regenerated_then_unset] {
        assert_eq!(letters(&destroy, case(Origin::Fresh, gone)), "");
    }
}

#[test]
fn a_regenerated_session_is_saved_and_handed_out_even_if_it_is_empty() {
    let strict = policy(false, false, false);
    for origin in [Origin::Fresh, Origin::Live] {
        let (mut ended, facts) = idle(origin, &strict, false);
        ended.intent = Intent::Regenerate;
        let facts = Facts { is_new: true, has_other_id: true, ..facts };
        assert_eq!(letters(&strict, (ended, facts)), "SC", "{origin:?}");
    }
}

#[test]
fn a_lifetime_that_alone_was_changed_is_a_touch_and_no_reason_for_a_cookie() {
    let strict = policy(false, false, false);
    let (ended, facts) = idle(Origin::Live, &strict, true);
    let rarely = Ended { touch_due: false, ..ended };
    assert_eq!(letters(&strict, (rarely, facts)), "");
    assert_eq!(letters(&strict, (rarely, Facts { lifetime_changed: true, ..facts })), "T");
}

#[test]
fn a_new_session_that_was_saved_by_hand_gets_a_cookie_only_if_it_was_modified() {
    let strict = policy(false, false, false);
    let (ended, facts) = idle(Origin::Live, &strict, false);
    let saved = Facts { is_new: true, saved: true, ..facts };
    assert_eq!(letters(&strict, (ended, saved)), "");
    assert_eq!(letters(&strict, (ended, Facts { modified: true, ..saved })), "C");
    assert_eq!(letters(&policy(false, true, false), (ended, saved)), "C");
}

#[test]
fn a_save_by_hand_writes_what_there_is_changed_or_not() {
    let strict = policy(false, false, false);
    let (new, _) = idle(Origin::Fresh, &strict, false);
    let (existing, _) = idle(Origin::Live, &strict, false);
    assert_eq!(save(new), Write::Create);
    assert_eq!(save(existing), Write::Update);
    assert_eq!(save(Ended { intent: Intent::Regenerate, ..existing }), Write::Restart);
    assert_eq!(save(Ended { intent: Intent::Destroy, ..new }), Write::Nothing);
}

#[test]
fn a_failure_that_drops_changes_leaves_nothing_to_save() {
    let dropping = Policy { on_error: OnError::Drop, ..policy(true, false, false) };
    let (ended, facts) = modified(idle(Origin::Live, &dropping, true));
    let failed = Ended { failed: true, express: Some(facts), ..ended };
    let decision = crate::decide::decide(&dropping, failed);
    assert_eq!((decision.write, decision.cookie), (Write::Touch, CookieMove::Leave));
}

#[test]
fn a_failure_that_drops_changes_drops_a_new_lifetime_too() {
    let dropping = Policy { on_error: OnError::Drop, ..policy(false, false, false) };
    let (ended, facts) = idle(Origin::Live, &dropping, true);
    let facts = Facts { lifetime_changed: true, ..facts };
    let failed = Ended { failed: true, touch_due: false, express: Some(facts), ..ended };
    let decision = crate::decide::decide(&dropping, failed);
    assert_eq!((decision.write, decision.cookie), (Write::Nothing, CookieMove::Leave));
}

#[test]
fn a_failed_request_that_had_saved_by_hand_tells_the_browser_of_what_is_there() {
    let strict = policy(false, false, false);
    let (ended, facts) = idle(Origin::Live, &strict, false);
    let saved = Facts { is_new: true, saved: true, ..facts };
    let with = |failed, cookie_owed| letters(&strict, (Ended { failed, cookie_owed, ..ended }, saved));
    assert_eq!([with(true, true), with(true, false), with(false, true)], ["C", "", ""]);
}

#[test]
fn a_cookie_that_goes_out_again_has_found_the_session_alive_whether_or_not_a_touch_was_due() {
    let rolling = policy(false, false, true);
    let (ended, facts) = idle(Origin::Live, &rolling, false);
    assert_eq!(letters(&rolling, (Ended { touch_due: false, ..ended }, facts)), "TC");
}

#[test]
fn a_new_id_is_a_renewal_and_no_mere_save() {
    let strict = policy(false, false, false);
    let (ended, facts) = modified(idle(Origin::Live, &strict, false));
    let renewed = Ended { intent: Intent::Renew, ..ended };
    let facts = Facts { is_new: true, has_other_id: true, ..facts };
    let expected = Decision { write: Write::Renew, cookie: CookieMove::Set };
    assert_eq!(super::decide(&strict, renewed, facts), expected);
}
