//! A PostgreSQL of the tests' own: made in a temporary folder, stopped with the last test that uses it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};

pub(crate) struct Cluster {
    folder: Arc<tempfile::TempDir>,
    bin: PathBuf,
    port: u16,
    server: Mutex<Option<Child>>,
    made: AtomicU32,
}

static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());

/// The programs of the newest PostgreSQL here.
fn programs() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("ORTHOSCOPE_POSTGRES") {
        return Some(folder.into());
    }
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = debian
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").exists())
        .max();
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest
        .map(|(_, bin)| bin)
        .or_else(|| std::env::split_paths(&path).find(|bin| bin.join("initdb").exists()))
}

/// Whom PostgreSQL runs as: it refuses to be root.
fn other_user() -> Option<(u32, u32)> {
    let id = Command::new("id").arg("-u").output().ok()?;
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let of = |name: &str| {
        let line = users.lines().find(|line| line.starts_with(&format!("{name}:")))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody"))
}

fn command(program: &Path, folder: &Path) -> Command {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new(program);
    command.current_dir(folder).env_remove("PGPASSWORD").env("LC_ALL", "C");
    if let Some((user, group)) = other_user() {
        command.uid(user).gid(group);
    }
    command
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

impl Cluster {
    /// The one that the tests share; `None`, said loudly, where PostgreSQL is missing.
    pub(crate) fn shared() -> Option<Arc<Self>> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return Some(running);
        }
        let made = Self::own()?;
        *shared = Arc::downgrade(&made);
        Some(made)
    }

    /// One that no other test uses.
    pub(crate) fn own() -> Option<Arc<Self>> {
        let Some(bin) = programs() else {
            let _ = writeln!(
                io::stderr(),
                "SKIPPED: PostgreSQL is not installed (apt-get install postgresql); ORTHOSCOPE_POSTGRES may name the \
                 folder of its programs"
            );
            return None;
        };
        Some(Arc::new(Self::make(&bin)))
    }

    fn make(bin: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("orthoscope-pg").tempdir().expect("folder");
        let folder = Arc::new(folder);
        if let Some((user, group)) = other_user() {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group)).expect("chown");
        }
        let made = command(&bin.join("initdb"), folder.path())
            .args(["-D", "data", "-U", "admin", "-E", "UTF8", "--locale=C", "--no-sync"])
            .args(["--auth-local=trust", "--auth-host=scram-sha-256"])
            .output()
            .expect("initdb starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        for _ in 0..10 {
            // Another program may take the port in between.
            let free = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
            let port = free.local_addr().expect("bound").port();
            drop(free);
            let server = Mutex::new(None);
            let cluster = Self {
                folder: Arc::clone(&folder),
                bin: bin.to_owned(),
                port,
                server,
                made: AtomicU32::new(0),
            };
            if cluster.start() {
                return cluster;
            }
        }
        panic!("PostgreSQL does not start: {}", log(folder.path()));
    }

    /// Starts the server; false when it ends by itself, as where its port is taken.
    pub(crate) fn start(&self) -> bool {
        let port = self.port.to_string();
        let socket = self.folder.path().display().to_string();
        let log_file = std::fs::File::create(self.folder.path().join("log")).expect("log");
        let mut child = command(&self.bin.join("postgres"), self.folder.path())
            .args(["-D", "data", "-k", &socket, "-p", &port, "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "max_connections=300", "-c", "unix_socket_permissions=0777"])
            .stdout(Stdio::null())
            .stderr(log_file)
            .spawn()
            .expect("postgres starts");
        let until = Instant::now() + Duration::from_mins(1);
        while Client::connect(&format!("{} user=admin dbname=postgres", self.place()), NoTls).is_err() {
            if child.try_wait().expect("a child").is_some() {
                return false;
            }
            assert!(Instant::now() < until, "PostgreSQL does not answer: {}", log(self.folder.path()));
            std::thread::sleep(Duration::from_millis(50));
        }
        *self.server.lock().expect("held by none") = Some(child);
        true
    }

    /// Ends at once, as in a power cut.
    pub(crate) fn stop(&self) {
        let Some(mut child) = self.server.lock().expect("held by none").take() else { return };
        let data = self.folder.path().join("data");
        let _ = command(&self.bin.join("pg_ctl"), self.folder.path())
            .args(["-D", data.to_str().expect("UTF-8"), "stop", "-m", "immediate"])
            .output();
        let _ = child.wait();
    }

    fn place(&self) -> String {
        format!("host={} port={}", self.folder.path().display(), self.port)
    }

    /// A connection without any program between.
    pub(crate) fn client(&self, role: &str, database: &str) -> Client {
        let config = format!("{} user={role} dbname={database}", self.place());
        Client::connect(&config, NoTls).expect("connects")
    }

    /// An empty database, with a role that owns it and may make others: both of this name, which no other test has.
    pub(crate) fn database(&self, name: &str) -> String {
        let name = format!("{name}{}", self.made.fetch_add(1, Ordering::Relaxed));
        let mut admin = self.client("admin", "postgres");
        admin.batch_execute(&format!("CREATE ROLE {name} LOGIN CREATEROLE")).expect("role");
        admin.batch_execute(&format!("CREATE DATABASE {name} OWNER {name}")).expect("database");
        name
    }

    /// An address by the socket, where nobody is asked for a password.
    pub(crate) fn address(&self, role: &str, database: &str) -> server::Address {
        let folder = self.folder.path().display().to_string();
        let text = format!("postgres://{role}@/{database}?host={folder}&port={}", self.port);
        text.parse().expect("an address")
    }

    /// The port where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// An address by the network, where a password is asked for.
    pub(crate) fn by_network(&self, role: &str, password: &str, database: &str) -> server::Address {
        format!("postgres://{role}:{password}@127.0.0.1:{}/{database}", self.port)
            .parse()
            .expect("an address")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}
