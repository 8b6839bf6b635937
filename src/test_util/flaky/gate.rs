//! A place where a call waits until a test lets it go on.

use tokio::sync::watch;

/// The test's end of a held call. Opening it, or dropping it, lets the call go on.
#[derive(Debug)]
#[must_use = "a gate that is dropped is open"]
pub struct Gate {
    reached: watch::Receiver<bool>,
    open: watch::Sender<bool>,
}

/// The call's end.
#[derive(Debug)]
pub(super) struct Stand {
    reached: watch::Sender<bool>,
    open: watch::Receiver<bool>,
}

impl Gate {
    pub(super) fn new() -> (Self, Stand) {
        let (tell_reached, reached) = watch::channel(false);
        let (open, hear_open) = watch::channel(false);
        (Self { reached, open }, Stand { reached: tell_reached, open: hear_open })
    }

    /// Waits until a call stands at the gate. At once, when one stands or stood there.
    ///
    /// # Panics
    ///
    /// When no call can come any more, because the store was [healed](super::FlakyStore::heal) or
    /// dropped.
    pub async fn reached(&self) {
        let mut reached = self.reached.clone();
        let came = reached.wait_for(|reached| *reached).await.is_ok();
        assert!(came, "no call will ever stand at this gate: the store was healed or dropped");
    }

    /// Lets the call go on, and one that has yet to come pass without a stop.
    pub fn open(&self) {
        self.open.send_replace(true);
    }
}

impl Stand {
    pub(super) async fn wait(mut self) {
        self.reached.send_replace(true);
        // An error says that the gate was dropped, which opens it.
        let _ = self.open.wait_for(|open| *open).await;
    }
}
