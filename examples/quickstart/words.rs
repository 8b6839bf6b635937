//! Times, money and browsers, as people say them.

/// `7 minutes ago`
pub(crate) fn ago(seconds: i64) -> String {
    if seconds < 60 { "just now".into() } else { format!("{} ago", span(seconds)) }
}

/// `7 minutes`: the nearest number of the largest unit that fits.
pub(crate) fn span(seconds: i64) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let (unit, name) = match seconds {
        // A whole unit less a moment is still called by that unit.
        s if s >= DAY - MINUTE => (DAY, "day"),
        s if s >= HOUR - MINUTE => (HOUR, "hour"),
        s if s >= MINUTE => (MINUTE, "minute"),
        _ => (1, "second"),
    };
    counted((seconds.max(0) + unit / 2) / unit, name)
}

/// `1 book`, `2 books`
pub(crate) fn counted(count: impl Into<i64>, noun: &str) -> String {
    match count.into() {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

pub(crate) fn pounds(pence: u32) -> String {
    format!("£{}.{:02}", pence / 100, pence % 100)
}

/// `Firefox on Windows`. Browsers claim to be each other, so the order matters, and the answer is a
/// hint for people, never a reason to trust anybody.
pub(crate) fn browser(user_agent: &str) -> String {
    let find = |marks: &[(&str, &'static str)]| {
        marks.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = find(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrom", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
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
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.into(),
        (None, None) => "An unknown browser".into(),
    }
}
