//! The features of the crate, read from its manifest.

/// The names in the `[features]` table of `manifest`, `default` left out.
///
/// This is no TOML parser. It reads the manifest of this project, in which every
/// feature begins a line.
pub(crate) fn names(manifest: &str) -> Vec<String> {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[features]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with(['#', ' ', '\t', ']']))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().trim_matches('"').to_owned())
        .filter(|name| name != "default")
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn features_are_the_names_of_their_table_and_no_other() {
        let manifest = "\
[package]
name = \"x\"

[features]
default = [\"one\"]
## About one = this.
one = [\"dep:a\"]
two-words = [
    \"b?/c=\",
]

[dependencies]
a = \"1\"
";
        assert_eq!(super::names(manifest), ["one", "two-words"]);
        assert!(super::names("[package]\nname = \"x\"\n").is_empty());
    }
}
