//! Values, counters and versions.

use super::super::Invariant::{I1, I2, I3, I4, I8};
use super::story::{At, CACHED, Story, UNCACHED, answer, of, seen};
use crate::history::{Call, CookieSaid, Outcome};

#[test]
fn what_was_acknowledged_is_seen_until_something_else_is() {
    // While the second write is under way, and after it.
    for (read, is_new, is_true) in [
        (At(15, 40, 1), false, true),
        (At(15, 40, 1), true, true),
        (At(21, 25, 1), false, false),
        (At(21, 25, 1), true, true),
    ] {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 1, 0));
        let old = story.writes(At(2, 3, 0), Call::Set("a"), cookie, seen(&[no], 1, &[]));
        let new = story.writes(At(10, 20, 0), Call::Set("a"), cookie, seen(&[no], 2, &[("a", old)]));
        let (set, version) = if is_new { (new, 3) } else { (old, 2) };
        story.reads(read, cookie, seen(&[no], version, &[("a", set)]));
        match is_true {
            true => story.is_true(),
            false => story.is_against(I2),
        }
    }
}

#[test]
fn what_was_not_yet_asked_for_is_not_seen() {
    let mut story = Story::new(UNCACHED);
    let (no, cookie) = story.create(At(0, 1, 0));
    story.reads(At(5, 9, 1), cookie, seen(&[no], 2, &[("a", 2)]));
    story.writes(At(10, 20, 0), Call::Set("a"), cookie, seen(&[no], 2, &[("a", 2)]));
    assert!(story.found().contains(&I3), "{:?}", story.found());
}

#[test]
fn a_removal_is_seen_and_not_forgotten() {
    let mut story = Story::new(UNCACHED);
    let (no, cookie) = story.create(At(0, 1, 0));
    let set = story.writes(At(2, 3, 0), Call::Set("a"), cookie, seen(&[no], 1, &[]));
    story.writes(At(4, 5, 1), Call::Remove("a"), cookie, seen(&[no], 2, &[("a", set)]));
    story.reads(At(6, 7, 0), cookie, seen(&[no], 3, &[]));
    story.is_true();
    story.reads(At(8, 9, 0), cookie, seen(&[no], 4, &[("a", set)]));
    story.is_against(I2);
}

#[test]
fn a_value_does_not_vanish_by_itself() {
    let mut story = Story::new(UNCACHED);
    let (no, cookie) = story.create(At(0, 1, 0));
    story.writes(At(2, 3, 0), Call::Set("a"), cookie, seen(&[no], 1, &[]));
    story.reads(At(6, 7, 1), cookie, seen(&[no], 2, &[]));
    story.is_against(I2);
}

#[test]
fn a_write_that_nobody_answered_is_there_or_not_but_does_not_come_and_go() {
    for (first, second, is_true) in
        [(false, false, true), (false, true, true), (true, true, true), (true, false, false)]
    {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 1, 0));
        let set = story.maybe(At(2, 3, 0), Call::Set("a"), cookie);
        for (at, is_there) in [(At(10, 11, 1), first), (At(20, 21, 1), second)] {
            let values = [("a", set)];
            let version = if is_there || (first && at.0 == 20) { 2 } else { 1 };
            story.reads(at, cookie, seen(&[no], version, if is_there { &values } else { &[] }));
        }
        match is_true {
            true => story.is_true(),
            false => assert!(story.found().contains(&I2), "{:?}", story.found()),
        }
    }
}

#[test]
fn a_write_that_was_told_there_is_no_session_is_never_seen() {
    let mut story = Story::new(UNCACHED);
    let (no, cookie) = story.create(At(0, 1, 0));
    story.maybe(At(2, 3, 0), Call::Renew, cookie);
    let set = story.shows(At(4, 5, 0), Call::Set("a"), cookie, seen(&[no], 1, &[]));
    story.census(At(6, 7, 0), vec![seen(&[no], 2, &[("a", set)])]);
    story.is_against(I1);
}

#[test]
fn a_cache_may_show_an_old_value_for_as_long_as_it_says_and_not_where_it_was_replaced() {
    for (read, is_true) in [(At(900, 901, 1), true), (At(1_100, 1_101, 1), false), (At(30, 31, 0), false)] {
        let mut story = Story::new(CACHED);
        let (no, cookie) = story.create(At(0, 1, 0));
        let old = story.writes(At(2, 3, 0), Call::Set("a"), cookie, seen(&[no], 1, &[]));
        story.writes(At(4, 5, 0), Call::Set("a"), cookie, seen(&[no], 2, &[("a", old)]));
        story.reads(read, cookie, seen(&[no], 2, &[("a", old)]));
        match is_true {
            true => story.is_true(),
            false => assert!(story.found().contains(&I2), "{:?}", story.found()),
        }
    }
}

