//! The README is what people copy.

#[test]
fn the_readme_shows_the_example_that_was_compiled() {
    let readme = include_str!("../README.md");
    let example = include_str!("../examples/visits.rs");
    let (_, code) = example.split_once("\n\n").expect("a header, then the code");
    assert!(readme.contains(code), "README.md and examples/visits.rs have drifted apart");
}

#[test]
fn every_option_of_the_builder_is_in_the_readme() {
    let readme = include_str!("../README.md");
    let builders = [
        include_str!("../src/config/builder.rs"),
        include_str!("../src/config/accounts.rs"),
        include_str!("../src/config/actix_names.rs"),
        include_str!("../src/config/express.rs"),
    ];
    let missing: Vec<_> = builders
        .iter()
        .flat_map(|builder| builder.lines())
        .filter_map(|line| line.trim().strip_prefix("pub fn "))
        .filter_map(|rest| rest.split(['(', '<']).next())
        // The cookie's options have two names.
        .filter(|name| *name != "build" && !name.starts_with("cookie_"))
        .filter(|name| !readme.contains(&format!("| `{name}` |")))
        .collect();
    assert!(missing.is_empty(), "not in the README's table of options: {missing:?}");
}
