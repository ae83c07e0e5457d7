//! Where secrets come from: the environment, else the system's keyring.

use std::sync::mpsc::sync_channel;
use std::time::Duration;

use crate::{AskError, Secret};

/// Finds secrets by name.
pub trait Keys: Send + Sync {
    /// The secret of this name; an error that says where it was looked for.
    fn find(&self, name: &str) -> Result<Secret, AskError>;
}

/// No secrets at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

impl Keys for NoKeys {
    fn find(&self, name: &str) -> Result<Secret, AskError> {
        Err(AskError::NoKey { name: name.to_owned(), keyring: None })
    }
}

/// The user's: an environment variable of the name, else an entry `orthoscope` of the system's keyring.
#[derive(Clone, Copy, Debug, Default)]
pub struct UserKeys;

/// The service under which the keyring has entries of this program.
const SERVICE: &str = "orthoscope";
/// How long a keyring may take: it may ask its user for a password.
const PATIENCE: Duration = Duration::from_mins(1);

impl Keys for UserKeys {
    fn find(&self, name: &str) -> Result<Secret, AskError> {
        if let Some(secret) = std::env::var(name).ok().filter(|secret| !secret.is_empty()) {
            return Ok(Secret::new(secret));
        }
        let none = |keyring| AskError::NoKey { name: name.to_owned(), keyring };
        match with_entry(name, keyring::v1::Entry::get_password) {
            Ok(secret) => Ok(Secret::new(secret)),
            Err(Trouble::None) => Err(none(None)),
            Err(Trouble::Keyring(why)) => Err(none(Some(why))),
        }
    }
}

impl UserKeys {
    /// Keeps a secret in the keyring.
    pub fn keep(self, name: &str, secret: &str) -> Result<(), AskError> {
        let secret = secret.to_owned();
        with_entry(name, move |entry| entry.set_password(&secret)).map_err(|e| e.of(name))
    }

    /// Takes a secret out of the keyring.
    pub fn forget(self, name: &str) -> Result<(), AskError> {
        with_entry(name, keyring::v1::Entry::delete_credential).map_err(|e| e.of(name))
    }

    /// Where a secret is, for a list: never the secret.
    pub fn place(self, name: &str) -> &'static str {
        if std::env::var_os(name).is_some_and(|value| !value.is_empty()) {
            return "environment";
        }
        if self.find(name).is_ok() { "keyring" } else { "missing" }
    }
}

enum Trouble {
    /// The keyring works and has no such entry.
    None,
    Keyring(String),
}

impl Trouble {
    fn of(self, name: &str) -> AskError {
        let keyring = if let Self::Keyring(why) = self { Some(why) } else { None };
        AskError::NoKey { name: name.to_owned(), keyring }
    }
}

/// The keyring speaks over a bus that may never answer, so it is waited for elsewhere and not for ever.
fn with_entry<T: Send + 'static>(
    name: &str,
    work: impl FnOnce(&keyring::v1::Entry) -> keyring::v1::Result<T> + Send + 'static,
) -> Result<T, Trouble> {
    let (sender, receiver) = sync_channel(1);
    let name = name.to_owned();
    let ask = move || {
        let done = keyring::v1::Entry::new(SERVICE, &name).and_then(|entry| work(&entry));
        // Nobody listens when the caller has stopped waiting.
        let _ = sender.try_send(done);
    };
    let thread = std::thread::Builder::new().name("keyring".into()).spawn(ask);
    thread.map_err(|e| Trouble::Keyring(format!("the system gives no thread: {e}")))?;
    match receiver.recv_timeout(PATIENCE) {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(keyring::v1::Error::NoEntry)) => Err(Trouble::None),
        Ok(Err(keyring::v1::Error::NoDefaultStore)) => {
            Err(Trouble::Keyring("the system has no Secret Service".into()))
        }
        // The text of other errors may hold what was to be kept.
        Ok(Err(_)) => Err(Trouble::Keyring("the system's keyring refuses".into())),
        Err(_) => Err(Trouble::Keyring("the system's keyring does not answer".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_keyring_a_missing_key_says_so_by_name() {
        let error = UserKeys.find("ORTHOSCOPE_KEY_THAT_NOBODY_HAS").expect_err("nobody has it");
        assert!(error.to_string().contains("ORTHOSCOPE_KEY_THAT_NOBODY_HAS"), "{error}");
        assert!(error.hint().contains("environment"), "{}", error.hint());
    }
}
