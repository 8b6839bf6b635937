//! What this project is made of, as far as it can be seen without asking anybody. `./dev audit` asks, and `./dev api`
//! keeps the list that is read here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a kind below a place, without what cargo and npm have made.
fn files(place: &Path, is_wanted: fn(&Path) -> bool, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(place).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !["target", "node_modules"].contains(&name) && !name.starts_with('.') {
            files(&path, is_wanted, found);
        } else if is_wanted(&path) {
            found.push(path);
        }
    }
}

/// The lint could be turned off in a manifest; what the root of a crate forbids, nothing in it allows.
#[test]
fn every_crate_forbids_unsafe_code_at_its_root() {
    let mut manifests = Vec::new();
    files(root(), |path| path.ends_with("Cargo.toml"), &mut manifests);
    // libFuzzer is C++, and its macro exports a function to it.
    manifests.retain(|manifest| !manifest.ends_with("fuzz/guided/Cargo.toml"));
    assert!(manifests.len() >= 6, "{manifests:?}");
    let mut roots = Vec::new();
    for manifest in &manifests {
        let package = manifest.parent().expect("it is in a directory");
        roots.extend(
            ["src/lib.rs", "src/main.rs"]
                .map(|root| package.join(root))
                .into_iter()
                .filter(|root| root.exists()),
        );
    }
    assert!(roots.len() >= manifests.len(), "{roots:?}");
    for root in roots {
        let text = fs::read_to_string(&root).expect("a source");
        assert!(text.contains("\n#![forbid(unsafe_code)]\n"), "{} does not", root.display());
    }
}

/// The names of crates, other than this one, that the list of the public interface has in it.
fn shown(list: &str) -> BTreeSet<&str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    list.match_indices("::")
        .filter_map(|(at, _)| {
            let start = list[..at].rfind(|c| !is_name(c)).map_or(0, |before| before + 1);
            let begins_a_path = !list[..start].ends_with("::");
            let name = &list[start..at];
            (begins_a_path && name.starts_with(|c: char| c.is_ascii_lowercase())).then_some(name)
        })
        .filter(|name| !["actix_pg_session", "core", "alloc", "std", "str"].contains(name))
        .collect()
}

/// A type of another crate in a signature ties this crate's version to that one's, so each is a decision.
#[test]
fn what_the_public_interface_shows_of_other_crates_is_decided_in_the_design() {
    let list = fs::read_to_string(root().join("docs/public-api.txt")).expect("the list");
    let design = fs::read_to_string(root().join("docs/design.md")).expect("the design");
    let decided =
        design.split("### Which types of other crates are in the interface?").nth(1).expect("the question");
    let decided = decided.split("\n#").next().expect("an answer");
    let rows = decided.lines().filter_map(|line| line.strip_prefix("| `"));
    let decided: BTreeSet<&str> = rows
        .flat_map(|row| row.split(" | ").next().unwrap_or_default().split(", "))
        .map(|name| name.trim_matches('`'))
        .collect();
    assert_eq!(
        shown(&list),
        decided,
        "on the left what is shown, on the right what docs/design.md has a reason for"
    );
}

#[test]
fn a_crate_is_found_wherever_it_stands() {
    let list = "pub fn actix_pg_session::a::b(x: &serde_json::Value) -> impl core::future::Future<Output = sqlx_core::Error>";
    assert_eq!(shown(list), BTreeSet::from(["serde_json", "sqlx_core"]));
}
