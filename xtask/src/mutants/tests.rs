use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::edit::{Edit, make};
use super::section::Test;
use super::{all, read};
use crate::project::root;

#[test]
fn every_edit_still_finds_its_text() {
    for section in all().unwrap() {
        if let Err(error) = make(&section.edits, &root()) {
            panic!("mutants/, {}: {error}", section.name);
        }
    }
}

#[test]
fn every_test_that_is_named_exists() {
    for section in all().unwrap() {
        for test in &section.tests {
            assert!(exists(test), "mutants/, {}: there is no test {test}", section.name);
        }
    }
}

#[test]
fn there_are_many_and_no_two_have_one_name() {
    let sections = all().unwrap();
    let names: BTreeSet<_> = sections.iter().map(|section| &section.name).collect();
    assert_eq!(names.len(), sections.len());
    assert!(sections.len() >= 30, "only {} were read", sections.len());
}

/// Whether a file of the target, or a list of the stores' laws, has a test of this name.
fn exists(test: &Test) -> bool {
    let root = root();
    let places = match test.place() {
        (None, "lib") => vec![root.join("src")],
        (Some(package), target) => vec![root.join(package).join("tests").join(format!("{target}.rs"))],
        (None, target) => {
            let file = root.join("tests").join(format!("{target}.rs"));
            vec![file, root.join("tests").join(target), root.join("src/test_util/conformance")]
        }
    };
    places.iter().any(|place| defines(place, test.function()))
}

/// A function, or a line of nothing but the name, which is how lists are handed to macros.
fn defines(place: &Path, function: &str) -> bool {
    if place.is_dir() {
        let entries = fs::read_dir(place).unwrap();
        return entries.flatten().any(|entry| defines(&entry.path(), function));
    }
    let text = fs::read_to_string(place).unwrap_or_default();
    let begins =
        |line: &str| line.contains(&format!("fn {function}(")) || line.contains(&format!("fn {function}<"));
    text.lines().any(|line| begins(line) || line.trim().trim_end_matches(',') == function)
}

#[test]
fn a_text_that_is_not_there_once_is_an_error() {
    let edit = |old: &str, new: &str| Edit { file: "f".into(), old: old.into(), new: new.into() };
    assert_eq!(edit("b", "x").made_in("abc").unwrap(), "axc");
    let said = |edit: Edit| edit.made_in("abcb").unwrap_err().to_string();
    assert!(said(edit("d", "x")).contains("0 times"));
    assert!(said(edit("b", "x")).contains("2 times"));
    assert!(said(edit("a", "a")).contains("changes nothing"));
}

#[test]
fn a_section_is_read_letter_by_letter() {
    let text = "# All\n\nWords.\n\n## one_bug\n\nIt goes\nwrong.\n\nStands for: a rule.\n\nIn `src/a.rs`:\n\n```rust\n    a {\n\n    }\n```\n\nbecomes\n\n```rust\n    b\n```\n\nIn `b.sql`:\n\n```sql\nc\n```\n\nbecomes\n\n```sql\nd\n```\n\nCaught by `lib: a::b`,\n`http: c::d`.\n\n## Words again\n\nMore.\n";
    let sections = read::of_text(text).unwrap();
    let [section] = &sections[..] else { panic!("{sections:?}") };
    assert_eq!(
        (&*section.name, &*section.says, &*section.stands_for),
        ("one_bug", "It goes\nwrong.", "a rule.")
    );
    let edits: Vec<_> = section.edits.iter().map(|edit| (&*edit.file, &*edit.old, &*edit.new)).collect();
    assert_eq!(edits, [("src/a.rs", "    a {\n\n    }", "    b"), ("b.sql", "c", "d")]);
    let tests: Vec<_> = section.tests.iter().map(Test::to_string).collect();
    assert_eq!(tests, ["lib: a::b", "http: c::d"]);
    assert_eq!(section.tests[1].function(), "d");
}

#[test]
fn a_section_that_lacks_something_is_an_error() {
    let whole = "\n## bug\n\nWrong.\n\nStands for: x\n\nIn `a`:\n\n```\na\n```\n\nbecomes\n\n```\nb\n```\n\nCaught by `lib: t`.\n";
    assert_eq!(read::of_text(whole).unwrap().len(), 1);
    for part in ["Wrong.", "Stands for: x", "becomes", "Caught by `lib: t`.", "```\nb\n```"] {
        assert!(read::of_text(&whole.replace(part, "")).is_err(), "{part}");
    }
}
