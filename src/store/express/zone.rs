//! In which time zone Node's connections fill a column of local times.
//!
//! connect-pg-simple stores an instant in a `timestamp` column, so what stands there depends on the
//! time zone of the connection that wrote it. node-postgres leaves that to the server; sqlx asks for
//! UTC. Taken for granted, that would keep sessions alive for hours too long, or end them hours early.

use std::collections::BTreeMap;
use std::fmt;

use sqlx::AssertSqlSafe;

use super::cookie::Cookie;
use super::look::Look;
use super::sql::Sql;
use super::table::{Expire, Table};
use super::text::Members;
use crate::error::StoreError;
use crate::store::postgres::fault::store_error;

/// A zone, and who says so.
#[derive(Debug)]
pub(super) struct Zone {
    name: String,
    source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Configured,
    Setting,
    CommandLine,
    File,
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match self.source {
            Source::Configured => "as `time_zone` says",
            Source::Setting => "as the setting of this role or database says",
            Source::CommandLine => "as the server was started",
            Source::File => "as the server's configuration says",
        };
        write!(f, "{:?}, {source}", self.name)
    }
}

/// How many rows are looked at for what they tell.
const SAMPLE: i64 = 200;

/// Settles the zone of a table of local times.
///
/// What the application says goes first, then what a connection of the same role would be given. Either
/// must agree with the rows that are there already.
pub(super) async fn settle(look: &Look, table: &str, configured: Option<&str>) -> Result<String, StoreError> {
    let zone = match configured {
        Some(name) => Some(Zone { name: name.to_owned(), source: Source::Configured }),
        None => of_new_connections(look).await?,
    };
    let Some(zone) = zone else {
        return Err(StoreError::failed(format!(
            "cannot tell in which time zone Node's connections fill the column expire of {table}: this role \
             may not read the server's configuration. Say it with `time_zone`; `show timezone` on a \
             connection of Node's tells"
        )));
    };
    check_name(look, &zone).await?;
    check_rows(look, table, &zone).await?;
    Ok(zone.name)
}

/// The zone that the server gives to a connection of this role which asks for none. Ours asks for UTC,
/// and PostgreSQL does not tell a connection what it would have got otherwise.
async fn of_new_connections(look: &Look) -> Result<Option<Zone>, StoreError> {
    let setting = sqlx::query_as::<_, (String,)>(
        "select substr(setting, strpos(setting, '=') + 1)
        from pg_db_role_setting s
        left join pg_roles r on r.oid = s.setrole
        left join pg_database d on d.oid = s.setdatabase
        cross join pg_catalog.unnest(s.setconfig) as setting
        where (s.setrole = 0::oid or r.rolname = session_user)
            and (s.setdatabase = 0::oid or d.datname = current_database())
            and setting ilike 'timezone=%'
        order by s.setrole <> 0::oid desc, s.setdatabase <> 0::oid desc
        limit 1",
    );
    if let Some((name,)) = look.one(setting).await.map_err(store_error)? {
        return Ok(Some(Zone { name, source: Source::Setting }));
    }
    // For roles that may read them: superusers, and members of pg_read_all_settings or of
    // pg_read_server_files.
    let started = "select (regexp_match(pg_read_file('postmaster.opts'),
        '(?i)(?:^|[ \"-])timezone=([^\" ]+)'))[1]";
    match one_if_allowed(look, started).await? {
        Allowed::Yes(Some(name)) => return Ok(Some(Zone { name, source: Source::CommandLine })),
        // Whoever may read the configuration may not know how the server was started; the rows may tell.
        Allowed::Yes(None) | Allowed::No => {}
    }
    let file = "select setting from pg_file_settings where lower(name) = 'timezone' and applied";
    Ok(match one_if_allowed(look, file).await? {
        // Without a line in the file PostgreSQL takes GMT.
        Allowed::Yes(name) => Some(Zone { name: name.unwrap_or_else(|| "GMT".into()), source: Source::File }),
        Allowed::No => None,
    })
}

enum Allowed {
    Yes(Option<String>),
    No,
}

async fn one_if_allowed(look: &Look, sql: &'static str) -> Result<Allowed, StoreError> {
    match look.one(sqlx::query_as::<_, (Option<String>,)>(sql)).await {
        Ok(name) => Ok(Allowed::Yes(name.and_then(|(name,)| name))),
        Err(error) if error.as_database_error().is_some() => Ok(Allowed::No),
        Err(error) => Err(store_error(error)),
    }
}

