//! Where a project is kept: an address as people write it, without the password, and how to connect to it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Client, Config};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::ServerError;

/// How long connecting takes at the most, and how soon a dead connection is noticed.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest file of passwords or certificates that is read.
const MOST_BYTES: u64 = 1 << 20;

/// The address of a project's database.
///
/// `postgres://ana@host:5432/town`; a folder of a socket may stand as `?host=/run/postgresql`. A password in it is used and
/// never kept. The connection is encrypted unless the server is this computer, or `?sslmode=disable` says otherwise; with
/// `?sslrootcert=FILE` its certificate is checked against that one instead of the system's.
#[derive(Clone)]
pub struct Address {
    /// Without the password.
    text: String,
    password: Option<String>,
    config: Config,
    root: Option<PathBuf>,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.text).finish()
    }
}

/// Without the password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// True for a text that is meant as an address.
pub fn is_address(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// An address in its parts: scheme, user, password, and host with all that follows.
fn parts(text: &str) -> Option<(&str, &str, Option<&str>, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.find(['/', '?']).unwrap_or(rest.len());
    let at = rest[..authority].rfind('@')?;
    let (who, place) = (&rest[..at], &rest[at + 1..]);
    Some(match who.split_once(':') {
        Some((user, password)) => (scheme, user, Some(password), place),
        None => (scheme, who, None, place),
    })
}

impl FromStr for Address {
    type Err = ServerError;

    fn from_str(given: &str) -> Result<Self, ServerError> {
        let split = parts(given);
        let text = split.map_or_else(
            || given.to_owned(),
            |(scheme, user, _, place)| format!("{scheme}://{user}@{place}"),
        );
        let wrong = |why: &str| ServerError::Address { text: text.clone(), why: why.to_owned() };
        if !is_address(given) {
            return Err(wrong("it does not begin with postgres://"));
        }
        let who = split.filter(|(_, user, ..)| !user.is_empty());
        let (_, _, password, _) = who.ok_or_else(|| wrong("it does not say who you are"))?;
        let (mut plain, query) = text.split_once('?').map_or((text.clone(), ""), |(a, b)| (a.to_owned(), b));
        let (mut root, mut says_how) = (None, false);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            if let Some(("sslrootcert", value)) = pair.split_once('=') {
                root = Some(PathBuf::from(decoded(value)));
                continue;
            }
            says_how |= pair.starts_with("sslmode=");
            plain.push(if plain.contains('?') { '&' } else { '?' });
            plain.push_str(pair);
        }
        let mut config = Config::from_str(&plain).map_err(|e| {
            wrong(&std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string))
        })?;
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(wrong("it names no database"));
        }
        if !says_how {
            let here = is_here(&config);
            config.ssl_mode(if here { SslMode::Disable } else { SslMode::Require });
        } else if config.get_ssl_mode() == SslMode::Prefer {
            // What may be encrypted or not is not safe from whoever listens.
            config.ssl_mode(SslMode::Require);
        }
        config
            .application_name("orthoscope")
            .connect_timeout(PATIENCE)
            .tcp_user_timeout(PATIENCE)
            .keepalives_idle(PATIENCE);
        Ok(Self { password: password.map(decoded), text, config, root })
    }
}

fn decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("p={}", text.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// True where nothing goes over a network.
fn is_here(config: &Config) -> bool {
    use postgres::config::Host;
    config.get_hosts().iter().all(|host| match host {
        #[cfg(unix)]
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
    })
}

impl Address {
    /// Who connects.
    pub fn user(&self) -> &str {
        self.config.get_user().unwrap_or_default()
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    /// The same with a password; none where it is empty.
    #[must_use]
    pub fn with_password(&self, password: &str) -> Self {
        let password = Some(password.to_owned()).filter(|given| !given.is_empty());
        Self { password: password.or_else(|| self.password.clone()), ..self.clone() }
    }

    /// The server's name, or the folder of its socket.
    pub fn host(&self) -> String {
        use postgres::config::Host;
        match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(_)) => "this computer".to_owned(),
            None => "localhost".to_owned(),
        }
    }

    /// The password that was given with it.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// The same place for another member, without a password.
    #[must_use]
    pub fn of_member(&self, role: &str) -> Self {
        let mut other = self.clone();
        if let Some((scheme, _, _, place)) = parts(&self.text) {
            let role: String = url::form_urlencoded::byte_serialize(role.as_bytes()).collect();
            other.text = format!("{scheme}://{}@{place}", role.replace('+', "%20"));
        }
        other.config.user(role);
        other.password = None;
        other
    }

    /// Connects. Blocks for ten seconds at the most.
    pub(crate) fn connect(&self) -> Result<Client, ServerError> {
        let mut config = self.config.clone();
        if let Some(password) = self.password.clone().or_else(|| kept_password(&config)) {
            config.password(password);
        }
        let wrong = |e: &postgres::Error| ServerError::connecting(&self.to_string(), self.user(), e);
        if config.get_ssl_mode() == SslMode::Disable {
            return config.connect(postgres::NoTls).map_err(|e| wrong(&e));
        }
        config.connect(self.tls()?).map_err(|e| wrong(&e))
    }

    fn tls(&self) -> Result<MakeRustlsConnect, ServerError> {
        let wrong = |why: String| ServerError::Unreachable { at: self.to_string(), why };
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| wrong(e.to_string()))?;
        let config = match &self.root {
            None => builder.with_platform_verifier().map_err(|e| wrong(e.to_string()))?.with_no_client_auth(),
            Some(path) => {
                let mut roots = rustls::RootCertStore::empty();
                let text = read_small(path).map_err(|e| ServerError::io("read", path, e))?;
                for one in certificates(&text) {
                    roots
                        .add(one)
                        .map_err(|e| wrong(format!("{} is no certificate: {e}", path.display())))?;
                }
                builder.with_root_certificates(roots).with_no_client_auth()
            }
        };
        Ok(MakeRustlsConnect::new(config))
    }
}

