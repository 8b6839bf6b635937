//! What becomes of a server whose owner is gone.

use std::ffi::OsStr;
use std::path::Path;

use super::launch::Mode;
use crate::Result;
use crate::watcher::Watcher;

/// Stops the server, waits for its end and deletes the directory if one is
/// given. It asks `postmaster.pid` before it signals, so that a process which
/// got the number of a server long gone is safe.
const LAST_WILL: &str = r#"
pid=$1 signal=$2 file=$3 doomed=$4 owner=
[ -e "$file" ] && read -r owner < "$file"
if [ "$owner" = "$pid" ]; then
    kill -s "$signal" "$pid"
    tries=0
    while [ -e "$file" ] && [ "$tries" -lt 600 ] && kill -s 0 "$pid"; do
        sleep 0.1 || sleep 1
        tries=$((tries + 1))
    done
fi
[ -z "$doomed" ] || rm -rf -- "$doomed"
"#;

/// Watches over the server `pid` in `data`. When the owner is gone, stops it in
/// `mode` and then deletes `doomed`.
pub(super) fn watch(pid: u32, data: &Path, mode: Mode, doomed: Option<&Path>) -> Result<Watcher> {
    Watcher::start(
        LAST_WILL,
        &[
            OsStr::new(&pid.to_string()),
            OsStr::new(mode.signal()),
            data.join("postmaster.pid").as_os_str(),
            doomed.map_or(OsStr::new(""), Path::as_os_str),
        ],
    )
}