async fn check_name(look: &Look, zone: &Zone) -> Result<(), StoreError> {
    let known = sqlx::query_as::<_, (bool,)>("select (statement_timestamp() at time zone $1) is not null");
    match look.one(known.bind(zone.name.clone())).await {
        Ok(_) => Ok(()),
        Err(error) if error.as_database_error().is_some() => Err(StoreError::failed(format!(
            "PostgreSQL knows no time zone {zone}: take a name of pg_timezone_names, such as \"Europe/Berlin\""
        ))),
        Err(error) => Err(store_error(error)),
    }
}

/// Holds the zone against what Node has written: each row says when it ends twice, as an instant in its
/// JSON and as a local time in the column.
async fn check_rows(look: &Look, table: &str, zone: &Zone) -> Result<(), StoreError> {
    let found = Table {
        name: table.to_owned(),
        sess: super::table::Sess::Json,
        expire: Expire::Local { zone: zone.name.clone() },
        admin_columns: false,
    };
    let sample = sqlx::query_as::<_, (String, f64)>(AssertSqlSafe(Sql::new(&found).sample));
    let rows = look.all(sample.bind(zone.name.clone()).bind(SAMPLE)).await.map_err(store_error)?;
    let errors = rows.iter().filter_map(|(sess, ends)| {
        let row = Members::read(sess).ok()?;
        let expires = Cookie::of(&row).expires()?.timestamp_millis();
        Some(ends - (expires as f64 / 1000.0).ceil())
    });
    match verdict(&errors.collect::<Vec<_>>()) {
        None => Ok(()),
        Some(seconds) => {
            let (sign, minutes) = (if seconds < 0.0 { '-' } else { '+' }, seconds.abs() / 60.0);
            let (hours, minutes) = ((minutes / 60.0).floor(), minutes % 60.0);
            Err(StoreError::failed(format!(
                "the column expire of {table} is not filled in the time zone {zone}: its rows are \
                 {sign}{hours:02.0}:{minutes:02.0} off. Say with `time_zone` which one Node's connections \
                 have; `show timezone` on one of them tells"
            )))
        }
    }
}

/// By how much the rows are off, if enough of them say so.
///
/// A row that was touched by connect-pg-simple has moved in the column only, by any number of seconds,
/// and says nothing, or by chance something wrong. Zones differ by quarters of an hour. So it takes
/// several rows that are off by the same, and more of them than there are rows that agree.
fn verdict(errors: &[f64]) -> Option<f64> {
    const QUARTER: f64 = 15.0 * 60.0;
    // No two zones are further apart.
    const MOST: f64 = 26.0 * 60.0 * 60.0;
    // Either side rounds to a second in its own way.
    const ROUNDING: f64 = 1.0;
    /// Witnesses, where there are as many rows.
    const ENOUGH: usize = 3;
    let quarters = errors.iter().filter(|error| error.abs() <= MOST).filter_map(|error| {
        let quarters = (error / QUARTER).round();
        ((error - quarters * QUARTER).abs() <= ROUNDING).then_some(quarters as i64)
    });
    let mut witnesses: BTreeMap<i64, usize> = BTreeMap::new();
    for quarters in quarters {
        *witnesses.entry(quarters).or_default() += 1;
    }
    let agree = witnesses.remove(&0).unwrap_or(0);
    let (off, count) = witnesses.into_iter().max_by_key(|(_, count)| *count)?;
    (count > agree && count >= ENOUGH.min(errors.len())).then_some(off as f64 * QUARTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_testify_by_quarters_of_an_hour_and_the_many_count() {
        assert_eq!(verdict(&[]), None);
        assert_eq!(verdict(&[0.0, 1.0, -0.5]), None);
        assert_eq!(verdict(&[20_700.0, 20_699.5]), Some(20_700.0));
        assert_eq!(verdict(&[-18_000.0]), Some(-18_000.0));
        // Rows that were touched since.
        assert_eq!(verdict(&[137.0, 4_000.0, 90.0]), None);
        assert_eq!(verdict(&[137.0, 3_600.0]), None);
        assert_eq!(verdict(&[137.0, 3_600.0, 3_600.0, 0.0, 3_600.0]), Some(3_600.0));
        // Touched at times that look like zones, but each like another.
        assert_eq!(verdict(&[900.0, 1_800.0, 2_700.0, 5_400.0]), None);
        assert_eq!(verdict(&[f64::INFINITY, 1e9]), None);
        // A few that were written while summer time ended.
        assert_eq!(verdict(&[0.0, 0.0, 3_600.0]), None);
    }
}
