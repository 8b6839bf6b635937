//! Reading the sections of `mutants/`.

use std::path::Path;

use xtask::{Error, OrSay, Result};

use super::edit::Edit;
use super::section::{Section, Test};

/// All sections of the Markdown files of a folder, by file and in their order. What has no sections says something
/// else.
pub(super) fn sections(folder: &Path) -> Result<Vec<Section>> {
    let failed = || format!("cannot read {}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).or_say(failed)? {
        files.push(entry.or_say(failed)?.path());
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    let mut sections = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).or_say(|| format!("cannot read {}", file.display()))?;
        sections.extend(of_text(&text).map_err(|error| Error::new(format!("{}: {error}", file.display())))?);
    }
    Ok(sections)
}

/// The sections of one file: those whose heading is a name, of which nothing but letters, digits and `_` is made.
pub(super) fn of_text(text: &str) -> Result<Vec<Section>> {
    // The first piece is what stands before the first heading.
    let pieces = text.split("\n## ").skip(1);
    let is_name = |piece: &&str| {
        let name = piece.lines().next().unwrap_or_default();
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    pieces.filter(is_name).map(section).collect()
}

fn section(piece: &str) -> Result<Section> {
    let (name, mut rest) = piece.split_once('\n').unwrap_or((piece, ""));
    let mut section = Section {
        name: name.to_owned(),
        says: String::new(),
        stands_for: String::new(),
        edits: Vec::new(),
        tests: Vec::new(),
    };
    while let Some((paragraph, after)) = paragraph(rest) {
        rest = after;
        if let Some(file) = paragraph.strip_prefix("In `").and_then(|rest| rest.strip_suffix("`:")) {
            let (old, after) = fenced(rest).ok_or_else(|| said(name, "no text to be replaced"))?;
            let after = after.trim_start().strip_prefix("becomes\n");
            let new = after.and_then(fenced).ok_or_else(|| said(name, "no text to replace another with"))?;
            section.edits.push(Edit { file: file.to_owned(), old: old.to_owned(), new: new.0.to_owned() });
            rest = new.1;
        } else if let Some(words) = paragraph.strip_prefix("Stands for: ") {
            section.stands_for = words.to_owned();
        } else if let Some(words) = paragraph.strip_prefix("Caught by ") {
            section.tests = words.split('`').skip(1).step_by(2).filter_map(test).collect();
        } else {
            section.says = paragraph.to_owned();
        }
    }
    let is_whole = !section.says.is_empty() && !section.stands_for.is_empty();
    match is_whole && !section.edits.is_empty() && !section.tests.is_empty() {
        true => Ok(section),
        false => Err(said(name, "a sentence, what it stands for, an edit or a test is missing")),
    }
}

fn said(name: &str, what: &str) -> Error {
    Error::new(format!("{name}: {what}"))
}

/// The next paragraph, and what follows.
fn paragraph(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (paragraph, rest) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    (!paragraph.is_empty()).then_some((paragraph, rest))
}

/// What the next fence holds, and what follows it.
fn fenced(text: &str) -> Option<(&str, &str)> {
    let (_, text) = text.trim_start().strip_prefix("```")?.split_once('\n')?;
    let end = text.find("\n```")?;
    Some((&text[..end], &text[end + 4..]))
}

fn test(citation: &str) -> Option<Test> {
    let (target, path) = citation.split_once(": ")?;
    Some(Test { target: target.to_owned(), path: path.to_owned() })
}
