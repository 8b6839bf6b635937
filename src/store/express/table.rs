//! The table as it is found: connect-pg-simple's own, or a wider one that it works with as well.

use super::look::Look;
use crate::error::StoreError;
use crate::store::postgres::fault::store_error;
use crate::store::postgres::names::quoted;

/// What the statements need to know of it.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// Quoted, with its schema.
    pub(super) name: String,
    pub(super) sess: Sess,
    pub(super) expire: Expire,
    pub(super) admin_columns: bool,
}

/// The type of `sess`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sess {
    Json,
    Jsonb,
}

impl Sess {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Jsonb => "jsonb",
        }
    }

    /// The text after a save, where it is not the one that was sent.
    pub(super) fn changed_text(self) -> &'static str {
        match self {
            Self::Json => "null::text",
            Self::Jsonb => "sess::text",
        }
    }
}

/// The type of `expire`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expire {
    /// `timestamptz`: an instant.
    Instant,
    /// `timestamp`: the time on a wall somewhere. Node's connections put it there by their zone.
    Local { zone: String },
}

impl Expire {
    /// An instant as this type.
    pub(super) fn of(&self, instant: &str) -> String {
        match self {
            Self::Instant => instant.to_owned(),
            Self::Local { zone } => format!("({instant} at time zone {})", literal(zone)),
        }
    }

    /// What a column of this type holds, as an instant.
    pub(super) fn instant(&self, column: &str) -> String {
        match self {
            Self::Instant => column.to_owned(),
            Self::Local { zone } => format!("({column} at time zone {})", literal(zone)),
        }
    }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The columns of a table, by name and type.
#[derive(Debug)]
pub(super) struct Columns {
    table: String,
    found: Vec<Column>,
}

/// Name; type; the type with its length; whether a row without it is refused.
type Column = (String, String, String, bool);

/// The administrator's columns, and what each must be.
const ADMIN: [(&str, &[&str]); 3] = [
    ("owner", &["text", "character varying"]),
    ("ip", &["inet"]),
    ("user_agent", &["text", "character varying"]),
];

/// The longest sid that is written here: of a mark of an end. A new session's has 43 characters.
const LONGEST_SID: i32 = 49;

impl Columns {
    /// Looks at the table.
    pub(super) async fn of(look: &Look, schema: &str, table: &str) -> Result<Self, StoreError> {
        let name = format!("{}.{}", quoted(schema), quoted(table));
        let columns = sqlx::query_as::<_, Column>(
            "select attname::text, format_type(atttypid, null::integer), format_type(atttypid, atttypmod),
                attnotnull and not atthasdef and attidentity = '' and attgenerated = ''
            from pg_attribute
            where attrelid = to_regclass($1)::oid and attnum > 0 and not attisdropped",
        )
        .bind(name.clone());
        let found = look.all(columns).await.map_err(store_error)?;
        if found.is_empty() {
            return Err(StoreError::failed(format!(
                "there is no table {name}: let the Express application or `create_table_if_missing(true)` \
                 create it, or name another with `schema` and `table`"
            )));
        }
        let columns = Self { table: name, found };
        columns.check_sid(look).await?;
        Ok(columns)
    }

    /// Updates and inserts go by the sid, so it must be unique.
    async fn check_sid(&self, look: &Look) -> Result<(), StoreError> {
        self.require("sid", &["character varying", "text"])?;
        self.check_length("sid", LONGEST_SID)?;
        let unique = sqlx::query_as::<_, (bool,)>(
            "select exists (
                select from pg_index i
                join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                where i.indrelid = to_regclass($1)::oid and i.indisunique and i.indnkeyatts = 1
                    and i.indpred is null and a.attname = 'sid')",
        )
        .bind(self.table.clone());
        if look.one(unique).await.map_err(store_error)? == Some((true,)) {
            return Ok(());
        }
        let table = &self.table;
        Err(StoreError::failed(format!(
            "the column sid of {table} is not unique: alter table {table} add primary key (sid)"
        )))
    }

