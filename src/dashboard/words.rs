//! Times, numbers and browsers, as people say them.

use std::time::Duration;

use crate::admin::Counted;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `7 minutes`: the nearest number of the largest unit that fits.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let (unit, name) = match seconds {
        // A whole unit less a moment is still called by that unit.
        s if s >= DAY - MINUTE => (DAY, "day"),
        s if s >= HOUR - MINUTE => (HOUR, "hour"),
        s if s >= MINUTE => (MINUTE, "minute"),
        _ => (1, "second"),
    };
    counted((seconds + unit / 2) / unit, name)
}

/// `7 minutes ago`
pub(super) fn ago(time: Duration) -> String {
    if time.as_secs() < MINUTE { "just now".into() } else { format!("{} ago", span(time)) }
}

/// `1 session`, `2,000 sessions`
pub(super) fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{} {noun}s", number(count)),
    }
}

/// `1,234,567`
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three digits, and how many more of them there are: `9.87 million`.
pub(super) fn about(number_: u64) -> String {
    let scaled = |unit: f64| {
        let value = number_ as f64 / unit;
        let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
        format!("{value:.decimals$}")
    };
    match number_ {
        n if n >= 1_000_000 => format!("{} million", scaled(1e6)),
        n if n >= 10_000 => format!("{} thousand", scaled(1e3)),
        n => number(n),
    }
}

/// `1,234` or `more than 1,000`
pub(super) fn how_many(counted: Counted) -> String {
    match counted {
        Counted::Exactly(count) => number(count),
        Counted::MoreThan(count) => format!("more than {}", number(count)),
    }
}

/// `1.5 MB`
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let (mut value, mut unit) = (bytes as f64, "bytes");
    for next in UNITS {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, next);
    }
    if unit == "bytes" { format!("{bytes} bytes") } else { format!("{value:.1} {unit}") }
}

/// `Firefox on Windows`. Browsers claim to be each other, so the order matters, and the answer is a hint for people,
/// never a reason to trust anybody.
pub(super) fn browser(user_agent: Option<&str>) -> String {
    let Some(user_agent) = user_agent.filter(|text| !text.is_empty()) else { return "Unknown".into() };
    let find = |marks: &[(&str, &'static str)]| {
        marks.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = find(&[
        ("bot", "A robot"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrom", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some("A robot"), _) => "A robot".into(),
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.into(),
        // Programs call themselves by name and version.
        (None, None) => user_agent.split(['/', ' ']).next().unwrap_or_default().chars().take(30).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_to_a_unit_that_fits() {
        for (seconds, words) in [
            (1, "1 second"),
            (90, "2 minutes"),
            (3600, "1 hour"),
            (86_399, "1 day"),
            (14 * 86_400 - 2, "14 days"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), words);
        }
        assert_eq!(ago(Duration::from_secs(59)), "just now");
    }

    #[test]
    fn numbers_are_grouped_and_estimates_have_three_digits() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [9_999, 12_345, 9_876_543, 123_456_789].map(about),
            ["9,999", "12.3 thousand", "9.88 million", "123 million"]
        );
        assert_eq!([17, 1536, 5 << 30].map(bytes), ["17 bytes", "1.5 kB", "5.0 GB"]);
    }

    #[test]
    fn browsers_are_called_what_people_call_them() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/140.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0", "Edge on Windows"),
            ("Mozilla/5.0 (compatible; Googlebot/2.1)", "A robot"),
            ("curl/8.5.0", "curl"),
            ("", "Unknown"),
        ] {
            assert_eq!(browser(Some(user_agent)), name);
        }
    }
}
