//! Sessions in bulk, in both directions.

mod from_node;
mod from_rust;

use std::io::Write as _;
use std::panic::resume_unwind;

use actix_web::rt::System;

/// As short as in the examples that everybody has copied.
const SECRET: &str = "keyboard cat";

/// How many sessions are on their way at once.
const AT_ONCE: usize = 16;

/// How many sessions go in each direction: `INTEROP_SESSIONS`, or a hundred thousand.
fn sessions() -> usize {
    let given = std::env::var("INTEROP_SESSIONS");
    given.map_or(100_000, |given| given.parse().expect("INTEROP_SESSIONS is a number"))
}

#[test]
fn a_hundred_thousand_sessions_cross_in_each_direction_without_a_difference() {
    let sessions = sessions();
    // Both at once: while Node writes on one side, Rust does on the other. Neither outlives the other.
    let (there, back) = std::thread::scope(|scope| {
        let there = scope.spawn(move || System::new().block_on(from_node::cross(sessions)));
        let back = scope.spawn(move || System::new().block_on(from_rust::cross(sessions)));
        (there.join(), back.join())
    });
    let there = there.unwrap_or_else(|panic| resume_unwind(panic));
    let back = back.unwrap_or_else(|panic| resume_unwind(panic));
    assert_eq!((there, back), (sessions, sessions));
    // Past the harness, which would keep it to itself.
    let line = format!("interop: {there} sessions Node -> Rust, {back} Rust -> Node, 0 differences\n");
    std::io::stdout().write_all(line.as_bytes()).expect("somewhere to print");
}
