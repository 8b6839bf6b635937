//! "What the database sees": the visitor's own row, as an administrator would find it in psql.

use actix_pg_session::Session;
use actix_web::Result;
use maud::{Markup, html};
use sqlx::PgPool;

use crate::trouble::trouble;
use crate::words::{browser, span};

struct Row {
    key: String,
    id: String,
    owner: Option<String>,
    data: String,
    ip: Option<String>,
    user_agent: String,
    expires_in: i64,
    ends_in: Option<i64>,
}

/// The panel at the foot of every page.
pub(crate) async fn panel(session: &Session, pool: &PgPool) -> Result<Markup> {
    let row = find(session, pool).await?;
    Ok(html! {
        details.glass open {
            summary { "What the database sees" }
            @match row {
                Some(row) => (both_sides(&row)),
                None => p.nothing {
                    "Nothing. You have only looked, so your browser has no cookie and the table has no row. "
                    "Put a book into the cart and look again."
                },
            }
        }
    })
}

async fn find(session: &Session, pool: &PgPool) -> Result<Option<Row>> {
    let Some(handle) = session.handle() else { return Ok(None) };
    let row = sqlx::query_as(
        "select left(encode(key, 'hex'), 16), id::text, owner, jsonb_pretty(data), host(ip),
                coalesce(user_agent, ''),
                extract(epoch from expires_at - now())::int8, extract(epoch from deadline - now())::int8
         from sessions
         where id = $1",
    )
    .bind(handle)
    .fetch_optional(pool)
    .await
    .map_err(trouble)?;
    Ok(row.map(|(key, id, owner, data, ip, user_agent, expires_in, ends_in)| Row {
        key,
        id,
        owner,
        data,
        ip,
        user_agent,
        expires_in,
        ends_in,
    }))
}

fn both_sides(row: &Row) -> Markup {
    html! {
        div.sides {
            section aria-labelledby="browser-side" {
                h3 #browser-side { "In your browser" }
                p {
                    "One cookie: 256 random bits and a signature. It says nothing about you, no script can read it, "
                    "and it is replaced when you sign in."
                }
                h3 { "Between the two" }
                p {
                    "The table has only the SHA-256 of the cookie’s id, so a stolen backup signs nobody in. "
                    "Delete the row and the visitor is signed out, wherever they are."
                }
            }
            section aria-labelledby="row-side" {
                h3 #row-side { "In " code { "sessions" } }
                dl.row {
                    dt { "key" } dd { "\\x" (row.key) "…" }
                    dt { "id" } dd data-column="id" { (row.id) }
                    dt { "owner" } dd data-column="owner" {
                        @match &row.owner {
                            Some(owner) => (owner),
                            None => span.null { "null" },
                        }
                    }
                    dt { "data" } dd { pre data-column="data" { (row.data) } }
                    dt { "ip" } dd {
                        @match &row.ip {
                            Some(ip) => (ip),
                            None => span.null { "null" },
                        }
                    }
                    dt { "user_agent" } dd title=(row.user_agent) { (browser(&row.user_agent)) }
                    dt { "expires_at" } dd {
                        "in " (span(row.expires_in)) " if not used"
                        @if let Some(ends_in) = row.ends_in { ", in " (span(ends_in)) " in any case" }
                    }
                }
            }
        }
    }
}
