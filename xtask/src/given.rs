//! A database that the person named in `DATABASE_URL`.

use std::path::Path;
use std::process::Command;

use xtask::command::output;
use xtask::{Error, Result, say};

/// Makes sure that the database in `url` answers, creating it if its server
/// does but lacks it.
pub(crate) fn ensure_exists(psql: &Path, url: &str) -> Result<()> {
    let query = |url: &str, sql: &str| {
        let mut command = Command::new(psql);
        command.args(["-X", "-A", "-t", "-q", "-w", "-d", url, "-c", sql]);
        output(&mut command)
    };
    let Err(error) = query(url, "select 1") else {
        return Ok(());
    };
    let explained = || {
        Error::new(format!(
            "the database in DATABASE_URL does not answer; correct the variable, or unset it \
             to use a private one: {error}"
        ))
    };
    let (name, maintenance) = maintenance(url).ok_or_else(explained)?;
    // In SQL, not by the words of the error: those are in the server's language.
    let count = format!("select count(*) from pg_database where datname = '{name}'");
    if query(&maintenance, &count).is_ok_and(|count| count == "0") {
        say(&format!("creating the database {name}"));
        query(&maintenance, &format!("create database \"{name}\""))?;
        return Ok(());
    }
    Err(explained())
}

/// The database's name in `url`, and the URL of the database `postgres` on the
/// same server. Nothing for names that would need quoting: whoever has such a
/// name can create the database, too.
fn maintenance(url: &str) -> Option<(&str, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let (server, rest) = rest.split_once('/')?;
    let (name, parameters) = match rest.find('?') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let usable = !name.is_empty() && name.chars().all(is_plain);
    usable.then(|| (name, format!("{scheme}://{server}/postgres{parameters}")))
}

#[cfg(test)]
mod tests {
    use super::maintenance;

    #[test]
    fn only_the_name_of_the_database_is_exchanged() {
        assert_eq!(
            maintenance("postgres://me:pw@db:5433/notes?sslmode=disable"),
            Some(("notes", "postgres://me:pw@db:5433/postgres?sslmode=disable".to_owned()))
        );
        assert_eq!(maintenance("postgres://db"), None);
        assert_eq!(maintenance("postgres://db/"), None);
        assert_eq!(maintenance("postgres://db/it's"), None);
    }
}
