//! What `docs/failures.md` says is shown by a test or by a fault of `./dev torture`, is.

use std::fs;
use std::path::Path;

const DOCUMENT: &str = include_str!("../docs/failures.md");

/// The words in backticks that are a file and a test in it.
fn tests(text: &str) -> Vec<(&str, &str)> {
    quoted(text).filter_map(|quoted| quoted.split_once(".rs: ")).collect()
}

/// The names of faults in backticks.
fn faults(text: &str) -> Vec<&str> {
    quoted(text).filter_map(|quoted| quoted.strip_prefix("torture: ")).collect()
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn rows() -> impl Iterator<Item = &'static str> {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with("| "));
    rows.filter(|row| !row.starts_with("| failure ") && !row.starts_with("| --- "))
}

/// All that is written in the faults' files, where each fault's name stands as a string.
fn sources() -> String {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("torture/src/faults");
    let files = fs::read_dir(place).expect("the faults are there");
    files.map(|file| fs::read_to_string(file.expect("a file").path()).expect("it can be read")).collect()
}

#[test]
fn every_test_that_the_document_names_exists() {
    let named = tests(DOCUMENT);
    assert!(named.len() > 25, "only {} tests were found in the document", named.len());
    for (file, test) in named {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{file}.rs"));
        let source = fs::read_to_string(path).expect(file);
        let marked = format!("test]\nasync fn {test}()");
        assert!(source.contains(&marked), "{file}.rs has no test {test}");
    }
}

#[test]
fn every_fault_that_the_document_names_exists() {
    let sources = sources();
    for fault in faults(DOCUMENT) {
        assert!(sources.contains(&format!("\"{fault}\"")), "there is no fault {fault}");
    }
}

#[test]
fn every_row_says_what_shows_it() {
    for row in rows() {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").collect();
        assert_eq!(cells.len(), 6, "{row}");
        assert!(!tests(cells[5]).is_empty() || !faults(cells[5]).is_empty(), "{row}");
    }
}
