//! Sign-ins, held to the number of sessions that one owner may have.

use uuid::Uuid;

use crate::config::Config;
use crate::error::StoreError;
use crate::events::{EndReason, SessionEvent};
use crate::id::SessionId;
use crate::record::{NewSession, Renewal};
use crate::store::{Admission, Created, Owners, Updated};
use crate::telemetry;

/// [`SessionStore::create`](crate::SessionStore::create), within the limit if it is a sign-in and there is one.
pub(crate) async fn create(config: &Config, id: &SessionId, new: NewSession) -> Result<Created, StoreError> {
    let (Some(limit), Some(owner)) = (config.options.per_owner, new.owner.clone()) else {
        return config.store.create(id, new).await;
    };
    let admission = owners(config)?.get().create_within(limit, id, new).await?;
    admitted(config, &owner, admission, |created| Some(created.handle))
}

/// [`SessionStore::renew`](crate::SessionStore::renew), likewise.
pub(crate) async fn renew(
    config: &Config,
    old: &SessionId,
    new: &SessionId,
    renewal: Renewal,
) -> Result<Updated, StoreError> {
    let owner = renewal.restart.as_ref().and_then(|restart| restart.owner.clone());
    let (Some(limit), Some(owner)) = (config.options.per_owner, owner) else {
        return config.store.renew(old, new, renewal).await;
    };
    let admission = owners(config)?.get().renew_within(limit, old, new, renewal).await?;
    admitted(config, &owner, admission, |updated| match updated {
        Updated::Saved(saved) => Some(saved.handle),
        Updated::Gone | Updated::Conflict => None,
    })
}

/// That there are some was checked by `build()`.
fn owners(config: &Config) -> Result<Owners<'_>, StoreError> {
    config.store.owners().ok_or_else(|| StoreError::failed("this store cannot count sessions by their owner"))
}

fn admitted<T>(
    config: &Config,
    owner: &str,
    admission: Admission<T>,
    begun: impl FnOnce(&T) -> Option<Uuid>,
) -> Result<T, StoreError> {
    let Admission::In { answer, evicted } = admission else {
        telemetry::sign_in_refused();
        return Err(StoreError::full());
    };
    if let Some(by) = begun(&answer) {
        for handle in evicted {
            telemetry::evicted(handle);
            config.events.tell(|| SessionEvent::Ended {
                session: Some(handle),
                owner: Some(owner.into()),
                reason: EndReason::Evicted { by },
            });
        }
    }
    Ok(answer)
}
