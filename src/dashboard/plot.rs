//! Plots, as SVG.
//!
//! Drawn plainly: a plotting library would write colours and sizes into the picture, which then neither turned dark
//! with the page nor fitted a phone. Here a picture is shapes alone, stretched to the room that there is; colours are
//! the style sheet's, and words are HTML around it. Each comes with its figures, as a table for those who do not see
//! it.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};

use super::words::number;
use crate::admin::Reading;

/// The size of a picture in its own units; on the page it is as large as there is room.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 250.0;

/// Rows of the table, if there are as many stretches of time.
const ROWS: usize = 12;

/// What happened between two moments.
pub(super) struct Times {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    /// How the time is written below the plot.
    format: &'static str,
    stretches: Vec<Stretch>,
}

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    live: Option<u64>,
    signed_in: u64,
    anonymous: u64,
    ended: u64,
}

impl Times {
    /// So much time until a moment, in so many stretches.
    pub(super) fn new(
        readings: &[Reading],
        until: DateTime<Utc>,
        length: TimeDelta,
        stretches: usize,
    ) -> Self {
        let from = until - length;
        let mut stretches = vec![Stretch::default(); stretches];
        let count = stretches.len() as f64;
        for reading in readings {
            let share = fraction(reading.at, from, length);
            if !(0.0..1.0).contains(&share) {
                continue;
            }
            let stretch = &mut stretches[(share * count) as usize];
            stretch.live = Some(reading.live);
            stretch.signed_in += reading.signed_in;
            stretch.anonymous += reading.anonymous;
            stretch.ended += reading.ended.unwrap_or_default();
        }
        let format = if length > TimeDelta::days(1) { "%a %d %b" } else { "%H:%M" };
        Self { from, until, format, stretches }
    }

    fn count(&self) -> f64 {
        self.stretches.len() as f64
    }

