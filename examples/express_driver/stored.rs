//! What `GET /__store` shows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use actix_pg_session::{Digest, ExpressStore, MemoryStore, Record};
use actix_web::{Result, error};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sha2::Digest as _;
use sqlx::{AssertSqlSafe, PgPool};

/// The store, seen from outside of the middleware.
pub(crate) struct Stored {
    kind: Kind,
    /// The ids that the handlers have seen. The store in memory knows digests only.
    ids: Mutex<HashMap<[u8; 32], String>>,
}

enum Kind {
    Memory(MemoryStore),
    Table(PgPool, String),
}

impl Stored {
    pub(crate) fn memory(store: MemoryStore) -> Self {
        Self { kind: Kind::Memory(store), ids: Mutex::default() }
    }

    pub(crate) fn table(store: &ExpressStore, table: &str) -> Self {
        let ends = match store.time_zone() {
            Some(zone) => format!("expire at time zone '{zone}'"),
            None => "expire".into(),
        };
        let table = table.replace('"', "\"\"");
        let sql = format!("select sid, sess::text from \"{table}\" where {ends} > now()");
        Self { kind: Kind::Table(store.pool().clone(), sql), ids: Mutex::default() }
    }

    pub(crate) fn note(&self, id: String) {
        let digest = sha2::Sha256::digest(id.as_bytes()).into();
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, id);
    }

    /// The live sessions by id.
    pub(crate) async fn live(&self) -> Result<Value> {
        let entries = match &self.kind {
            Kind::Memory(store) => {
                let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
                let id = |key: &Digest| ids.get(key.as_bytes()).cloned().unwrap_or_default();
                store.records().iter().map(|(key, record)| (id(key), of_record(record))).collect()
            }
            Kind::Table(pool, sql) => {
                let rows: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(sql.as_str()))
                    .fetch_all(pool)
                    .await
                    .map_err(error::ErrorInternalServerError)?;
                rows.into_iter()
                    .map(|(sid, sess)| Ok((sid, of_row(&sess).map_err(error::ErrorInternalServerError)?)))
                    .collect::<Result<Map<String, Value>>>()?
            }
        };
        Ok(Value::Object(entries))
    }
}

fn of_record(record: &Record) -> Value {
    let data: Map<String, Value> =
        record.data.iter().map(|(name, raw)| (name.to_owned(), parsed(raw))).collect();
    let expires = |record: &Record| iso(now() + record.remaining);
    json!({
        "data": data,
        "expires": record.persistent.then(|| expires(record)),
        "originalMaxAge": record.persistent.then_some(record.idle.as_millis() as i64),
    })
}

/// The row as express-session would inflate it.
fn of_row(sess: &str) -> Result<Value, serde_json::Error> {
    let mut data: Map<String, Value> = serde_json::from_str(sess)?;
    let cookie = data.remove("cookie").unwrap_or_default();
    let expires = cookie.get("expires").filter(|expires| expires.is_string()).cloned();
    let original = cookie.get("originalMaxAge").cloned();
    Ok(json!({ "data": data, "expires": expires, "originalMaxAge": original }))
}

fn parsed(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[expect(clippy::disallowed_methods, reason = "the store in memory has this machine's clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}
