//! A site that posts forms to somebody else's.

use crate::{Elsewhere, Result};

/// A site of one page, on this machine: a form that posts to another site. Gone when dropped.
#[derive(Debug)]
pub struct Forger(Elsewhere);

impl Forger {
    /// Opens a site with a form that posts to `target`.
    ///
    /// # Errors
    ///
    /// When there is no port to be had.
    pub async fn open(target: &str) -> Result<Self> {
        let form = format!(
            "<form method=post action='{target}'><input name=book value=night-ferry><button>Claim it</button></form>"
        );
        Ok(Self(Elsewhere::with(&form).await?))
    }

    /// The address of the page, under a name of this machine.
    pub fn page_at(&self, host: &str) -> String {
        self.0.page_at(host)
    }
}
