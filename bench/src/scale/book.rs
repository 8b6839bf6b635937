//! What was measured, and how it is told.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::Result;
use super::server::Server;

/// Figures by name, for each of several subjects that stand side by side.
pub(super) struct Book {
    subjects: Vec<String>,
    /// Which are compared: the second with the first.
    pairs: Vec<(usize, usize)>,
    figures: Vec<Figure>,
    notes: Vec<String>,
}

struct Figure {
    name: String,
    /// For each subject, one for each round.
    values: Vec<Vec<f64>>,
}

impl Book {
    pub(super) fn new(subjects: Vec<String>, pairs: Vec<(usize, usize)>) -> Self {
        Self { subjects, pairs, figures: Vec::new(), notes: Vec::new() }
    }

    /// A sentence below the table.
    pub(super) fn note(&mut self, note: String) {
        println!("{note}");
        self.notes.push(note);
    }

    pub(super) fn record(&mut self, name: &str, subject: usize, value: f64) {
        let place = self.figures.iter().position(|figure| figure.name == name).unwrap_or_else(|| {
            let values = vec![Vec::new(); self.subjects.len()];
            self.figures.push(Figure { name: name.into(), values });
            self.figures.len() - 1
        });
        self.figures[place].values[subject].push(value);
    }

    /// Prints the table, and writes it and the raw figures to `target/`.
    pub(super) fn publish(&self, part: &str, command: &str, server: &Server) -> Result<()> {
        let settings: Vec<_> =
            server.settings.iter().map(|(name, value)| format!("`{name} = {value}`")).collect();
        let mut text = format!("`{command}`\n\nSettings: {}.\n\n{}\n", settings.join(", "), self.table());
        for note in &self.notes {
            let _ = writeln!(text, "{note}\n");
        }
        println!("\n{text}");
        let target = target()?;
        let figures: Vec<_> = self
            .figures
            .iter()
            .map(|figure| json!({ "name": figure.name, "values": figure.values }))
            .collect();
        let all = json!({
            "command": command, "settings": server.settings, "subjects": self.subjects, "figures": figures,
            "notes": self.notes,
        });
        std::fs::write(target.join(format!("scale-{part}.json")), serde_json::to_string_pretty(&all)?)?;
        std::fs::write(target.join(format!("scale-{part}.md")), text)?;
        println!("also in {}", target.join(format!("scale-{part}.json")).display());
        Ok(())
    }

    fn table(&self) -> String {
        let mut text = format!("| | {} |", self.subjects.join(" | "));
        for (begin, end) in &self.pairs {
            let _ = write!(text, " {} : {} |", self.subjects[*end], self.subjects[*begin]);
        }
        let _ = write!(text, "\n|{}\n", " --- |".repeat(1 + self.subjects.len() + self.pairs.len()));
        for figure in &self.figures {
            let _ = write!(text, "| {} |", figure.name);
            for values in &figure.values {
                let _ = write!(text, " {} |", readable(median(values)));
            }
            for (begin, end) in &self.pairs {
                let _ = write!(text, " {} |", growth(&figure.values[*begin], &figure.values[*end]));
            }
            text.push('\n');
        }
        text
    }
}

/// The median of the ratios within a round, and the span of them.
fn growth(first: &[f64], last: &[f64]) -> String {
    let mut ratios: Vec<f64> = first.iter().zip(last).map(|(first, last)| last / first).collect();
    ratios.retain(|ratio| ratio.is_finite());
    let (Some(least), Some(most)) =
        (ratios.iter().copied().reduce(f64::min), ratios.iter().copied().reduce(f64::max))
    else {
        return String::new();
    };
    match ratios.len() {
        1 => format!("{least:.2}"),
        _ => format!("{:.2} ({least:.2}–{most:.2})", median(&ratios)),
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn readable(value: f64) -> String {
    match value.abs() {
        _ if value.is_nan() => String::new(),
        size if size >= 100.0 => with_commas(value.round() as i64),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn with_commas(number: i64) -> String {
    let digits = number.abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The directory that this program was built into.
fn target() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.parent().and_then(|profile| profile.parent());
    Ok(target.ok_or("this program is nowhere")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{growth, readable};

    #[test]
    fn figures_are_written_with_three_digits_or_with_all_of_a_whole_number() {
        let written: Vec<_> = [0.123, 12.34, 123.4, 1_234_567.0].map(readable).into();
        assert_eq!(written, ["0.12", "12.3", "123", "1,234,567"]);
    }

    #[test]
    fn growth_compares_what_was_measured_in_the_same_round() {
        assert_eq!(growth(&[1.0, 10.0, 100.0], &[2.0, 20.0, 300.0]), "2.00 (2.00–3.00)");
        assert_eq!(growth(&[4.0], &[2.0]), "0.50");
    }
}
