//! Good histories pass, and each invariant has bad ones that it finds.

mod story;
mod values;
mod whole;

use super::Invariant::{Answers, I1, I2, I6, I9, I10};
use crate::history::{Call, CookieSaid, Outcome};
use story::{At, CACHED, MS, Story, UNCACHED, answer, handle, of, seen};

#[test]
fn a_session_that_is_begun_used_and_ended_is_true() {
    let mut story = Story::new(UNCACHED);
    let (no, cookie) = story.create(At(0, 5, 0));
    let set = story.writes(At(10, 15, 1), Call::Set("a"), cookie, seen(&[no], 1, &[]));
    story.reads(At(20, 22, 2), cookie, seen(&[no], 2, &[("a", set)]));
    story.census(At(25, 26, 0), vec![seen(&[no], 2, &[("a", set)])]);
    story.list(At(27, 28, 1), vec![handle(no)]);
    story.logout(At(30, 35, 0), cookie, seen(&[no], 2, &[("a", set)]));
    story.refused(At(40, 42, 1), Call::Read, cookie);
    story.census(At(45, 46, 0), vec![]);
    story.is_true();
}

#[test]
fn nobody_is_alive_after_an_acknowledged_sign_out() {
    for (read, is_true) in [(At(11, 40, 1), true), (At(21, 40, 1), false)] {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 5, 0));
        story.logout(At(10, 20, 0), cookie, seen(&[no], 1, &[]));
        story.reads(read, cookie, seen(&[no], 1, &[]));
        match is_true {
            true => story.is_true(),
            false => story.is_against(I1),
        }
    }
}

#[test]
fn a_cache_may_be_late_but_not_longer_than_it_promises_and_not_in_the_same_process() {
    let reads = [(At(900, 901, 1), true), (At(1100, 1101, 1), false), (At(900, 901, 0), false)];
    for (read, is_true) in reads {
        let mut story = Story::new(CACHED);
        let (no, cookie) = story.create(At(0, 5, 0));
        story.logout(At(10, 20, 0), cookie, seen(&[no], 1, &[]));
        story.reads(read, cookie, seen(&[no], 1, &[]));
        match is_true {
            true => story.is_true(),
            false => story.is_against(I1),
        }
    }
}

#[test]
fn a_process_that_has_written_under_the_new_id_may_not_have_heard_that_the_old_one_was_left_elsewhere() {
    for (elsewhere, is_true) in [(1, true), (0, false)] {
        let mut story = Story::new(CACHED);
        let (no, old) = story.create(At(0, 5, 0));
        let (_, new) = story.moves(At(10, 20, elsewhere), Call::Renew, old, seen(&[no], 1, &[]));
        story.writes(At(30, 40, 0), Call::Set("a"), new, seen(&[no], 2, &[]));
        story.reads(At(50, 60, 0), old, seen(&[no], 1, &[]));
        match is_true {
            true => story.is_true(),
            false => story.is_against(I6),
        }
    }
}

#[test]
fn a_process_knows_at_once_whom_its_administrator_has_ended_unless_another_was_faster() {
    for (first, second, is_true) in [(None, 1, true), (None, 0, false), (Some(1), 0, true)] {
        let mut story = Story::new(CACHED);
        let (no, cookie) = story.create(At(0, 5, 0));
        if let Some(first) = first {
            story.admin(At(20, 35, first), Call::Revoke(handle(no)));
        }
        story.admin(At(30, 40, second), Call::Revoke(handle(no)));
        story.reads(At(50, 60, 0), cookie, seen(&[no], 1, &[]));
        match is_true {
            true => story.is_true(),
            false => story.is_against(I1),
        }
    }
}

#[test]
fn a_cache_writes_to_no_row_that_has_ended_however_late_it_is() {
    let mut story = Story::new(CACHED);
    let (no, cookie) = story.create(At(0, 5, 0));
    story.logout(At(10, 20, 0), cookie, seen(&[no], 1, &[]));
    story.writes(At(30, 40, 1), Call::Count, cookie, seen(&[no], 1, &[]));
    story.is_against(I1);
}

