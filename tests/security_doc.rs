//! What `docs/security.md` says is shown by a test, is: each test that it names exists, and is one.

use std::fs;
use std::path::Path;

const DOCUMENT: &str = include_str!("../docs/security.md");

/// The words in backticks that are a file and a test in it.
fn citations(text: &str) -> Vec<(&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter_map(|quoted| quoted.split_once(".rs: ").map(|(file, test)| (file, test.trim()))).collect()
}

/// Whether the file has a test of this name: a function that is marked as one, or that a list hands to a macro.
fn is_test(source: &str, test: &str) -> bool {
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let defined = |line: &str| {
        line.split_once(&format!("fn {test}")).is_some_and(|(_, rest)| rest.starts_with(['(', '<']))
    };
    let marked = lines.iter().enumerate().any(|(at, line)| {
        let above =
            lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        defined(line) && above.into_iter().any(|line| line.starts_with("#[") && line.contains("test]"))
    });
    // `on_both_stores!` and the like, and the lists of the stores' law: a line of nothing but the name.
    marked || lines.iter().any(|line| line.trim_end_matches(',') == test)
}

/// What is wrong with a citation, if something is.
fn fault(file: &str, test: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{file}.rs"));
    match fs::read_to_string(path) {
        Err(error) => Some(format!("{file}.rs: {error}")),
        Ok(source) if is_test(&source, test) => None,
        Ok(_) => Some(format!("{file}.rs has no test {test}")),
    }
}

#[test]
fn every_test_that_the_document_names_exists() {
    let citations = citations(DOCUMENT);
    assert!(citations.len() > 90, "only {} tests were found in the document", citations.len());
    let faults: Vec<_> = citations.iter().filter_map(|(file, test)| fault(file, test)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_row_names_a_test_or_says_that_there_is_none() {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with("| "));
    let rows = rows
        .filter(|row| !row.ends_with(" test |") && !row.ends_with(" hold |") && !row.starts_with("| --- |"));
    let silent: Vec<_> = rows
        .filter(|row| {
            let last = row.trim_end_matches(" |").rsplit("| ").next().unwrap_or_default();
            citations(last).is_empty() && !last.starts_with("no test yet: ") && last != "–"
        })
        .collect();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn a_test_that_was_renamed_or_is_none_any_more_is_found_out() {
    let source =
        "#[test]\nfn kept() {}\nfn helper() {}\non_both_stores!(\n    listed,\n);\nasync fn listed<S>() {}\n";
    assert!(is_test(source, "kept") && is_test(source, "listed"));
    assert!(!is_test(source, "kep") && !is_test(source, "helper") && !is_test(source, "list"));
    assert_eq!(citations("`src/a.rs: one` `src/b.rs` `c.rs: two`"), [("src/a", "one"), ("c", "two")]);
    assert!(fault("tests/security_doc", "a_test_that_nobody_wrote").is_some());
    assert!(fault("tests/a_file_that_nobody_wrote", "a_test").is_some());
}
