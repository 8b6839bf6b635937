//! What Citus refuses is in none of the statements. There is no Citus here to ask.

use super::super::super::names::Names;
use super::super::{Layout, Sql};

/// Every statement that is sent in this layout.
fn statements() -> Vec<String> {
    let sql = Sql::new(&Names::default(), Layout::Distributed { shards: 32 });
    let own = sql.as_distributed().expect("these statements");
    let reads = [&sql.load, &sql.load_all, &sql.has_ended, &sql.is_live, &sql.successor];
    let creates = [&sql.create, &sql.create_all];
    let updates = [&sql.update, &sql.update_with_lifetime, &sql.update_all];
    let touches = [&sql.touch, &sql.touch_with_lifetime, &sql.touch_all];
    let deletes = [&sql.delete, &sql.delete_all];
    let owners = [&sql.sessions_of, &sql.end_session_of, &sql.end_sessions_of];
    let limits = [&sql.line_up, &sql.surplus, &sql.evict];
    let all = [&reads[..], &creates, &updates, &touches, &deletes, &owners, &limits, &own.all()].concat();
    // As one line each, so that a line break hides nothing.
    all.into_iter().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn changing() -> impl Iterator<Item = String> {
    let verbs = ["insert", "update", "delete"];
    statements().into_iter().filter(move |text| verbs.iter().any(|verb| text.starts_with(verb)))
}

fn updating() -> impl Iterator<Item = String> {
    changing().filter(|text| text.starts_with("update"))
}

/// The parts from each `begin` to the next `end`.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> Vec<&'a str> {
    text.split(begin).skip(1).map(|rest| rest.split(end).next().unwrap_or_default()).collect()
}

#[test]
fn a_statement_is_one_insert_update_delete_or_select() {
    for text in statements() {
        let verbs = ["insert into ", "update ", "delete from ", "select "];
        assert!(verbs.iter().any(|verb| text.starts_with(verb)), "{text}");
        for changing in ["insert into ", "update \"", "delete from ", "merge into ", "truncate "] {
            let count = text.matches(changing).count();
            assert!(count == 0 || (count == 1 && text.starts_with(changing.trim_end_matches('"'))), "{text}");
        }
        assert!(!text.contains(';') && !text.contains("prune_"), "{text}");
    }
}

#[test]
fn a_change_or_a_lookup_names_its_keys() {
    for text in statements() {
        let names_keys = text.contains("key = $1") || text.contains("key = any($1");
        // What pruning looks for, and what an owner has, is in all shards; and an insert is where it belongs.
        let may = text.contains("owner = $1")
            || text.starts_with("insert")
            || text.contains(" limit $1")
            || text.contains("advisory");
        assert!(names_keys || may, "{text}");
        assert!(!text.contains("unnest") || text.starts_with("insert") || names_keys, "{text}");
        assert!(!text.contains(" using "), "{text}");
    }
}

#[test]
fn rows_are_locked_one_at_a_time_and_never_skipped() {
    let mut locking = 0;
    for text in statements().into_iter().filter(|text| text.contains("for update")) {
        locking += 1;
        assert!(text.contains("where key = $1 for update"), "{text}");
        assert!(!text.contains("skip locked"), "{text}");
    }
    assert_eq!(locking, 1);
}

#[test]
fn the_key_of_a_row_stays() {
    for text in updating() {
        let set = between(&text, " set ", " where ")[0];
        assert!(
            !set.split([' ', ',', '.']).any(|word| word == "key") || text.contains("from unnest"),
            "{text}"
        );
        assert!(!text.contains("set key") && !text.contains(", key ="), "{text}");
    }
}

#[test]
fn a_conflict_changes_nothing() {
    for text in changing() {
        assert!(!text.contains("do update"), "{text}");
        assert_eq!(text.starts_with("insert"), text.contains("on conflict (key) do nothing"), "{text}");
    }
}

#[test]
fn nothing_volatile_is_called() {
    let volatile = ["clock_timestamp", "gen_random_uuid", "random()", "nextval", "pg_notify"];
    for text in statements() {
        assert!(volatile.iter().all(|function| !text.contains(function)), "{text}");
    }
}

#[test]
fn what_is_returned_calls_nothing_that_depends_on_time_or_settings() {
    for text in changing() {
        for returned in between(&text, " returning ", ";") {
            assert!(!returned.contains("statement_timestamp()"), "{text}");
            // Of these, the texts depend on a setting.
            for column in ["idle_timeout::text", "_at::text", "deadline::text", "to_jsonb", "to_json"] {
                assert!(!returned.contains(column), "{text}");
            }
        }
    }
}

#[test]
fn no_choice_depends_on_the_time() {
    for text in updating() {
        assert!(!text.contains("coalesce"), "{text}");
        for choice in between(&text, "case ", " end") {
            assert!(!choice.contains("statement_timestamp()"), "{text}");
            assert!(!choice.contains("::text[]") || choice.contains("$3::text[]"), "{text}");
        }
    }
}

#[test]
fn no_sum_of_a_column_and_an_interval_depends_on_the_time_zone() {
    for text in updating() {
        let columns = ["created_at", "seen_at", "expires_at", "purge_at", "deadline", "authenticated_at"];
        for column in columns {
            assert!(!text.contains(&format!("{column} + ")), "{text}");
        }
        assert!(!text.contains("statement_timestamp() + idle_timeout"), "{text}");
        assert!(!text.contains("i.removed::text[]"), "{text}");
    }
}

#[test]
fn times_are_not_announced_by_a_trigger_and_nothing_is_locked_for_longer_than_a_transaction() {
    for text in statements() {
        assert!(!text.contains("trigger"), "{text}");
        assert!(!text.contains("pg_advisory_lock") && !text.contains("pg_try_advisory_lock"), "{text}");
    }
}