#[test]
fn who_was_found_to_be_over_stays_so() {
    let mut story = Story::new(UNCACHED);
    let (no, cookie) = story.create(At(0, 5, 0));
    // It may have happened.
    story.maybe(At(6, 8, 0), Call::Logout, cookie);
    story.refused(At(10, 12, 0), Call::Read, cookie);
    story.reads(At(20, 22, 1), cookie, seen(&[no], 1, &[]));
    story.is_against(I1);
}

#[test]
fn who_is_over_because_time_is_up_may_be_saved_by_a_write_that_was_under_way() {
    // The idle time is six seconds.
    for (write, missed, is_true) in [
        (At(5_990, 6_200, 0), At(6_100, 6_110, 1), true),
        (At(6_120, 6_200, 0), At(6_100, 6_110, 1), false),
        (At(3_990, 4_200, 0), At(4_100, 4_110, 1), false),
    ] {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 5, 0));
        let (first, second) = if write.0 < missed.0 { (true, false) } else { (false, true) };
        let write = |story: &mut Story| story.writes(write, Call::Set("a"), cookie, seen(&[no], 1, &[]));
        let mut set = first.then(|| write(&mut story));
        story.census(missed, vec![]);
        if second {
            set = Some(write(&mut story));
        }
        story.census(At(6_300, 6_301, 0), vec![seen(&[no], 2, &[("a", set.expect("written"))])]);
        match is_true {
            true => story.is_true(),
            false => assert!(story.found().contains(&I1)),
        }
    }
}

#[test]
fn an_owner_and_an_administrator_end_what_had_begun_before() {
    for (call, is_theirs) in [
        (Call::Revoke(handle(1)), true),
        (Call::Revoke(handle(0)), false),
        (Call::RevokeOwner("ann"), true),
        (Call::RevokeOwner("bob"), false),
        (Call::RevokeAll, true),
    ] {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 5, 0));
        let (_, cookie) = story.moves(At(6, 8, 0), Call::Login("ann"), cookie, seen(&[no], 1, &[]));
        story.admin(At(10, 15, 1), call.clone());
        story.reads(At(20, 22, 2), cookie, of("ann", seen(&[0, 1], 1, &[])));
        match is_theirs {
            true => story.is_against(I1),
            false => story.is_true(),
        }
    }
}

#[test]
fn a_late_sign_out_ends_what_the_session_has_become_but_not_what_a_sign_in_has_made_of_it() {
    for (call, is_ended) in [(Call::Renew, true), (Call::Login("ann"), false)] {
        let mut story = Story::new(UNCACHED);
        let (no, old) = story.create(At(0, 5, 0));
        let (_, new) = story.moves(At(6, 8, 0), call.clone(), old, seen(&[no], 1, &[]));
        // Too late to be shown a session.
        story.event(At(10, 12, 1), Call::Logout, Some(old), answer(None, CookieSaid::Nothing));
        match is_ended {
            true => story.reads(At(20, 22, 1), new, seen(&[no], 2, &[])),
            false => story.refused(At(20, 22, 1), Call::Read, new),
        };
        story.is_against(if is_ended { I1 } else { I2 });
    }
}

#[test]
fn an_id_that_was_left_is_dead_also_when_it_is_no_longer_remembered() {
    for at in [At(20, 22, 1), At(4_000, 4_002, 1)] {
        let mut story = Story::new(UNCACHED);
        let (no, old) = story.create(At(0, 5, 0));
        story.moves(At(6, 8, 0), Call::Renew, old, seen(&[no], 1, &[]));
        story.reads(at, old, seen(&[no], 2, &[]));
        story.is_against(I6);
    }
}

#[test]
fn a_session_that_nothing_has_ended_is_there() {
    let mut story = Story::new(UNCACHED);
    let (no, cookie) = story.create(At(0, 5, 0));
    story.reads(At(10, 12, 0), cookie, seen(&[no], 1, &[]));
    story.refused(At(20, 22, 1), Call::Read, cookie);
    story.is_against(I2);
}

