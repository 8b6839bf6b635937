//! Three users, and the way to check a password. In your application they are a table.

use std::fmt::Display;

use actix_web::error::ErrorInternalServerError;
use actix_web::{Error, Result, web};
use argon2::password_hash::phc::{self, PasswordHash};
use argon2::{Argon2, PasswordVerifier};
use tokio::sync::Semaphore;

/// Somebody who can sign in.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) name: &'static str,
    /// Only because this is a demonstration.
    pub(crate) shown_password: &'static str,
    hash: &'static str,
}

pub(crate) static USERS: [User; 3] = [
    User {
        name: "ada",
        shown_password: "salt and paper",
        hash: "$argon2id$v=19$m=19456,t=2,p=1$vqNO3OmQcRWS41Uo5c7byw$P7ibIXfX7uc0iowRtf4UWBtla4WLNo25CkXjNUFhRqg",
    },
    User {
        name: "ines",
        shown_password: "fog over the pier",
        hash: "$argon2id$v=19$m=19456,t=2,p=1$+6R2nODmpHoBhpvpn1A1iw$F2aL6WbzfxpOvnKGFXYfSS3qfgFLtK3PHzh5acRoRAc",
    },
    User {
        name: "jun",
        shown_password: "three slow knots",
        hash: "$argon2id$v=19$m=19456,t=2,p=1$7GZ3PWKCv1nTRVSsVDOXrA$G+4cypGPCmwCWxPBikhxSrZunHdMRsgiCYLak1qd7pM",
    },
];

/// The hash of a random password that nobody knows.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$WjgkwQ6TKWdoI7G8YqLbOA$HB2npqmFCDTDY/6b0HZIof7g0uYIg4d/Nm08bTx5aCg";

/// How many passwords are checked at once. Each takes 19 MiB and much of a core, so without a limit
/// a crowd of sign-ins would take the whole machine.
static CHECKS: Semaphore = Semaphore::const_new(4);

/// The user of this name, if the password is theirs.
///
/// An unknown name takes as long as a wrong password: the time must not tell who has an account.
pub(crate) async fn authenticate(name: &str, password: String) -> Result<Option<&'static User>> {
    let user = USERS.iter().find(|user| user.name == name);
    let hash = user.map_or(NOBODY, |user| user.hash);
    let _turn = CHECKS.acquire().await.map_err(broken)?;
    // Slow on purpose, so not on the thread that serves everybody else.
    let verify = move || {
        let hash = PasswordHash::new(hash)?;
        Ok::<_, phc::Error>(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    };
    let matches = web::block(verify).await?.map_err(broken)?;
    Ok(user.filter(|_| matches))
}

fn broken(error: impl Display) -> Error {
    eprintln!("error: a password could not be checked: {error}");
    ErrorInternalServerError("The password could not be checked.")
}
