//! `./dev bench timing`: whether the time that it takes to refuse a forged cookie tells how much of its signature is
//! right.
//!
//! In the way of dudect (Reparaz, Balasch and Verbauwhede, "Dude, is my code constant time?", 2017): cookies of two
//! kinds in a random order, a million of each, without the slowest tenth, and Welch's t of the two means. From 4.5 on
//! they differ. A comparison that stops at the first difference is measured as well, to see that this would be seen.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use actix_pg_session::Data;
use actix_pg_session::bench_internals::Parts;

/// Of each kind.
const SAMPLES: usize = 1_000_000;

/// From here on the means differ.
const DIFFERENT: f64 = 4.5;

pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let forger = Forger::new();
    let ours = t(&forger, |value| forger.parts.verify(value));
    let careless = t(&forger, |value| is_equal_until_it_differs(forger.parts.sign().as_bytes(), value));
    println!("wrong at once, or near the end; {SAMPLES} of each kind:");
    println!("  this crate: t = {ours:+.2}");
    println!("  comparing the signatures byte by byte: t = {careless:+.2}");
    if careless.abs() < DIFFERENT {
        return Err("not even a comparison byte by byte was noticed: this machine is too busy to tell".into());
    }
    if ours.abs() >= DIFFERENT {
        return Err("the time tells where a signature is wrong".into());
    }
    Ok(())
}

/// Refuses so many cookies that are wrong at this place, for callgrind to count.
pub(crate) fn refuse(place: &str, how_many: &str) -> Result<(), Box<dyn Error>> {
    let (forger, how_many) = (Forger::new(), how_many.parse::<u64>()?);
    let value = match place {
        "first" => &forger.wrong_at_once,
        "last" => &forger.wrong_near_the_end,
        _ => return Err("a place is first or last".into()),
    };
    match (0..how_many).any(|_| forger.parts.verify(black_box(value.as_bytes()))) {
        true => Err("a forged cookie is believed".into()),
        false => Ok(()),
    }
}

struct Forger {
    parts: Parts,
    wrong_at_once: String,
    wrong_near_the_end: String,
}

impl Forger {
    fn new() -> Self {
        let parts = (0..).filter_map(|n| {
            Parts::new(&format!("secret {n} of the benchmarks, of thirty-two bytes"), Data::default()).ok()
        });
        // One whose signature takes no escapes, so that both cookies are of one length.
        let signed = parts.map(|parts| (parts.sign(), parts));
        let (value, parts) = { signed }
            .find(|(value, _)| value.rsplit('.').next().is_some_and(|mac| !mac.contains('%')))
            .expect("every third has none");
        let mac = value.rfind('.').map_or(0, |dot| dot + 1);
        let wrong = |place: usize| {
            let other = if value[place..].starts_with('A') { "B" } else { "A" };
            format!("{}{other}{}", &value[..place], &value[place + 1..])
        };
        // The last character holds bits that are no part of the signature.
        Self { wrong_at_once: wrong(mac), wrong_near_the_end: wrong(value.len() - 2), parts }
    }
}

/// Welch's t of the times in which the two kinds are refused.
fn t(forger: &Forger, is_believed: impl Fn(&[u8]) -> bool) -> f64 {
    let kinds = [forger.wrong_at_once.as_bytes(), forger.wrong_near_the_end.as_bytes()];
    let mut times = [Vec::with_capacity(SAMPLES), Vec::with_capacity(SAMPLES)];
    let mut value = kinds[0].to_vec();
    let mut random = 1_u64;
    while times.iter().any(|times| times.len() < SAMPLES) {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let kind = usize::from(random >> 63 == 1);
        // Both at one place in memory.
        value.copy_from_slice(kinds[kind]);
        let begin = Instant::now();
        let answer = is_believed(black_box(&value));
        let took = begin.elapsed();
        assert!(!answer, "a forged cookie is believed");
        times[kind].push(took.as_secs_f64() * 1e9);
    }
    let mut all = times.concat();
    all.sort_by(f64::total_cmp);
    let slowest = all[all.len() * 9 / 10];
    let [once, end] = times.map(|times| Moments::of(times.into_iter().filter(|time| *time < slowest)));
    (once.mean - end.mean) / (once.variance / once.count + end.variance / end.count).sqrt()
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for value in values {
            count += 1.0;
            let off = value - mean;
            mean += off / count;
            squares += off * (value - mean);
        }
        Self { count, mean, variance: squares / (count - 1.0) }
    }
}

/// What nobody should do.
fn is_equal_until_it_differs(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one == other)
}

#[cfg(test)]
mod tests {
    use super::{Forger, Moments};

    #[test]
    fn the_forged_cookies_differ_from_the_real_one_in_one_character_each() {
        let forger = Forger::new();
        let real = forger.parts.sign();
        let places = |forged: &str| -> Vec<usize> {
            assert_eq!(forged.len(), real.len());
            (0..real.len()).filter(|at| forged.as_bytes()[*at] != real.as_bytes()[*at]).collect()
        };
        let dot = real.rfind('.').expect("a dot");
        assert_eq!(places(&forger.wrong_at_once), [dot + 1]);
        assert_eq!(places(&forger.wrong_near_the_end), [dot + 42]);
        assert!(forger.parts.verify(real.as_bytes()));
        assert!(!forger.parts.verify(forger.wrong_near_the_end.as_bytes()));
    }

    #[test]
    fn mean_and_variance_are_those_of_the_sample() {
        let moments = Moments::of([2.0, 4.0, 4.0, 6.0].into_iter());
        assert!((moments.mean - 4.0).abs() < 1e-12 && (moments.variance - 8.0 / 3.0).abs() < 1e-12);
    }
}
