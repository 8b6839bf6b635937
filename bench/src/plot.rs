//! The outcome as a picture: for each workload a bar for each contender, requests a second to the left, processor
//! time to the right.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use crate::contenders::{ALL, Contender};
use crate::outcome::{Group, Outcome};
use crate::table::thousands;
use crate::workload::Workload;

const WIDTH: f64 = 960.0;
/// Where the bars begin, and how long the longest is.
const RATES: f64 = 268.0;
const TIMES: f64 = 640.0;
const LONGEST: f64 = 240.0;
const BAR: f64 = 14.0;
const STEP: f64 = 20.0;
const HEADING: f64 = 40.0;

/// Bars beyond so many times the floor's are cut off: one that is slow by a thousand would make all others
/// invisible.
const CUT: f64 = 1.6;

const STYLE: &str = "
    text { font: 12px system-ui, sans-serif; fill: #24292f; }
    .title { font-size: 15px; font-weight: 600; }
    .ours { font-weight: 600; }
    .faint { fill: #57606a; }
    .rate { fill: #8c959f; }
    .application { fill: #8c959f; }
    .database { fill: #c8ced5; }
    .ours.rate, .ours.application { fill: #0969da; }
    .ours.database { fill: #80b7f0; }
    @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3; }
        .faint { fill: #9198a1; }
        .rate, .application { fill: #768390; }
        .database { fill: #444c56; }
        .ours.rate, .ours.application { fill: #4493f8; }
        .ours.database { fill: #1f5ba8; }
    }
";

/// Draws what was measured at the most common number of connections.
pub(crate) fn draw(outcome: &Outcome, file: &Path) -> Result<(), Box<dyn Error>> {
    let cases = outcome.cases();
    let connections = cases.iter().map(|(_, connections)| *connections).max().unwrap_or_default();
    let mut drawing = Drawing { text: String::new(), y: 0.0 };
    drawing.legend(outcome, connections);
    for (workload, _) in cases.into_iter().filter(|case| case.1 == connections) {
        drawing.workload(outcome, workload, connections);
    }
    Ok(std::fs::write(file, drawing.finished())?)
}

struct Drawing {
    text: String,
    y: f64,
}

impl Drawing {
    fn legend(&mut self, outcome: &Outcome, connections: u32) {
        let about = &outcome.about;
        self.y = 22.0;
        self.words(0.0, "title", &format!("What a session costs, at {connections} connections"));
        self.y += 20.0;
        let circumstances = format!(
            "{} cores for everything, PostgreSQL {}, {} sessions, medians of {} rounds, {}",
            about.cores,
            about.postgres,
            thousands(f64::from(about.sessions)),
            about.rounds,
            about.date
        );
        self.words(0.0, "faint", &circumstances);
        self.y += 26.0;
        self.words(RATES, "faint", "requests a second, more is better");
        self.words(TIMES, "faint", "CPU µs a request, less is better");
        self.y += 20.0;
        self.box_of(TIMES, 12.0, "application");
        self.words(TIMES + 18.0, "faint", "application");
        self.box_of(TIMES + 100.0, 12.0, "database");
        self.words(TIMES + 118.0, "faint", "database");
    }

    fn workload(&mut self, outcome: &Outcome, workload: Workload, connections: u32) {
        let rows: Vec<(Contender, Group)> = ALL
            .into_iter()
            .filter_map(|one| Some((one, outcome.group(one.name, workload, connections)?)))
            .collect();
        let most = rows.iter().map(|(_, group)| group.per_second()).fold(1.0, f64::max);
        let floor = rows.iter().find(|(one, _)| one.name == "floor");
        let all = rows.iter().map(|(_, group)| group.cpu());
        let longest = match floor {
            Some((_, floor)) => all.filter(|cpu| *cpu <= CUT * floor.cpu()).fold(1.0, f64::max),
            None => all.fold(1.0, f64::max),
        };
        self.y += HEADING;
        self.words(0.0, "title", workload.title());
        self.y += 8.0;
        for (contender, group) in &rows {
            self.y += STEP;
            self.row(*contender, group, LONGEST / most, LONGEST / longest);
        }
    }

    fn row(&mut self, contender: Contender, group: &Group, per_rate: f64, per_microsecond: f64) {
        let class = if contender.is_this_crate() { "ours " } else { "" };
        self.words(0.0, class, &contender.title.replace(['*', '`'], ""));
        let rate = group.per_second();
        let length = rate * per_rate;
        self.box_of(RATES, length, &format!("{class}rate"));
        self.words(RATES + length + 6.0, class, &thousands(rate));

        let application = group.median(|sample| sample.application_us);
        let whole = group.cpu();
        let is_cut = whole * per_microsecond > LONGEST + 1.0;
        let scale = if is_cut { LONGEST / whole } else { per_microsecond };
        self.box_of(TIMES, application * scale, &format!("{class}application"));
        self.box_of(TIMES + application * scale, (whole - application) * scale, &format!("{class}database"));
        let digits = usize::from(whole < 100.0);
        let words = format!("{whole:.digits$}{}", if is_cut { " (cut off)" } else { "" });
        self.words(TIMES + whole * scale + 6.0, class, &words);
    }

    fn words(&mut self, x: f64, class: &str, words: &str) {
        let words = words.replace('&', "&amp;").replace('<', "&lt;");
        let class = class.trim();
        let _ = writeln!(self.text, r#"<text x="{x:.1}" y="{:.1}" class="{class}">{words}</text>"#, self.y);
    }

    fn box_of(&mut self, x: f64, length: f64, class: &str) {
        let (y, length) = (self.y - BAR + 3.0, length.max(0.0));
        let _ = writeln!(
            self.text,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{length:.1}" height="{BAR}" class="{class}"/>"#
        );
    }

    fn finished(self) -> String {
        let height = self.y + 16.0;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 0 {} {height}\" role=\"img\" \
             aria-label=\"Requests a second and CPU per request of each contender\">\n\
             <style>{STYLE}</style>\n{}</svg>\n",
            WIDTH + 24.0,
            self.text
        )
    }
}
