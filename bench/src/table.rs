//! The outcome as Markdown.

use std::fmt::Write as _;

use crate::contenders::ALL;
use crate::outcome::{Group, Outcome};

const HEADING: &str = "| | requests/s | of floor | of ceiling | p50 ms | p99 ms | CPU µs: application + database | of floor | of ceiling | transactions | WAL bytes | requests/s, least–most |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
";

/// Every table, each under its heading.
pub(crate) fn tables(outcome: &Outcome) -> String {
    let about = &outcome.about;
    let mut text = format!(
        "{} cores, PostgreSQL {}{}, {} sessions, medians of {} rounds; {}.\n",
        about.cores,
        about.postgres,
        if about.is_durable { ", durable" } else { "" },
        about.sessions,
        about.rounds,
        about.date
    );
    for (workload, connections) in outcome.cases() {
        let title = workload.title();
        let plural = if connections == 1 { "" } else { "s" };
        let _ = write!(text, "\n### {title}, {connections} connection{plural}\n\n{HEADING}");
        let floor = outcome.group("floor", workload, connections);
        let ceiling = outcome.group("ceiling", workload, connections);
        for contender in ALL {
            if let Some(group) = outcome.group(contender.name, workload, connections) {
                text += &row(contender.title, &group, floor.as_ref(), ceiling.as_ref());
            }
        }
    }
    text
}

fn row(title: &str, group: &Group, floor: Option<&Group>, ceiling: Option<&Group>) -> String {
    let of = |other: Option<&Group>, what: fn(&Group) -> f64| {
        other.map_or("–".to_owned(), |other| format!("{:.2}", what(group) / what(other)))
    };
    let (least, most) = group.spread();
    let or_dash = |value: Option<String>| value.unwrap_or("–".to_owned());
    let cells = [
        title.to_owned(),
        thousands(group.per_second()),
        of(floor, Group::per_second),
        of(ceiling, Group::per_second),
        format!("{:.2}", group.median(|sample| sample.p50_ms)),
        format!("{:.2}", group.median(|sample| sample.p99_ms)),
        format!(
            "{:.1} + {:.1}",
            group.median(|sample| sample.application_us),
            group.median(|sample| sample.database_us)
        ),
        of(floor, Group::cpu),
        of(ceiling, Group::cpu),
        or_dash(group.median_if(|sample| sample.transactions).map(|count| format!("{count:.3}"))),
        or_dash(group.median_if(|sample| sample.wal_bytes).map(|bytes| format!("{bytes:.0}"))),
        format!("{}–{}", thousands(least), thousands(most)),
    ];
    format!("| {} |\n", cells.join(" | "))
}

/// `12345.6` as `12,346`.
pub(crate) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_are_set_apart() {
        let numbers = [7.4, 999.0, 1000.0, 12_345.6, 1_234_567.0].map(super::thousands);
        assert_eq!(numbers, ["7", "999", "1,000", "12,346", "1,234,567"]);
    }
}
