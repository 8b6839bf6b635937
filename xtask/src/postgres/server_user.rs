//! Whom the server runs as.
//!
//! PostgreSQL refuses to run as root, and containers often are root. There it
//! runs as `postgres`, or as `nobody` where that user does not exist. Everybody
//! else runs it as themselves.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::output;
use crate::{Error, OrSay, Result};

/// The user the server's programs run as.
#[derive(Debug, Clone, Copy)]
pub(super) enum ServerUser {
    /// Whoever runs this program.
    Ourselves,
    /// Somebody with fewer rights, because this program runs as root.
    Other { uid: u32, gid: u32 },
}

impl ServerUser {
    pub(super) fn find() -> Result<Self> {
        if id(&["-u"])? != 0 {
            return Ok(Self::Ourselves);
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| {
                let uid = id(&["-u", name]).ok()?;
                let gid = id(&["-g", name]).ok()?;
                Some(Self::Other { uid, gid })
            })
            .ok_or_else(|| {
                Error::new(
                    "PostgreSQL does not run as root, and there is neither a user postgres nor \
                     a user nobody to run it as: create one, or run this as another user",
                )
            })
    }

    /// Makes `command` run as this user. The standard library drops root's
    /// supplementary groups along with its uid.
    pub(super) fn runs(self, command: &mut Command) {
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
    }

    /// Gives `path` to this user.
    pub(super) fn owns(self, path: &Path) -> Result<()> {
        let Self::Other { uid, gid } = self else {
            return Ok(());
        };
        chown(path, Some(uid), Some(gid))
            .or_say(|| format!("cannot give {} to the server's user", path.display()))
    }

    /// Whether this user can get to `path`, or to the nearest parent of it
    /// that exists.
    pub(super) fn can_reach(self, path: &Path) -> bool {
        let Some(existing) = path.ancestors().find(|p| p.is_dir()) else {
            return false;
        };
        let mut command = Command::new("sh");
        command.args(["-c", "test -x \"$1\"", "sh"]).arg(existing);
        command.current_dir("/").stderr(Stdio::null());
        self.runs(&mut command);
        command.status().is_ok_and(|status| status.success())
    }
}

fn id(arguments: &[&str]) -> Result<u32> {
    let text = output(Command::new("id").args(arguments))?;
    text.parse().or_say(|| format!("`id` printed {text:?} where a number should be"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn a_directory_that_does_not_exist_yet_counts_as_its_parent() {
        let user = super::ServerUser::find().expect("somebody to run the server as");
        assert!(user.can_reach(Path::new("/no/such/directory")));
    }
}