    /// Neither side fills a column that it does not know.
    pub(super) fn check_others(&self) -> Result<(), StoreError> {
        let known = |name: &str| ["sid", "sess", "expire"].contains(&name);
        let asking = self.found.iter().find(|(name, .., is_needed)| *is_needed && !known(name));
        let Some((name, ..)) = asking else { return Ok(()) };
        let table = &self.table;
        Err(StoreError::failed(format!(
            "the column {name} of {table} may not be null and has no default, so no session could be \
             inserted: alter table {table} alter {name} drop not null, or give it a default"
        )))
    }

    /// Refuses `varchar(n)` with too small an `n`.
    fn check_length(&self, name: &str, least: i32) -> Result<(), StoreError> {
        let column = self.found.iter().find(|(column, ..)| column == name);
        let length =
            column.and_then(|(_, _, full, _)| full.split_once('(')?.1.strip_suffix(')')?.parse().ok());
        if length.is_none_or(|length: i32| length >= least) {
            return Ok(());
        }
        let table = &self.table;
        Err(StoreError::failed(format!(
            "the column {name} of {table} is too short for what is stored there: alter table {table} alter \
             {name} type text"
        )))
    }

    pub(super) fn name(&self) -> &str {
        &self.table
    }

    pub(super) fn sess(&self) -> Result<Sess, StoreError> {
        let is_jsonb = self.require("sess", &["json", "jsonb"])? == "jsonb";
        Ok(if is_jsonb { Sess::Jsonb } else { Sess::Json })
    }

    /// Whether `expire` is an instant, rather than a local time.
    pub(super) fn expire_is_instant(&self) -> Result<bool, StoreError> {
        let (local, instant) = ("timestamp without time zone", "timestamp with time zone");
        Ok(self.require("expire", &[local, instant])? == instant)
    }

    /// Whether the administrator's columns are all there.
    pub(super) fn check_admin(&self) -> Result<(), StoreError> {
        for (name, types) in ADMIN {
            self.require(name, types)?;
            // As long as an owner may be; a browser's name is cut to 512 bytes.
            self.check_length(name, 1024)?;
        }
        Ok(())
    }

    fn require(&self, name: &str, types: &[&str]) -> Result<&str, StoreError> {
        let found =
            self.found.iter().find(|(column, ..)| column == name).map(|(_, found, ..)| found.as_str());
        let is = match found {
            Some(found) if types.contains(&found) => return Ok(found),
            Some(found) => format!("is {found}"),
            None => "is missing".into(),
        };
        let table = &self.table;
        Err(StoreError::failed(format!(
            "{table} is no table of connect-pg-simple: its column {name} {is}, and should be {}",
            types.join(" or ")
        )))
    }
}

/// Makes the table as connect-pg-simple would, unless it is there. Names of constraints follow the
/// table's, so that several tables may stand in one schema.
pub(super) async fn create_if_missing(look: &Look, schema: &str, table: &str) -> Result<(), StoreError> {
    let name = format!("{}.{}", quoted(schema), quoted(table));
    let exists = sqlx::query_as::<_, (bool,)>("select to_regclass($1) is not null").bind(name.clone());
    if look.one(exists).await.map_err(store_error)? == Some((true,)) {
        return Ok(());
    }
    // PostgreSQL would cut off what makes them other names than the table's.
    let short = &table[..table.floor_char_boundary(63 - "IDX__expire".len())];
    let (key, index) = (quoted(&format!("{short}_pkey")), quoted(&format!("IDX_{short}_expire")));
    // Several processes may start at once; `if not exists` alone lets them collide. The statements are
    // one transaction, as they are sent as one.
    let lock = name.replace('\'', "''");
    let statements = format!(
        "select pg_advisory_xact_lock(hashtextextended('{lock}', 0::bigint));
        create table if not exists {name} (
            sid varchar not null collate \"default\" constraint {key} primary key,
            sess json not null,
            expire timestamp(6) not null
        );
        create index if not exists {index} on {name} (expire)"
    );
    look.make(statements).await.map_err(store_error)
}
