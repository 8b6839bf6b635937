//! What an administrator looks for, as conditions.

use super::Question;
use crate::store::postgres::admin::{Filter, State, Whom};

/// What the rows are wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// To be shown. A row that a renewal on a cluster has reserved is no session.
    Shown,
    /// To be ended. Such a row is then ended as well, before it is one.
    Ended,
}

/// Begins with `where`.
pub(super) fn push_conditions(sql: &mut Question, filter: &Filter, rows: Rows) {
    sql.push(match (filter.state, rows) {
        (State::Live, Rows::Shown) => " where expires_at > statement_timestamp()",
        (State::Live, Rows::Ended) => {
            " where (expires_at > statement_timestamp() or expires_at = '-infinity')"
        }
        (State::Expired, _) => " where expires_at <= statement_timestamp() and expires_at > '-infinity'",
        (State::Any, Rows::Shown) => " where expires_at > '-infinity'",
        (State::Any, Rows::Ended) => " where true",
    });
    if let Some(whom) = filter.whom {
        sql.push(" and ");
        push_whom(sql, whom);
    }
    if let Some(owner) = &filter.owner {
        sql.push(" and owner = ").push_bind(owner.clone());
    }
    match filter.has_owner {
        Some(true) => drop(sql.push(" and owner is not null")),
        Some(false) => drop(sql.push(" and owner is null")),
        None => {}
    }
    if let Some(network) = &filter.network {
        sql.push(" and ip <<= ").push_bind(network.to_string()).push("::text::inet");
    }
    if let Some(words) = &filter.user_agent {
        sql.push(" and strpos(lower(user_agent), lower(").push_bind(words.clone()).push("::text)) > 0");
    }
    if let Some(idle) = filter.idle_for {
        sql.push(" and seen_at <= statement_timestamp() - ");
        push_seconds(sql, idle.as_secs_f64());
    }
    if let Some(within) = filter.began_within {
        sql.push(" and created_at > statement_timestamp() - ");
        push_seconds(sql, within.as_secs_f64());
    }
    if let Some(time) = filter.began_before {
        sql.push(" and created_at < ").push_bind(time);
    }
    if let Some(time) = filter.began_after {
        sql.push(" and created_at >= ").push_bind(time);
    }
    if let Some(part) = &filter.data_contains {
        sql.push(" and data @> ").push_bind(part.clone()).push("::text::jsonb");
    }
    // What a path finds, or what a predicate says. Of both, the first is what counts.
    if let Some(path) = &filter.data_path {
        sql.push(" and coalesce(pg_catalog.jsonb_path_query_first(data, ")
            .push_bind(path.clone())
            .push("::text::jsonpath, silent => true), 'null') not in (jsonb 'null', jsonb 'false')");
    }
}

/// One session.
pub(super) fn push_whom(sql: &mut Question, whom: Whom) {
    sql.push("id = ").push_bind(whom.handle);
    if let Some(time) = whom.created_at {
        sql.push(" and created_at = ").push_bind(time);
    }
}

fn push_seconds(sql: &mut Question, seconds: f64) {
    sql.push("make_interval(secs => ").push_bind(seconds).push(")");
}
