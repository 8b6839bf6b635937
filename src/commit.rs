//! Carrying a decision out: the one place where the middleware writes to the store.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;

use crate::admission;
use crate::config::Config;
use crate::cookie::CookieAttributes;
use crate::decide::Write;
use crate::draft::Work;
use crate::error::{SessionError, StoreError};
use crate::events::{EndReason, SessionEvent};
use crate::id::SessionId;
use crate::record::{Client, Data, NewSession, Record, Renewal, Restart};
use crate::store::{Deleted, Loaded, Touched, Updated};
use crate::telemetry;

/// A decided write, with everything that it needs. It owns all of it, so that it can be carried out
/// by a task which outlives the request.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) config: Arc<Config>,
    pub(crate) write: Write,
    /// The id that the request came with.
    pub(crate) id: Option<SessionId>,
    /// The session that was loaded, if one was.
    pub(crate) loaded: Option<Box<Record>>,
    pub(crate) work: Work,
    pub(crate) client: Client,
    /// What a session that begins with this write keeps of its cookie.
    pub(crate) cookie: Option<CookieAttributes>,
}

/// What became of a write.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nothing was written.
    Nothing,
    /// The session is live, under this id, for this long.
    Live { id: SessionId, remaining: Duration },
    /// The session is over, as asked.
    Deleted,
    /// The session of this id was ended by somebody else; nothing was written.
    Gone(SessionId),
}

/// Carries out `plan` in a task of its own: a save that has begun completes even if the client
/// hangs up and actix drops the request.
pub(crate) async fn enact(plan: Plan) -> Result<Outcome, SessionError> {
    if plan.write == Write::Nothing {
        return Ok(Outcome::Nothing);
    }
    // Boxed, because tokio moves a task's future about, and this one is some kilobytes.
    match tokio::spawn(Box::pin(plan.run())).await {
        Ok(result) => result,
        // The task panicked (in a caller's `update` closure or a store), or the runtime is stopping.
        Err(error) => Err(StoreError::failed(error).into()),
    }
}

impl Plan {
    async fn run(self) -> Result<Outcome, SessionError> {
        let config = &*self.config;
        if self.write == Write::Create {
            return create(config, self.work, self.client, self.cookie).await;
        }
        let Some(id) = self.id else { return Ok(Outcome::Nothing) };
        if self.write == Write::Delete {
            return delete(config, id, self.loaded, self.work.end_reason).await;
        }
        let Some(record) = self.loaded else { return Ok(Outcome::Nothing) };
        match self.write {
            Write::Touch => match within(config, config.store.touch(&id, self.work.lifetime)).await? {
                Touched::Moved { remaining } => Ok(Outcome::Live { id, remaining }),
                Touched::Gone => Ok(gone(id, &record)),
            },
            Write::Update => update(config, id, record, self.work).await,
            // Apart: it is rarer than an update, and needs the most room.
            Write::Renew => Box::pin(renew(config, id, record, self.work, None)).await,
            Write::Restart => {
                let restart = Restart {
                    owner: self.work.owner.clone(),
                    credential: self.work.credential.clone(),
                    client: self.client,
                    lifetime: self.work.lifetime.unwrap_or(config.options.lifetime),
                    cookie: self.cookie,
                };
                Box::pin(renew(config, id, record, self.work, Some(restart))).await
            }
            Write::Nothing | Write::Create | Write::Delete => Ok(Outcome::Nothing),
        }
    }
}

async fn update(
    config: &Config,
    id: SessionId,
    mut record: Box<Record>,
    mut work: Work,
) -> Result<Outcome, SessionError> {
    loop {
        let change = work.to_change(record.version);
        match within(config, config.store.update(&id, change)).await? {
            Updated::Saved(saved) => return Ok(Outcome::Live { id, remaining: saved.remaining }),
            Updated::Gone => return Ok(gone(id, &record)),
            Updated::Conflict => match replay(config, &id, &mut work).await? {
                Some(fresh) => record = fresh,
                None => return Ok(gone(id, &record)),
            },
        }
    }
}

