//! What visitors do.

use std::error::Error;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Workload {
    /// One value of the session is shown.
    Read,
    /// One value of the session is replaced.
    Change,
    /// A visitor without a cookie gets a session.
    Create,
    /// A visitor without a cookie is looked at, and nothing is stored.
    Anonymous,
    /// Of a hundred requests ninety read, eight change, one creates and one signs in.
    Mix,
}

impl Workload {
    pub(crate) const ALL: [Self; 5] = [Self::Read, Self::Change, Self::Create, Self::Anonymous, Self::Mix];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::Create => "create",
            Self::Anonymous => "anonymous",
            Self::Mix => "mix",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Read => "Read one value",
            Self::Change => "Change one value",
            Self::Create => "Begin a session",
            Self::Anonymous => "A visitor without a session",
            Self::Mix => "Mix: 90 % read, 8 % change, 1 % begin, 1 % sign in",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self, Box<dyn Error>> {
        Self::ALL.into_iter().find(|one| one.name() == name).ok_or_else(|| {
            let all = Self::ALL.map(Self::name).join(", ");
            format!("there is no workload {name:?}; there are {all}").into()
        })
    }

    /// Whether it leaves the sessions other than it found them.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Change | Self::Create | Self::Mix)
    }
}

/// One thing that is measured of each contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) workload: Workload,
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
}