#[test]
fn a_write_that_finds_nothing_has_found_that_the_session_is_over() {
    let mut story = Story::new(UNCACHED);
    let (no, cookie) = story.create(At(0, 5, 0));
    story.shows(At(10, 12, 0), Call::Count, cookie, seen(&[no], 1, &[]));
    story.is_against(I2);
}

#[test]
fn what_may_have_ended_it_or_time_is_a_reason_to_be_absent() {
    let excuses: [fn(&mut Story, usize) -> usize; 5] = [
        |story, cookie| story.maybe(At(10, 12, 0), Call::Logout, cookie),
        |story, cookie| story.maybe(At(10, 12, 0), Call::Renew, cookie),
        |story, _| story.admin(At(10, 9_000, 0), Call::RevokeAll),
        |story, _| story.event(At(10, 12, 0), Call::Revoke(handle(0)), None, story::unknown()),
        |story, _| story.admin(At(6_000, 6_001, 0), Call::Prune),
    ];
    for (which, excuse) in excuses.iter().enumerate() {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 5, 0));
        story.reads(At(6, 7, 0), cookie, seen(&[no], 1, &[]));
        excuse(&mut story, cookie);
        // The last one is only over by time.
        let at = if which == 4 { At(6_010, 6_011, 1) } else { At(20, 22, 1) };
        story.refused(at, Call::Read, cookie);
        story.is_true();
    }
}

#[test]
fn use_puts_the_end_off() {
    let mut story = Story::new(UNCACHED);
    let (no, cookie) = story.create(At(0, 5, 0));
    story.writes(At(4_000, 4_002, 0), Call::Touch, cookie, seen(&[no], 1, &[]));
    story.refused(At(6_500, 6_501, 1), Call::Read, cookie);
    story.is_against(I2);
}

#[test]
fn pruning_takes_nobody_who_lives() {
    let mut story = Story::new(UNCACHED);
    let (no, cookie) = story.create(At(0, 5, 0));
    story.reads(At(10, 12, 0), cookie, seen(&[no], 1, &[]));
    story.admin(At(15, 16, 0), Call::Prune);
    story.refused(At(20, 22, 1), Call::Read, cookie);
    story.is_against(I10);
}

#[test]
fn a_list_shows_nobody_who_is_dead_and_everybody_who_lives() {
    let mut dead = Story::new(UNCACHED);
    let (no, cookie) = dead.create(At(0, 5, 0));
    dead.logout(At(10, 12, 0), cookie, seen(&[no], 1, &[]));
    dead.list(At(20, 22, 1), vec![handle(no)]);
    dead.is_against(I9);

    let mut missing = Story::new(UNCACHED);
    let (no, cookie) = missing.create(At(0, 5, 0));
    missing.reads(At(6, 7, 0), cookie, seen(&[no], 1, &[]));
    missing.list(At(20, 22, 1), vec![]);
    missing.is_against(I9);

    // Whoever comes or goes meanwhile may be in it or not.
    for listed in [vec![], vec![handle(0)]] {
        let mut meanwhile = Story::new(UNCACHED);
        let (no, cookie) = meanwhile.create(At(0, 5, 0));
        meanwhile.reads(At(6, 7, 0), cookie, seen(&[no], 1, &[]));
        meanwhile.list(At(9, 22, 1), listed);
        meanwhile.logout(At(10, 12, 0), cookie, seen(&[no], 1, &[]));
        meanwhile.is_true();
    }
}

#[test]
fn nobody_waits_for_ever() {
    for (end, is_true) in [(14_000, true), (15_010, false)] {
        let mut story = Story::new(UNCACHED);
        let (_, cookie) = story.create(At(0, 5, 0));
        story.maybe(At(10, end, 0), Call::Read, cookie);
        match is_true {
            true => story.is_true(),
            false => story.is_against(Answers),
        }
    }
}

#[test]
fn nobody_gets_a_500() {
    let mut story = Story::new(UNCACHED);
    let (_, cookie) = story.create(At(0, 5, 0));
    story.event(At(10, 12, 0), Call::Read, Some(cookie), Outcome::Wrong("500".to_owned()));
    story.is_against(Answers);
    assert_eq!(story.history.events[1].begin, 10 * MS);
}
