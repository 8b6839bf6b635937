//! Where this crate differs from express-session on purpose: all of it, each with its reason.
//!
//! What is named here is counted and listed by every run. It excuses nothing but itself: any other
//! difference in the same exchange is a divergence.

use super::compare::Difference;
use super::options::Options;
use super::script::Request;

/// One thing that is meant to be different.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deliberate {
    pub(crate) name: &'static str,
    /// In one sentence.
    pub(crate) why: &'static str,
    /// As narrow as can be.
    pub(crate) applies: fn(&Case<'_>) -> bool,
}

/// A difference, and what it came of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) options: &'a Options,
    /// All requests of the script up to this one, which is the last.
    pub(crate) requests: &'a [&'a Request],
    pub(crate) difference: &'a Difference,
}

/// There is none.
pub(crate) const DELIBERATE: &[Deliberate] = &[];
