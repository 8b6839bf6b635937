//! Every verb of a session, from one request to the next.

mod detached;
mod keys;
mod life;
mod lifetime;
mod mid_request;
mod sealed;
mod values;
