//! The library's calls, as a middleware makes them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_pg_session::{
    Change, Client, Data, Deleted, Lifetime, Loaded, NewSession, PostgresStore, SessionId, SessionStore as _,
    Touched, Updated,
};

use super::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Load,
    Update,
    Touch,
    Create,
    Delete,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the middleware has an ended id remembered.
const GRACE: Duration = Duration::from_secs(10);

impl Verb {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Update => "update",
            Self::Touch => "touch",
            Self::Create => "create",
            Self::Delete => "delete",
        }
    }

    /// Errs if the session is not there, or is there already: what was not done must not count as fast.
    pub(super) async fn call(self, store: &PostgresStore, id: &SessionId) -> Result<()> {
        let is_done = match self {
            Self::Load => matches!(store.load(id).await?, Loaded::Live(_)),
            Self::Update => matches!(store.update(id, change()?).await?, Updated::Saved(_)),
            Self::Touch => matches!(store.touch(id, None).await?, Touched::Moved { .. }),
            Self::Create => store.create(id, new()?).await.map(|_| true)?,
            Self::Delete => matches!(store.delete(id, GRACE).await?, Deleted::Ended),
        };
        if is_done { Ok(()) } else { Err(format!("{self:?} did not find its session").into()) }
    }
}

/// Another number each time.
fn change() -> Result<Change> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    Ok(Change { set: Data::from_json(&format!("{{\"count\":{count}}}"))?, ..Change::default() })
}

/// About as large as those that are planted.
fn new() -> Result<NewSession> {
    let note = "x".repeat(120);
    let data = format!(
        r#"{{"name":"visitor","csrf":"d41d8cd98f00b204e9800998ecf8427e","count":0,"cart":[1,2,3],"note":"{note}"}}"#
    );
    Ok(NewSession {
        data: Data::from_json(&data)?,
        owner: Some("somebody new".into()),
        credential: None,
        client: Client::default(),
        lifetime: Lifetime::new(14 * DAY, 90 * DAY),
        cookie: None,
    })
}
