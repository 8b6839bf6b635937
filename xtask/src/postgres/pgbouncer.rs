//! A PgBouncer of one's own, before a server of one's own.
//!
//! In transaction mode: whoever sends a statement gets a connection of the server for one transaction, and
//! another one for the next.

use std::ffi::OsStr;
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::home::Home;
use super::port;
use super::server_user::ServerUser;
use crate::command::{is_executable, output, which};
use crate::packages::{Manager, Packages};
use crate::watcher::Watcher;
use crate::{Error, OrSay, Result};

const PGBOUNCER: Packages = Packages {
    what: "PgBouncer",
    apt: &["pgbouncer"],
    dnf: &["pgbouncer"],
    apk: &["pgbouncer"],
    pacman: &["pgbouncer"],
    brew: &["pgbouncer"],
};

/// Generous, as for a server.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often to look for another port when somebody else took the first.
const ATTEMPTS: usize = 5;

/// Ends the process whose number the file holds, and deletes the directory.
const LAST_WILL: &str = r#"
pid=$1 doomed=$2 owner=
[ -e "$doomed/pid" ] && read -r owner < "$doomed/pid"
[ "$owner" = "$pid" ] && kill -s KILL "$pid"
rm -rf -- "$doomed"
"#;

/// A PgBouncer in transaction mode. It ends when it is dropped, or with this process.
#[derive(Debug)]
pub struct PgBouncer {
    running: Mutex<Option<Running>>,
    home: Home,
    user: ServerUser,
    port: u16,
    login: String,
}

/// Its process, in one of its lives.
#[derive(Debug)]
struct Running {
    process: Child,
    watcher: Option<Watcher>,
}

impl PgBouncer {
    /// The installed version, such as `(1, 18)`; installs it if there is none, saying so.
    pub fn find_or_install() -> Result<(u32, u32)> {
        if program().is_none() {
            Manager::find(&PGBOUNCER)?.install(&PGBOUNCER)?;
        }
        Self::version()
    }

    /// The installed version, such as `(1, 18)`.
    pub fn version() -> Result<(u32, u32)> {
        let program = program().ok_or_else(|| {
            Error::new("PgBouncer is not installed: `./dev test` installs it, or install pgbouncer yourself")
        })?;
        let printed = output(Command::new(program).arg("--version"))?;
        version(&printed).ok_or_else(|| Error::new(format!("pgbouncer says it is {printed:?}")))
    }