async fn renew(
    config: &Config,
    old: SessionId,
    mut record: Box<Record>,
    mut work: Work,
    restart: Option<Restart>,
) -> Result<Outcome, SessionError> {
    let mut ids = NewIds::new(config, work.planned.take());
    loop {
        let new = ids.next()?;
        let renewal = Renewal {
            change: work.to_change(record.version),
            restart: restart.clone(),
            proof: work.proof.clone(),
            late_grace: config.options.late_grace,
        };
        match within(config, admission::renew(config, &old, &new, renewal)).await {
            Ok(Updated::Saved(saved)) => {
                let session = saved.handle;
                match restart {
                    Some(restart) => {
                        telemetry::restarted(record.handle, session);
                        config
                            .events
                            .tell(|| SessionEvent::Created { session, owner: restart.owner.map(Arc::from) });
                        config.events.tell(|| SessionEvent::Ended {
                            session: Some(record.handle),
                            owner: record.owner,
                            reason: EndReason::Replaced { by: session },
                        });
                    }
                    None => {
                        telemetry::renewed(session);
                        config.events.tell(|| SessionEvent::Renewed {
                            session,
                            owner: record.owner,
                            reauthenticated: work.proof.is_some(),
                        });
                    }
                }
                return Ok(Outcome::Live { id: new, remaining: saved.remaining });
            }
            Ok(Updated::Gone) => break,
            Ok(Updated::Conflict) => match replay(config, &old, &mut work).await? {
                Some(fresh) => record = fresh,
                None => break,
            },
            Err(error) => ids.after(error)?,
        }
    }
    let gone = gone(old, &record);
    // A session that was to begin in this one's place begins without a thing of it, just as it would
    // had the request come a moment later.
    match restart {
        None => Ok(gone),
        Some(Restart { client, cookie, .. }) => {
            work.changes.replay(&Data::default())?;
            // An id that was taken by nobody is still free.
            work.planned = ids.planned;
            create(config, work, client, cookie).await
        }
    }
}

/// Reads the session again and computes upon it what was computed upon an older one.
///
/// There is no limit to how often: each conflict is another writer's success.
async fn replay(
    config: &Config,
    id: &SessionId,
    work: &mut Work,
) -> Result<Option<Box<Record>>, SessionError> {
    let Loaded::Live(fresh) = within(config, config.store.refresh(id)).await? else {
        return Ok(None);
    };
    telemetry::replayed(fresh.handle);
    work.changes.replay(&fresh.data)?;
    Ok(Some(fresh))
}

async fn create(
    config: &Config,
    work: Work,
    client: Client,
    cookie: Option<CookieAttributes>,
) -> Result<Outcome, SessionError> {
    let new = NewSession {
        data: work.changes.to_change(0).apply(&Data::default()),
        owner: work.owner,
        credential: work.credential,
        client,
        lifetime: work.lifetime.unwrap_or(config.options.lifetime),
        cookie,
    };
    let mut ids = NewIds::new(config, work.planned);
    loop {
        let id = ids.next()?;
        match within(config, admission::create(config, &id, new.clone())).await {
            Ok(created) => {
                telemetry::created(created.handle);
                config.events.tell(|| SessionEvent::Created {
                    session: created.handle,
                    owner: new.owner.map(Arc::from),
                });
                return Ok(Outcome::Live { id, remaining: created.remaining });
            }
            Err(error) => ids.after(error)?,
        }
    }
}

/// New ids, and another one after a collision.
struct NewIds<'a> {
    config: &'a Config,
    /// The one that a handler was promised, until it turns out to be taken.
    planned: Option<SessionId>,
    left: u32,
}

impl<'a> NewIds<'a> {
    /// A sound generator needs one. One that needs more than this is broken.
    const TRIES: u32 = 3;

    fn new(config: &'a Config, planned: Option<SessionId>) -> Self {
        Self { config, planned, left: Self::TRIES }
    }

    fn next(&self) -> Result<SessionId, SessionError> {
        match &self.planned {
            Some(planned) => Ok(planned.clone()),
            None => self.config.options.id_generator.new_id(),
        }
    }

    /// Passes every error on but a collision that leaves a try.
    fn after(&mut self, error: StoreError) -> Result<(), SessionError> {
        if !error.is_collision() {
            return Err(error.into());
        }
        telemetry::collision();
        self.planned = None;
        self.left -= 1;
        if self.left == 0 {
            return Err(SessionError::id_generator(error));
        }
        Ok(())
    }
}

/// A session that somebody else has ended is `Gone` here too: were the browser told to drop its cookie,
/// it could be that of a sign-in which came in between.
async fn delete(
    config: &Config,
    id: SessionId,
    loaded: Option<Box<Record>>,
    reason: EndReason,
) -> Result<Outcome, SessionError> {
    match within(config, config.store.delete(&id, config.options.late_grace)).await? {
        Deleted::Ended => {
            let (session, owner) =
                (loaded.as_ref().map(|record| record.handle), loaded.and_then(|record| record.owner));
            telemetry::destroyed(session);
            config.events.tell(|| SessionEvent::Ended { session, owner, reason });
            Ok(Outcome::Deleted)
        }
        Deleted::Gone => Ok(Outcome::Gone(id)),
    }
}

fn gone(id: SessionId, record: &Record) -> Outcome {
    telemetry::gone(record.handle);
    Outcome::Gone(id)
}

/// Gives a call to the store its deadline, from now on.
///
/// No `async fn`, which would have room for the call twice: as it was given, and as it is waited for.
pub(crate) fn within<T, F>(
    config: &Config,
    call: F,
) -> impl Future<Output = Result<T, StoreError>> + use<T, F>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let answer = tokio::time::timeout(config.options.store_timeout, call);
    answer.map(|answer| answer.unwrap_or_else(|_| Err(StoreError::timed_out())))
}
