//! No public operation is left out: each one in `src/` is named in a test of this folder, or below with a reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Traits that others may call.
const TRAITS: [&str; 5] =
    ["SessionStore", "OwnerStore", "storage::SessionStore", "LoadSession", "Gatekeeper"];

/// What is not dropped here, and why.
const LEFT_OUT: [(&str, &str); 27] = [
    ("SessionStore::create", "the trait's own, which each store implements"),
    ("SessionStore::load", "the same"),
    ("SessionStore::refresh", "its default is `load`"),
    ("SessionStore::update", "the trait's own"),
    ("SessionStore::touch", "the same"),
    ("SessionStore::renew", "the same"),
    ("SessionStore::delete", "the same"),
    ("SessionStore::begin_transaction", "its default waits for nothing"),
    ("OwnerStore::sessions_of", "the same"),
    ("OwnerStore::end_session_of", "the same"),
    ("OwnerStore::end_sessions_of", "the same"),
    ("OwnerStore::create_within", "the same"),
    ("OwnerStore::renew_within", "the same"),
    ("MemoryStore::create", "it waits for nothing, so there is no point to drop it at"),
    ("MemoryStore::load", "the same"),
    ("MemoryStore::update", "the same"),
    ("MemoryStore::touch", "the same"),
    ("MemoryStore::renew", "the same"),
    ("MemoryStore::delete", "the same"),
    ("MemoryStore::sessions_of", "the same"),
    ("MemoryStore::end_session_of", "the same"),
    ("MemoryStore::end_sessions_of", "the same"),
    ("MemoryStore::create_within", "the same"),
    ("MemoryStore::renew_within", "the same"),
    ("ServiceRequest::session_of", "it is that of the request in it"),
    ("Gatekeeper::admit", "the application's own"),
    ("F::admit", "a function of the application's"),
];

/// Middlewares for `from_fn`: they pass the request on, and wait for nothing else.
const FUNCTIONS: [&str; 2] = ["same_origin", "same_origin_of"];

/// The name in `fn name(` or `fn name<`.
fn function(line: &str) -> Option<&str> {
    let rest = line.split_once("fn ")?.1;
    rest.split(['(', '<']).next().filter(|name| !name.is_empty())
}

/// The type, or the trait, that a block is about, and whether others may call what is in it.
fn block(line: &str) -> Option<(String, bool)> {
    let is_trait = line.starts_with("pub trait ");
    let line = line.strip_prefix("pub trait ").or_else(|| line.strip_prefix("impl"))?;
    // `impl<M: Bound> Trait for Type<M>`
    let line = match line.strip_prefix('<') {
        Some(generic) => generic.split_once("> ")?.1,
        None => line.trim_start(),
    };
    let name = |text: &str| text.split(['<', ' ', ':', '{', '\n']).next().unwrap_or_default().to_owned();
    match line.split_once(" for ") {
        Some((of, what)) if !is_trait => {
            let of = of.split('<').next().unwrap_or_default();
            Some((name(what), TRAITS.contains(&of)))
        }
        _ => Some((name(line), is_trait && TRAITS.contains(&&*name(line)))),
    }
}

/// The operations that a file offers, as `Type::name`.
fn operations(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current = (String::new(), false);
    let lines: Vec<_> = source.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        if let Some(block) = block(line) {
            current = block;
        }
        // A signature may go over several lines, to the one that ends with a brace or a semicolon.
        let signature: String = lines[at..]
            .iter()
            .scan(false, |ended, line| {
                let goes_on = !*ended;
                *ended = line.ends_with(['{', ';', '}']);
                goes_on.then_some(*line)
            })
            .collect();
        let is_async =
            line.contains("async fn ") || (line.contains("fn ") && signature.contains("impl Future<"));
        let is_public = line.trim_start().starts_with("pub async fn ")
            || line.trim_start().starts_with("pub fn ")
            || (current.1 && (line.starts_with("    async fn ") || line.starts_with("    fn ")));
        if let (true, true, Some(name)) = (is_async, is_public, function(line)) {
            found.push(if line.starts_with(' ') {
                format!("{}::{name}", current.0)
            } else {
                name.to_owned()
            });
        }
    }
    found
}

fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.file_stem().is_some_and(|name| name == "fuzzed") {
            continue;
        }
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(fs::read_to_string(&path).expect("a text"));
        }
    }
}

/// In `src/`, without what is for tests and fuzz targets.
fn all_operations() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(&root).expect("src") {
        let path = entry.expect("an entry").path();
        let is_for_tests = ["test_util", "bench_internals.rs"].iter().any(|name| path.ends_with(name));
        let mut texts = Vec::new();
        match path.is_dir() {
            _ if is_for_tests => {}
            true => sources(&path, &mut texts),
            false => texts.push(fs::read_to_string(&path).expect("a text")),
        }
        found.extend(texts.iter().flat_map(|text| operations(text)));
    }
    found
}

/// Words in quotes in the tests of this folder, but for this file.
fn tested() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dropped");
    let mut words = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.ends_with("complete.rs") {
            continue;
        }
        let text = fs::read_to_string(path).expect("a text");
        words.extend(text.split('"').flat_map(str::split_whitespace).map(str::to_owned));
    }
    words
}

#[test]
fn every_public_operation_is_dropped_in_a_test_or_left_out_for_a_reason() {
    let (operations, tested) = (all_operations(), tested());
    assert!(operations.len() > 90, "only {} were found: {operations:?}", operations.len());
    let is_left_out =
        |name: &str| LEFT_OUT.iter().any(|(left, _)| *left == name) || FUNCTIONS.contains(&name);
    let missing: Vec<_> =
        operations.iter().filter(|name| !tested.contains(*name) && !is_left_out(name)).collect();
    assert!(missing.is_empty(), "nobody drops {missing:#?}");
    let stale: Vec<_> = LEFT_OUT.iter().filter(|(name, _)| !operations.contains(*name)).collect();
    assert!(stale.is_empty(), "there is no {stale:#?}");
}

#[test]
fn operations_are_found_in_every_form() {
    let source = "impl<M> Devices<M> {\n    pub async fn list(&self) {\n    }\n    pub(crate) async fn hidden() {\n    }\n    async fn own() {}\n}\n\
        impl SessionStore for Mine {\n    async fn load(\n        &self,\n    ) -> Loaded {\n    }\n    fn plain(&self) {}\n}\n\
        impl Keyed for Mine {\n    async fn send() {}\n}\n\
        pub trait SessionStore: Send {\n    fn touch(\n        &self,\n    ) -> impl Future<Output = ()> + Send;\n}\n\
        pub async fn free<B>(request: B) {}\n";
    assert_eq!(operations(source), ["Devices::list", "Mine::load", "SessionStore::touch", "free"]);
}