    /// Whether there is anything to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.stretches.iter().filter(|stretch| stretch.live.is_some()).count() < 2
    }

    /// Sessions that were live, as a line.
    pub(super) fn live(&self) -> Markup {
        let top = nice(self.stretches.iter().filter_map(|stretch| stretch.live).max().unwrap_or_default());
        let (mut line, mut area) = (String::new(), String::new());
        let points: Vec<(f64, f64)> = self
            .stretches
            .iter()
            .enumerate()
            .filter_map(|(place, stretch)| {
                let x = (place as f64 + 0.5) / self.count() * WIDTH;
                Some((x, HEIGHT * (1.0 - stretch.live? as f64 / top as f64)))
            })
            .collect();
        for (place, (x, y)) in points.iter().enumerate() {
            let _ = write!(line, "{}{x:.1},{y:.1}", if place == 0 { 'M' } else { 'L' });
        }
        if let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) {
            let _ = write!(area, "{line}L{last:.1},{HEIGHT}L{first:.1},{HEIGHT}Z");
        }
        let now = self.stretches.iter().rev().find_map(|stretch| stretch.live).unwrap_or_default();
        let summary =
            format!("Live sessions from {} to {}; {} at the end.", self.begin(), self.end(), number(now));
        let picture = html! {
            path.area d=(area) {}
            path.line d=(line) {}
        };
        self.framed(&summary, top, 0, &picture)
    }

    /// Sessions that began, above the line, and that ended, below it.
    pub(super) fn comings_and_goings(&self) -> Markup {
        let came = self.stretches.iter().map(|stretch| stretch.signed_in + stretch.anonymous);
        let went = self.stretches.iter().map(|stretch| stretch.ended);
        let (up, down) =
            (nice(came.clone().max().unwrap_or_default()), nice(went.clone().max().unwrap_or_default()));
        let scale = HEIGHT / (up + down) as f64;
        let zero = up as f64 * scale;
        let width = WIDTH / self.count();
        let bar = |class: &'static str, place: usize, y: f64, count: u64| {
            let x = place as f64 * width + width * 0.15;
            let (x, y) = (format!("{x:.1}"), format!("{y:.1}"));
            let (width, height) = (format!("{:.1}", width * 0.7), format!("{:.1}", count as f64 * scale));
            html! { @if count > 0 { rect class=(class) x=(x) y=(y) width=(width) height=(height) {} } }
        };
        let picture = html! {
            @for (place, stretch) in self.stretches.iter().enumerate() {
                @let signed_in = stretch.signed_in as f64 * scale;
                @let anonymous = stretch.anonymous as f64 * scale;
                (bar("signed-in", place, zero - signed_in, stretch.signed_in))
                (bar("anonymous", place, zero - signed_in - anonymous, stretch.anonymous))
                (bar("ended", place, zero, stretch.ended))
            }
            line.zero x1="0" x2=(WIDTH) y1=(format!("{zero:.1}")) y2=(format!("{zero:.1}")) {}
        };
        let summary = format!(
            "From {} to {}, {} sessions began and {} ended.",
            self.begin(),
            self.end(),
            number(came.sum()),
            number(went.sum())
        );
        self.framed(&summary, up, down, &picture)
    }

    /// Both plots' figures.
    pub(super) fn table(&self) -> Markup {
        let in_a_row = self.stretches.len().div_ceil(ROWS);
        html! {
            details.figures {
                summary { "The figures of both plots" }
                div.scroll tabindex="0" role="group" aria-label="Figures over time" {
                    table {
                        caption.unseen { "Live sessions, beginnings and ends" }
                        thead {
                            tr {
                                th scope="col" { "From" }
                                @for title in ["Live", "Sign-ins", "Anonymous", "Ended"] {
                                    th.right scope="col" { (title) }
                                }
                            }
                        }
                        tbody {
                            @for (place, some) in self.stretches.chunks(in_a_row).enumerate() {
                                @let live = some.iter().rev().find_map(|stretch| stretch.live);
                                @let sum = |count: fn(&Stretch) -> u64| number(some.iter().map(count).sum());
                                tr {
                                    th scope="row" { (self.moment((place * in_a_row) as f64 / self.count())) }
                                    td.right { (live.map_or("–".into(), number)) }
                                    td.right { (sum(|stretch| stretch.signed_in)) }
                                    td.right { (sum(|stretch| stretch.anonymous)) }
                                    td.right { (sum(|stretch| stretch.ended)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn framed(&self, summary: &str, top: u64, bottom: u64, picture: &Markup) -> Markup {
        html! {
            div.canvas {
                span aria-hidden="true" { (number(top)) }
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" role="img" aria-label=(summary) {
                    @for quarter in 1..4 {
                        @let y = HEIGHT / 4.0 * f64::from(quarter);
                        line.grid x1="0" x2=(WIDTH) y1=(y) y2=(y) {}
                    }
                    (picture)
                }
                span aria-hidden="true" { (number(bottom)) }
            }
            div.axis aria-hidden="true" {
                @for quarter in 0..=4 { span { (self.moment(f64::from(quarter) / 4.0)) } }
            }
        }
    }

    fn moment(&self, share: f64) -> String {
        let length = (self.until - self.from).num_milliseconds() as f64;
        let moment = self.from + TimeDelta::milliseconds((length * share) as i64);
        moment.format(self.format).to_string()
    }

    fn begin(&self) -> String {
        self.moment(0.0)
    }

    fn end(&self) -> String {
        self.moment(1.0)
    }
}

/// How far into a span of time a moment is.
fn fraction(at: DateTime<Utc>, from: DateTime<Utc>, length: TimeDelta) -> f64 {
    (at - from).num_milliseconds() as f64 / length.num_milliseconds().max(1) as f64
}

/// A round number that is no less.
fn nice(most: u64) -> u64 {
    let mut power = 1_u64;
    while power.saturating_mul(10) < most {
        power *= 10;
    }
    [1, 2, 3, 4, 5, 6, 8, 10]
        .into_iter()
        .map(|step| power.saturating_mul(step))
        .find(|round| *round >= most)
        .unwrap_or(most)
        .max(1)
}

/// A bar, as long as its share of the whole.
pub(super) fn bar(class: &str, share: f64) -> Markup {
    let width = format!("{:.1}", share.clamp(0.0, 1.0) * 100.0);
    html! {
        svg.bar viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.rest x="0" y="0" width="100" height="10" {}
            rect class=(class) x="0" y="0" width=(width) height="10" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number() {
        assert_eq!([0, 1, 7, 11, 950, 1001, u64::MAX].map(nice), [1, 1, 8, 20, 1000, 2000, u64::MAX]);
    }

    fn reading(minute: i64, live: u64) -> Reading {
        let at = DateTime::from_timestamp(minute * 60, 0).unwrap();
        Reading { at, live, signed_in: 2, anonymous: 1, ended: Some(3) }
    }

    #[test]
    fn every_reading_is_in_the_plot_of_its_time_and_in_no_other() {
        let until = DateTime::from_timestamp(480 * 60, 0).unwrap();
        let readings: Vec<_> = (-10..480).map(|minute| reading(minute, 100)).collect();
        let times = Times::new(&readings, until, TimeDelta::minutes(480), 48);
        assert!(times.stretches.iter().all(|stretch| {
            (stretch.live, stretch.signed_in, stretch.anonymous, stretch.ended) == (Some(100), 20, 10, 30)
        }));
        assert!(times.comings_and_goings().into_string().contains("1,440 sessions began and 1,440 ended"));
    }

    #[test]
    fn without_readings_nothing_is_drawn_and_nothing_breaks() {
        let times = Times::new(&[], DateTime::UNIX_EPOCH, TimeDelta::hours(1), 12);
        assert!(times.is_empty());
        assert!(!times.live().into_string().contains("NaN"));
        assert!(!times.comings_and_goings().into_string().contains("NaN"));
    }
}