#[test]
fn what_another_process_has_seen_of_a_write_under_way_is_not_yet_known_where_it_is_made() {
    let mut story = Story::new(CACHED);
    let (no, cookie) = story.create(At(0, 1, 0));
    let set = story.writes(At(10, 30, 0), Call::Set("a"), cookie, seen(&[no], 1, &[]));
    story.reads(At(12, 15, 1), cookie, seen(&[no], 2, &[("a", set)]));
    story.reads(At(20, 25, 0), cookie, seen(&[no], 1, &[]));
    story.is_true();
    story.reads(At(40, 45, 0), cookie, seen(&[no], 1, &[]));
    story.is_against(I2);
}

#[test]
fn no_step_of_a_counter_is_lost_or_made_twice() {
    for (n, is_true) in [(0, false), (1, true), (2, true), (3, false)] {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 1, 0));
        story.writes(At(2, 3, 0), Call::Count, cookie, seen(&[no], 1, &[]));
        story.maybe(At(4, 5, 1), Call::Count, cookie);
        story.reads(At(10, 11, 2), cookie, seen(&[no], 3, &[("n", n)]));
        match is_true {
            true => story.is_true(),
            false => story.is_against(I2),
        }
    }
}

#[test]
fn nobody_sees_what_was_stored_in_another_session() {
    let mut story = Story::new(UNCACHED);
    let (one, cookie) = story.create(At(0, 1, 0));
    let (two, other) = story.create(At(2, 3, 0));
    let set = story.writes(At(4, 5, 0), Call::Set("a"), cookie, seen(&[one], 1, &[]));
    story.reads(At(6, 7, 0), other, seen(&[two], 1, &[("a", set)]));
    story.is_against(I3);
}

#[test]
fn a_cookie_shows_its_own_session() {
    let mut story = Story::new(UNCACHED);
    let (one, _) = story.create(At(0, 1, 0));
    let (_, other) = story.create(At(2, 3, 0));
    story.reads(At(6, 7, 0), other, seen(&[one], 1, &[]));
    assert!(story.found().contains(&I3));
}

#[test]
fn a_sign_in_keeps_what_was_there_unless_it_was_somebody_else_s() {
    for (owner, is_kept, is_true) in
        [("ann", true, true), ("ann", false, false), ("bob", true, false), ("bob", false, true)]
    {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 1, 0));
        let (ann, cookie) = story.moves(At(2, 3, 0), Call::Login("ann"), cookie, seen(&[no], 1, &[]));
        let first = of("ann", seen(&[no, ann], 1, &[]));
        story.reads(At(4, 5, 0), cookie, first.clone());
        let owner: &'static str = owner;
        let (again, cookie) = story.moves(At(6, 7, 0), Call::Login(owner), cookie, first);
        let all = [no, ann, again];
        let trail = if is_kept { &all[..] } else { &all[2..] };
        story.reads(At(8, 9, 0), cookie, of(owner, seen(trail, 1, &[])));
        match (is_true, is_kept) {
            (true, _) => story.is_true(),
            (false, true) => story.is_against(I3),
            (false, false) => story.is_against(I2),
        }
    }
}

#[test]
fn a_sign_in_that_nobody_answered_may_have_come_after_a_sign_out_that_was_asked_for_later() {
    for (is_ended, is_true) in [(true, true), (false, false)] {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 1, 0));
        story.reads(At(2, 3, 0), cookie, seen(&[no], 1, &[]));
        let ann = story.maybe(At(4, 5, 0), Call::Login("ann"), cookie);
        if is_ended {
            story.logout(At(6, 7, 1), cookie, seen(&[no], 1, &[]));
        }
        story.census(At(8, 9, 0), vec![of("ann", seen(&[ann], 1, &[]))]);
        match is_true {
            true => story.is_true(),
            false => story.is_against(I2),
        }
    }
}

#[test]
fn a_value_outlives_a_sign_in() {
    for is_there in [true, false] {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 1, 0));
        let set = story.writes(At(2, 3, 0), Call::Set("a"), cookie, seen(&[no], 1, &[]));
        let values = [("a", set)];
        let (ann, cookie) = story.moves(At(4, 5, 0), Call::Login("ann"), cookie, seen(&[no], 2, &values));
        let left = if is_there { &values[..] } else { &[] };
        story.reads(At(6, 7, 0), cookie, of("ann", seen(&[no, ann], 1, left)));
        match is_there {
            true => story.is_true(),
            false => story.is_against(I2),
        }
    }
}

