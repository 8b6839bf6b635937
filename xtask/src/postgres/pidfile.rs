//! What a running server says about itself in `postmaster.pid`.
//!
//! This, not an answer on the port, is how a server is recognised: some other
//! server may be the one that answers there.

use std::path::Path;

/// The lines of `postmaster.pid` that matter here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: u32,
    pub(super) port: u16,
    pub(super) is_ready: bool,
}

impl PidFile {
    /// The file of the server in `data`; nothing if no server is there, or if
    /// it has only begun to write the file.
    pub(super) fn read(data: &Path) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(data.join("postmaster.pid")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: lines.first()?.parse().ok()?,
            port: lines.get(3)?.parse().ok()?,
            is_ready: lines.get(7).is_some_and(|status| *status == "ready"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PidFile;

    #[test]
    fn a_server_that_is_ready_is_told_from_one_that_starts() {
        let file = |status| {
            PidFile::parse(&format!("411\n/data\n1700000000\n15432\n\n127.0.0.1\n  7  8\n{status}\n"))
        };
        let expected = |is_ready| Some(PidFile { pid: 411, port: 15432, is_ready });
        assert_eq!(file("ready   "), expected(true));
        assert_eq!(file("starting"), expected(false));
        assert_eq!(PidFile::parse("411\n/da"), None);
    }
}