    /// Starts one before the server of `url`, which is of the form `postgres://user:password@host:port/…`.
    /// It opens at most `connections` for each database, and gives out the one that rested longest.
    /// `settings` are more lines of its configuration.
    pub fn before(url: &str, connections: u32, settings: &[(&str, &str)]) -> Result<Self> {
        Self::version()?;
        let mut attempt = 1;
        loop {
            match Self::start(url, connections, settings) {
                Err(_) if attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    fn start(url: &str, connections: u32, settings: &[(&str, &str)]) -> Result<Self> {
        let server = Server::parse(url).ok_or_else(|| {
            Error::new("PgBouncer needs a URL like postgres://user:password@host:port/name")
        })?;
        let user = ServerUser::find()?;
        let home = Home::temporary(user)?;
        let port = port::any_free()?;
        let directory = home.directory();
        let place = directory.display();
        let mut lines = vec![
            "[databases]".to_owned(),
            format!("* = host={} port={}", server.host, server.port),
            "[pgbouncer]".to_owned(),
            "listen_addr = 127.0.0.1".to_owned(),
            format!("listen_port = {port}"),
            "unix_socket_dir =".to_owned(),
            "auth_type = plain".to_owned(),
            format!("auth_file = {place}/users"),
            format!("logfile = {place}/log"),
            format!("pidfile = {place}/pid"),
            "pool_mode = transaction".to_owned(),
            format!("default_pool_size = {connections}"),
            "max_client_conn = 500".to_owned(),
            // Without it, one connection would do all the work of a quiet moment.
            "server_round_robin = 1".to_owned(),
            "server_idle_timeout = 5".to_owned(),
            "ignore_startup_parameters = extra_float_digits".to_owned(),
        ];
        lines.extend(settings.iter().map(|(name, value)| format!("{name} = {value}")));
        let users = format!("\"{}\" \"{}\"\n", server.user, server.password);
        for (name, text) in [("users", users), ("ini", lines.join("\n") + "\n")] {
            let path = directory.join(name);
            std::fs::write(&path, text).or_say(|| format!("cannot write {}", path.display()))?;
            user.owns(&path)?;
        }

        let login = format!("{}:{}", server.user, server.password);
        let bouncer = Self { running: Mutex::default(), home, user, port, login };
        *bouncer.running() = Some(bouncer.run()?);
        Ok(bouncer)
    }

    /// Ends it, with all its connections, and starts it again on the same port.
    ///
    /// # Errors
    ///
    /// When it does not start. Then it is gone.
    pub fn restart(&self) -> Result<()> {
        let mut running = self.running();
        drop(running.take());
        *running = Some(self.run()?);
        Ok(())
    }

    fn run(&self) -> Result<Running> {
        let directory = self.home.directory();
        let mut command = Command::new(program().unwrap_or_else(|| "pgbouncer".into()));
        command.arg(directory.join("ini")).current_dir(directory);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C at the terminal is for the owner, who then ends it.
        command.process_group(0);
        self.user.runs(&mut command);
        // It takes one that is there for that of a PgBouncer which still runs.
        let _ = std::fs::remove_file(directory.join("pid"));
        let process = command.spawn().or_say(|| "cannot start pgbouncer".to_owned())?;
        let pid = process.id().to_string();
        let mut running = Running { process, watcher: None };
        running.watcher = Some(Watcher::start(LAST_WILL, &[OsStr::new(&pid), directory.as_os_str()])?);
        self.wait_until_ready(&mut running.process)?;
        Ok(running)
    }

    /// The URL of `database` through it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{}@127.0.0.1:{}/{}", self.login, self.port, super::url::encoded(database))
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_until_ready(&self, process: &mut Child) -> Result<()> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if !matches!(process.try_wait(), Ok(None)) {
                return Err(Error::new(format!(
                    "pgbouncer ended while it started. Its log says:\n{}",
                    self.home.log_tail()
                )));
            }
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(10));
        }
        Err(Error::new(format!("pgbouncer took no connection within {} seconds", PATIENCE.as_secs())))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(watcher) = self.watcher.take() {
            watcher.dismiss();
        }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        drop(self.running().take());
        self.home.delete();
    }
}

/// Where the server is, and who may enter.
struct Server<'a> {
    user: &'a str,
    password: &'a str,
    host: &'a str,
    port: u16,
}

impl<'a> Server<'a> {
    fn parse(url: &'a str) -> Option<Self> {
        let (_, rest) = url.split_once("://")?;
        let (login, rest) = rest.split_once('@')?;
        let (user, password) = login.split_once(':')?;
        let (host, port) = rest.split(['/', '?']).next()?.rsplit_once(':')?;
        Some(Self { user, password, host, port: port.parse().ok()? })
    }
}

/// On most systems beside the programs of an administrator, which are not on everybody's `PATH`.
fn program() -> Option<PathBuf> {
    which("pgbouncer").or_else(|| {
        let places = ["/usr/sbin/pgbouncer", "/usr/local/sbin/pgbouncer"].map(PathBuf::from);
        places.into_iter().find(|place| is_executable(place))
    })
}

/// The numbers in `PgBouncer 1.18.0` and what follows it.
fn version(printed: &str) -> Option<(u32, u32)> {
    let number = printed.lines().next()?.split_whitespace().nth(1)?;
    let mut parts = number.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::{Server, version};

    #[test]
    fn the_version_is_read() {
        assert_eq!(version("PgBouncer 1.18.0\nlibevent 2.1.12-stable"), Some((1, 18)));
        assert_eq!(version("something else"), None);
    }

    #[test]
    fn a_url_says_where_the_server_is() {
        let server = Server::parse("postgres://me:pw@127.0.0.1:5433/notes?a=b").expect("a server");
        assert_eq!((server.user, server.password, server.host, server.port), ("me", "pw", "127.0.0.1", 5433));
        assert!(Server::parse("postgres://localhost/notes").is_none());
    }
}