#[test]
fn a_value_outlives_two_sign_ins_also_if_nobody_saw_what_was_between_them() {
    for is_there in [true, false] {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 1, 0));
        let set = story.writes(At(2, 3, 0), Call::Set("a"), cookie, seen(&[no], 1, &[]));
        let values = [("a", set)];
        let (ann, cookie) = story.moves(At(4, 5, 0), Call::Login("ann"), cookie, seen(&[no], 2, &values));
        let again = story.maybe(At(6, 7, 0), Call::Login("ann"), cookie);
        let left = if is_there { &values[..] } else { &[] };
        story.census(At(8, 9, 0), vec![of("ann", seen(&[no, ann, again], 1, left))]);
        match is_there {
            true => story.is_true(),
            false => story.is_against(I2),
        }
    }
}

#[test]
fn versions_never_go_back_and_have_one_content() {
    let mut back = Story::new(UNCACHED);
    let (no, cookie) = back.create(At(0, 1, 0));
    back.reads(At(2, 3, 0), cookie, seen(&[no], 2, &[]));
    back.reads(At(4, 5, 1), cookie, seen(&[no], 1, &[]));
    back.is_against(I4);

    let mut two = Story::new(UNCACHED);
    let (no, cookie) = two.create(At(0, 1, 0));
    let set = two.maybe(At(2, 9, 0), Call::Set("a"), cookie);
    two.reads(At(4, 7, 1), cookie, seen(&[no], 1, &[]));
    two.reads(At(5, 8, 1), cookie, seen(&[no], 1, &[("a", set)]));
    two.is_against(I4);
}

#[test]
fn what_is_stored_together_is_seen_together() {
    let mut story = Story::new(UNCACHED);
    let (no, cookie) = story.create(At(0, 1, 0));
    let both = story.maybe(At(2, 3, 0), Call::Both, cookie);
    story.reads(At(4, 5, 0), cookie, seen(&[no], 1, &[]));
    story.reads(At(6, 7, 0), cookie, seen(&[no], 2, &[("p", both), ("q", both)]));
    story.is_true();
    let mut story = Story::new(UNCACHED);
    let (no, cookie) = story.create(At(0, 1, 0));
    let both = story.maybe(At(2, 3, 0), Call::Both, cookie);
    story.reads(At(6, 7, 0), cookie, seen(&[no], 2, &[("p", both)]));
    story.is_against(I8);
}

#[test]
fn a_value_and_its_line_are_there_together() {
    // Acknowledged, seen, and left a line.
    for (is_told, is_seen, has_left, is_true) in [
        (true, false, true, true),
        (true, false, false, false),
        (false, true, true, true),
        (false, true, false, false),
        (false, false, true, true),
        (false, false, false, true),
    ] {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 1, 0));
        let call = Call::SetWithLine("a");
        let set = match is_told {
            true => story.writes(At(2, 3, 0), call, cookie, seen(&[no], 1, &[])),
            false => story.maybe(At(2, 3, 0), call, cookie),
        };
        if is_seen {
            story.reads(At(4, 5, 1), cookie, seen(&[no], 2, &[("a", set)]));
        }
        story.history.lines = Some(has_left.then_some(set).into_iter().collect());
        match is_true {
            true => story.is_true(),
            false => story.is_against(I8),
        }
    }
}

#[test]
fn who_was_refused_for_certain_has_left_neither_a_line_nor_a_value() {
    for (has_left, is_seen, is_true) in [(false, false, true), (true, false, false), (false, true, false)] {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 1, 0));
        let undone = Outcome::Undone("undone".to_owned());
        let set = story.event(At(2, 3, 0), Call::SetWithLine("a"), Some(cookie), undone);
        if is_seen {
            story.reads(At(4, 5, 1), cookie, seen(&[no], 2, &[("a", set)]));
        }
        story.history.lines = Some(has_left.then_some(set).into_iter().collect());
        assert_eq!(story.found().is_empty(), is_true, "{:?}", story.found());
    }
}

#[test]
fn a_line_that_nobody_was_to_leave_is_noticed() {
    let mut story = Story::new(UNCACHED);
    let (no, _) = story.create(At(0, 1, 0));
    story.history.lines = Some([no].into());
    story.is_against(I8);
}

#[test]
fn what_was_stored_past_the_request_is_seen_and_the_cookie_says_nothing_of_it() {
    for (is_done, said, is_seen, is_true) in [
        (true, CookieSaid::Nothing, true, true),
        (true, CookieSaid::Keep, false, false),
        (true, CookieSaid::Nothing, false, false),
    ] {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 1, 0));
        let mut outcome = answer(Some(seen(&[no], 1, &[])), said);
        if let Outcome::Ok(answer) = &mut outcome {
            answer.done = is_done;
        }
        let set = story.event(At(2, 3, 0), Call::SetDetached("a"), Some(cookie), outcome);
        let values = [("a", set)];
        story.reads(At(4, 5, 1), cookie, seen(&[no], 2, if is_seen { &values } else { &[] }));
        match is_true {
            true => story.is_true(),
            false => story.is_against(I2),
        }
    }
}
