//! What a request brings: cookies of our name, a scheme, an address.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderValue, USER_AGENT};

use crate::commit::within;
use crate::config::Config;
use crate::draft::{Base, Live};
use crate::error::StoreError;
use crate::events::{EndReason, SessionEvent};
use crate::id::SessionId;
use crate::keyring::Verified;
use crate::policy::{Dialect, OnOutage};
use crate::record::{Client, Record};
use crate::store::Loaded;
use crate::telemetry;

/// How many differently signed cookies of one request are looked up. Each costs a query, and one
/// is what an honest browser sends.
const MAX_CANDIDATES: usize = 4;

/// Read from the request's head, before anything is awaited.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// Ids that we have signed, in the order of the request.
    candidates: Vec<Verified>,
    /// The request brought a cookie of our name, good or bad.
    pub(crate) presented: bool,
    pub(crate) over_tls: bool,
    ip: Option<IpAddr>,
    /// As it came; it is made fit for a row only when there is one to write.
    user_agent: Option<HeaderValue>,
}

impl Arrival {
    pub(crate) fn read(config: &Config, request: &HttpRequest) -> Self {
        let mut presented = false;
        let mut candidates: Vec<Verified> = Vec::new();
        // Express goes by the first of several, good or bad.
        let most = if config.options.policy.dialect == Dialect::Express { 1 } else { usize::MAX };
        for value in config.cookie.find(request.headers()).take(most) {
            presented = true;
            match config.keys.verify(value) {
                Ok(verified) => {
                    let known = candidates.iter().any(|other| other.id == verified.id);
                    if !known && candidates.len() < MAX_CANDIDATES {
                        candidates.push(verified);
                    }
                }
                Err(refused) => telemetry::cookie_refused(refused.reason()),
            }
        }
        #[cfg(feature = "actix-session")]
        if let Some(cookie) = config.options.actix_session.as_ref().filter(|_| candidates.is_empty()) {
            candidates.extend(cookie.read(request));
        }
        let trust = &config.options.trust_proxy;
        let records_client = config.options.record_client;
        Self {
            candidates,
            presented,
            over_tls: trust.is_tls(request),
            ip: records_client.then(|| trust.client_ip(request)).flatten(),
            user_agent: records_client.then(|| request.headers().get(USER_AGENT).cloned()).flatten(),
        }
    }

    /// Whether the request brings no cookie that could name a session.
    pub(crate) fn has_nothing_to_look_up(&self) -> bool {
        self.candidates.is_empty()
    }

    /// The ids that are believed, each with whether an old secret signed it.
    #[cfg(feature = "fuzz-internals")]
    pub(crate) fn believed(&self) -> Vec<(String, bool)> {
        let told = |one: &Verified| (one.id.expose().to_owned(), one.signed_with_old_key);
        self.candidates.iter().map(told).collect()
    }

    /// Who asks, as far as that is recorded.
    pub(crate) fn client(&self) -> Client {
        let user_agent = self.user_agent.as_ref().map(|value| String::from_utf8_lossy(value.as_bytes()));
        Client::new(self.ip, user_agent)
    }

    /// Looks the cookies up: the first that names a live session wins.
    pub(crate) async fn resolve(&mut self, config: &Arc<Config>) -> Result<Base, StoreError> {
        let mut base = Base::Fresh;
        for Verified { id, signed_with_old_key } in std::mem::take(&mut self.candidates) {
            match present(config, &id).await {
                Ok(Loaded::Live(record)) => {
                    return Ok(Base::Live(Live::new(id, record, signed_with_old_key)));
                }
                Ok(Loaded::Ended) => {
                    telemetry::late();
                    base = Base::Late(id);
                }
                Ok(Loaded::Absent) => telemetry::unknown(),
                // Not refused: the cookie would only bring the visitor here again, for ever.
                Err(error) if error.is_corrupt() => telemetry::unreadable(&error),
                Err(error) => match config.options.on_outage {
                    OnOutage::Refuse => return Err(error),
                    // Anonymous for now; its cookie may be as good as ever when the store is back.
                    OnOutage::Anonymous => {
                        telemetry::failed(&error.into());
                        base = Base::Late(id);
                    }
                },
            }
        }
        Ok(base)
    }
}

/// The session of this id, unless its owner's credentials are others by now.
async fn present(config: &Config, id: &SessionId) -> Result<Loaded, StoreError> {
    let loaded = within(config, config.store.load(id)).await?;
    if let (Loaded::Live(record), Some(credentials)) = (&loaded, &config.options.credentials)
        && let Some(owner) = &record.owner
    {
        let is_current = |current: &Option<String>, record: &Record| {
            current.is_some() && current.as_deref() == record.credential.as_deref()
        };
        let current = within(config, credentials.current(Arc::clone(owner))).await?;
        if is_current(&current, record) {
            return Ok(loaded);
        }
        // Both may have changed since, one after the other: a session that is current must not be ended for it.
        let again = within(config, config.store.refresh(id)).await?;
        let current = within(config, credentials.current(Arc::clone(owner))).await?;
        if let Loaded::Live(record) = &again {
            if is_current(&current, record) {
                return Ok(again);
            }
            end_outdated(config, id, record).await;
        }
        // The browser may be about to learn of another session: this request sets no cookie over it.
        return Ok(Loaded::Ended);
    }
    Ok(loaded)
}

/// If its row cannot be deleted now, it is at its next use.
async fn end_outdated(config: &Config, id: &SessionId, record: &Record) {
    telemetry::credential_changed(record.handle);
    match within(config, config.store.delete(id, Duration::ZERO)).await {
        Ok(_) => config.events.tell(|| SessionEvent::Ended {
            session: Some(record.handle),
            owner: record.owner.clone(),
            reason: EndReason::CredentialChanged,
        }),
        Err(error) => telemetry::failed(&error.into()),
    }
}