fn certificates(pem: &[u8]) -> Vec<rustls::pki_types::CertificateDer<'static>> {
    use rustls::pki_types::pem::PemObject as _;
    rustls::pki_types::CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect()
}

fn read_small(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The password as every program for PostgreSQL finds it: in `PGPASSWORD`, else in the file of passwords.
fn kept_password(config: &Config) -> Option<String> {
    if let Ok(password) = std::env::var("PGPASSWORD") {
        return Some(password);
    }
    let path = std::env::var_os("PGPASSFILE").map(PathBuf::from).or_else(|| {
        Some(PathBuf::from(std::env::var_os("HOME").or_else(|| std::env::var_os("APPDATA"))?).join(".pgpass"))
    })?;
    let text = String::from_utf8(read_small(&path).ok()?).ok()?;
    let host = config.get_hosts().first().map_or_else(
        || "localhost".to_owned(),
        |host| match host {
            postgres::config::Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            postgres::config::Host::Unix(folder) => folder.to_string_lossy().into_owned(),
        },
    );
    let port = config.get_ports().first().copied().unwrap_or(5432).to_string();
    let wanted = [host.as_str(), &port, config.get_dbname()?, config.get_user()?];
    text.lines().find_map(|line| password_of(line, wanted))
}

/// The password of a line `host:port:database:user:password`, where it is meant for this; `*` is anything.
fn password_of(line: &str, wanted: [&str; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let count = fields.len();
        let last = fields.last_mut()?;
        match letter {
            '\\' => last.extend(letters.next()),
            ':' if count < 5 => fields.push(String::new()),
            _ => last.push(letter),
        }
    }
    let [found @ .., password] = fields.as_slice() else { return None };
    let fits =
        found.len() == 4 && found.iter().zip(wanted).all(|(field, wanted)| field == "*" || field == wanted);
    fits.then(|| password.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_no_password_and_says_what_it_lacks() {
        let address: Address = "postgres://ana:s%40crét+x@example.org:5433/town".parse().expect("reads");
        assert_eq!(address.to_string(), "postgres://ana@example.org:5433/town");
        assert!(!format!("{address:?}").contains("cr"), "{address:?}");
        assert_eq!(address.password.as_deref(), Some("s@crét+x"));
        assert_eq!((address.user(), address.database()), ("ana", "town"));
        assert_eq!(
            address.config.get_ssl_mode(),
            SslMode::Require,
            "other computers are never asked in the clear"
        );
        assert_eq!(address.of_member("ben").to_string(), "postgres://ben@example.org:5433/town");
        for here in ["postgres://a@localhost/t", "postgres://a@127.0.0.1/t", "postgresql://a@/t?host=/run/pg"]
        {
            let address: Address = here.parse().expect("reads");
            assert_eq!(address.config.get_ssl_mode(), SslMode::Disable, "{here}");
        }
        for (wrong, why) in [
            ("mysql://a@b/c", "begin"),
            ("postgres://a@b", "database"),
            ("postgres://b/c", "who you are"),
            ("postgres://a:secret@b:99999/c", "port"),
            ("postgres://a@b/c?nonsense=1", "nonsense"),
        ] {
            let refused = wrong.parse::<Address>().expect_err(wrong).to_string();
            assert!(refused.contains(why) && !refused.contains("secret"), "{refused}");
        }
    }

    #[test]
    fn passwords_are_found_as_other_programs_find_them() {
        let wanted = ["db", "5432", "town", "ana"];
        for (line, password) in [
            ("db:5432:town:ana:secret", Some("secret")),
            ("*:*:*:ana:a:b\\\\c", Some("a:b\\c")),
            ("d\\:b:5432:town:ana:x", None),
            ("db:5432:town:ben:x", None),
            ("#db:5432:town:ana:x", None),
            ("db:5432", None),
            ("", None),
        ] {
            assert_eq!(password_of(line, wanted).as_deref(), password, "{line}");
        }
    }
}
