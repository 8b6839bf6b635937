//! Rows, times, and outcomes that nobody knows.

use super::super::Invariant::{I2, I3, I5, I7};
use super::story::{At, MS, Story, UNCACHED, answer, seen};
use crate::history::{Call, CookieSaid, Seen};

#[test]
fn a_session_whose_renewal_nobody_answered_is_there_under_one_id_or_the_other() {
    for (read_is_refused, is_in_the_table, is_true) in
        [(false, true, true), (true, true, true), (true, false, false)]
    {
        let mut story = Story::new(UNCACHED);
        let (no, cookie) = story.create(At(0, 1, 0));
        story.reads(At(2, 3, 0), cookie, seen(&[no], 1, &[]));
        story.maybe(At(4, 5, 0), Call::Renew, cookie);
        match read_is_refused {
            true => story.refused(At(6, 7, 1), Call::Read, cookie),
            false => story.reads(At(6, 7, 1), cookie, seen(&[no], 1, &[])),
        };
        let rows = if is_in_the_table { vec![seen(&[no], 1, &[])] } else { vec![] };
        story.census(At(8, 9, 0), rows);
        match is_true {
            true => story.is_true(),
            false => story.is_against(I2),
        }
    }
}

#[test]
fn a_beginning_that_nobody_answered_makes_one_row_or_none() {
    let mut one = Story::new(UNCACHED);
    let no = one.maybe_create(At(0, 1, 0));
    one.census(At(2, 3, 0), vec![seen(&[no], 1, &[])]);
    one.is_true();

    let mut two = Story::new(UNCACHED);
    let no = two.maybe_create(At(0, 1, 0));
    let other = Seen { handle: uuid::Uuid::from_u128(99), ..seen(&[no], 1, &[]) };
    two.census(At(2, 3, 0), vec![seen(&[no], 1, &[]), other]);
    assert!(two.found().contains(&I7), "{:?}", two.found());
}

#[test]
fn a_beginning_that_was_acknowledged_is_in_the_table_even_if_nobody_ever_asked_for_it() {
    let mut story = Story::new(UNCACHED);
    story.create(At(0, 1, 0));
    story.census(At(2, 3, 0), vec![]);
    story.is_against(I2);
}

#[test]
fn who_was_refused_or_late_has_made_no_row() {
    let mut late = Story::new(UNCACHED);
    let (no, cookie) = late.create(At(0, 1, 0));
    late.logout(At(2, 3, 0), cookie, seen(&[no], 1, &[]));
    let late_one = late.event(At(4, 5, 0), Call::Create, Some(cookie), answer(None, CookieSaid::Nothing));
    late.is_true();
    late.census(At(6, 7, 0), vec![seen(&[late_one], 1, &[])]);
    late.is_against(I7);

    let mut nobody = Story::new(UNCACHED);
    nobody.create(At(0, 1, 0));
    nobody.census(At(6, 7, 0), vec![seen(&[0], 1, &[]), Seen::default()]);
    nobody.is_against(I7);
}

#[test]
fn a_stranger_sees_no_session_and_gets_a_cookie_for_beginning_one() {
    let mut shown = Story::new(UNCACHED);
    let (no, _) = shown.create(At(0, 1, 0));
    shown.event(At(2, 3, 0), Call::Read, None, answer(Some(seen(&[no], 1, &[])), CookieSaid::Nothing));
    shown.is_against(I3);

    let mut without = Story::new(UNCACHED);
    without.event(At(2, 3, 0), Call::Create, None, answer(None, CookieSaid::Nothing));
    without.is_against(I2);
}

#[test]
fn nobody_lives_longer_than_they_may() {
    let mut unused = Story::new(UNCACHED);
    let (no, cookie) = unused.create(At(0, 1, 0));
    unused.reads(At(6_100, 6_101, 0), cookie, seen(&[no], 1, &[]));
    unused.is_against(I5);

    let mut used = Story::new(UNCACHED);
    let (no, cookie) = used.create(At(0, 1, 0));
    for second in 1..=25 {
        let at = second * 1_000;
        used.writes(At(at - 500, at - 499, 0), Call::Touch, cookie, seen(&[no], 1, &[]));
    }
    used.is_true();
    used.reads(At(25_100, 25_101, 0), cookie, seen(&[no], 1, &[]));
    used.is_against(I5);
}

#[test]
fn a_deadline_does_not_move_and_nobody_has_more_time_than_the_idle_time() {
    let mut moved = Story::new(UNCACHED);
    let (no, cookie) = moved.create(At(0, 1, 0));
    moved.reads(At(2, 3, 0), cookie, seen(&[no], 1, &[]));
    moved.reads(At(4, 5, 0), cookie, Seen { deadline: 2_000_000, ..seen(&[no], 1, &[]) });
    moved.is_against(I5);

    let mut long = Story::new(UNCACHED);
    let (no, cookie) = long.create(At(0, 1, 0));
    long.reads(At(2, 3, 0), cookie, Seen { remaining: 6_100 * MS, ..seen(&[no], 1, &[]) });
    long.is_against(I5);
}
