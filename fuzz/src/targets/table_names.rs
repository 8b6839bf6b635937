//! Names of schemas and tables: whatever they are, a statement has one name in their place, and nothing else.

use actix_pg_session::fuzz_internals::names::quoted;

use super::Target;
use crate::input;

pub(super) const TARGET: Target = Target {
    name: "table_names",
    tokens: &[
        "\"", "\"\"", "'", "$$", "\\", "sessions", "public", ";", "--", "/*", ".", "\0", "$", "$a$",
        "\u{fc}", " ", "{}", "U&\"",
    ],
    run,
};

const MIGRATION: &str =
    r#"create table "public"."sessions" (x int); create function "public"."prune_sessions"() $$ 'public' $$"#;

/// A schema, and a table.
fn run(input: &[u8]) {
    let (schema, table) = input::first_line(input);
    let (schema, table) = (input::text(schema), input::text(table));
    let Ok((names, migration)) = quoted(&schema, &table, MIGRATION) else { return };
    let expected = [
        table.clone(),
        format!("{table}_ended"),
        format!("{table}_history"),
        format!("prune_{table}"),
        format!("_{table}_migrations"),
    ];
    for (name, expected) in names.iter().zip(&expected) {
        let (first, rest) = identifier(name).expect("a schema");
        let (second, rest) = identifier(rest.strip_prefix('.').expect("a dot")).expect("a table");
        assert_eq!((&*first, &*second, rest), (&*schema, expected.as_str(), ""), "{name}");
    }
    let (outside, found) = taken_apart(&migration);
    let (outside_before, _) = taken_apart(MIGRATION);
    assert_eq!(outside, outside_before, "{migration}");
    let prune = "prune_sessions".replace("sessions", &table);
    assert_eq!(found, [&*schema, &*table, &*schema, &*prune], "{migration}");
    assert!(
        !table.contains('\'') && !schema.contains('\'') && !table.contains("$$") && !schema.contains("$$")
    );
}

/// A quoted identifier at the beginning, as PostgreSQL reads it.
fn identifier(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut name = String::new();
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, rest)),
        }
    }
}

/// What stands between the identifiers, and these.
fn taken_apart(mut sql: &str) -> (Vec<String>, Vec<String>) {
    let (mut outside, mut names) = (Vec::new(), Vec::new());
    while let Some(at) = sql.find('"') {
        outside.push(sql[..at].to_owned());
        let (name, rest) = identifier(&sql[at..]).expect("it ends");
        names.push(name);
        sql = rest;
    }
    outside.push(sql.to_owned());
    (outside, names)
}
