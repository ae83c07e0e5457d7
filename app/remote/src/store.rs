//! What all files share: connections, limits, the cache, and where credentials come from.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{BackoffConfig, RetryConfig};
use tokio::sync::Semaphore;

use crate::address::{Address, Kind};
use crate::connection::Connection;
use crate::disk::DiskCache;
use crate::error::RemoteError;

/// How servers are asked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// How long a server may say nothing.
    pub silence_timeout: Duration,
    /// How often a request is tried again after one that failed in passing.
    pub retries: usize,
    /// Pause before the first of them; later ones wait longer, each by chance more or less.
    pub first_pause: Duration,
    /// Longest time from the first request to the last retry.
    pub retry_for: Duration,
    /// Requests under way at once, over all files.
    pub at_once: usize,
    /// Bytes of one file that are kept in memory.
    pub memory_bytes: u64,
    /// The longest file that is downloaded whole from a server that sends no parts.
    pub download_budget: u64,
    /// Where what was read is kept; `None` keeps it in memory only.
    pub cache: Option<DiskCache>,
    /// Credentials and endpoints of object stores.
    pub environment: Environment,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            silence_timeout: Duration::from_secs(20),
            retries: 4,
            first_pause: Duration::from_millis(200),
            retry_for: Duration::from_secs(45),
            at_once: 12,
            memory_bytes: 8 << 20,
            download_budget: 512 << 20,
            cache: DiskCache::of_user(),
            environment: Environment::of_process(),
        }
    }
}

/// Variables that say how object stores are reached, as their own tools name them (`AWS_ACCESS_KEY_ID`,
/// `AWS_ENDPOINT_URL`, `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_NAME`, …).
#[derive(Clone, Default)]
pub struct Environment(Vec<(String, String)>);

impl Environment {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self::from_pairs(
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))),
        )
    }

    /// Names and values of the caller's; what concerns no store is left out.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let is_ours =
            |name: &str| ["AWS_", "GOOGLE_", "AZURE_", "SERVICE_ACCOUNT"].iter().any(|p| name.starts_with(p));
        Self(pairs.into_iter().filter(|(name, _)| is_ours(name)).collect())
    }

    fn has_any(&self, names: &[&str]) -> bool {
        self.0.iter().any(|(name, value)| names.contains(&name.as_str()) && !value.is_empty())
    }

    fn is_yes(&self, wanted: &str) -> bool {
        let yes = |v: &str| ["YES", "TRUE", "1", "ON"].contains(&v.to_ascii_uppercase().as_str());
        self.0.iter().any(|(name, value)| name == wanted && yes(value))
    }

    /// Keys that a store understands, with their values.
    fn keys<K: std::str::FromStr>(&self, prefix: &str) -> impl Iterator<Item = (K, &str)> {
        let ours = self.0.iter().filter(move |(name, _)| name.starts_with(prefix));
        ours.filter_map(|(name, value)| Some((name.to_ascii_lowercase().parse().ok()?, value.as_str())))
    }
}

/// Names only: values may be secret.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// The way to servers. Cloning shares connections and limits.
#[derive(Clone, Debug)]
pub struct Remote {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    connection: OnceLock<Result<Connection, RemoteError>>,
    pub(crate) places: Arc<Semaphore>,
}

impl Remote {
    /// With limits and a cache of the caller's. Opens no connection.
    pub fn new(settings: Settings) -> Self {
        let places = Arc::new(Semaphore::new(settings.at_once.max(1)));
        Self { inner: Arc::new(Inner { settings, connection: OnceLock::new(), places }) }
    }

    /// The one that the whole program uses.
    pub fn shared() -> Self {
        static SHARED: OnceLock<Remote> = OnceLock::new();
        SHARED.get_or_init(|| Self::new(Settings::default())).clone()
    }

    pub(crate) fn connection(&self) -> Result<Connection, RemoteError> {
        let settings = &self.inner.settings;
        let made = self
            .inner
            .connection
            .get_or_init(|| Connection::new(settings.connect_timeout, settings.silence_timeout));
        made.clone()
    }

    /// The store that an address names, and the path in it. `region` overrides that of the environment.
    pub(crate) fn store(
        &self,
        address: &Address,
        region: Option<&str>,
    ) -> Result<(Arc<dyn ObjectStore>, Path), RemoteError> {
        let settings = &self.inner.settings;
        let connection = self.connection()?;
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: settings.first_pause,
                max_backoff: Duration::from_secs(8),
                base: 2.0,
            },
            max_retries: settings.retries,
            retry_timeout: settings.retry_for,
        };
        let env = &settings.environment;
        let bucket = address.url.host_str().unwrap_or_default();
        let path = match address.kind {
            // The address stands as it is, with its query.
            Kind::Http => Ok(Path::default()),
            _ => Path::from_url_path(address.url.path()),
        };
        let path = path.map_err(|e| RemoteError::Address(format!("the address is not one: {e}")))?;
        let store: object_store::Result<Arc<dyn ObjectStore>> = match address.kind {
            Kind::Http => HttpBuilder::new()
                .with_url(address.as_str())
                .with_http_connector(connection)
                .with_retry(retry)
                .build()
                .map(|s| Arc::new(s) as _),
            Kind::S3 => {
                let builder = env
                    .keys("AWS_")
                    .fold(AmazonS3Builder::new(), |b, (key, value)| b.with_config(key, value));
                let builder = if env.is_anonymous_s3() { builder.with_skip_signature(true) } else { builder };
                let builder = if let Some(region) = region { builder.with_region(region) } else { builder };
                let builder =
                    builder.with_bucket_name(bucket).with_http_connector(connection).with_retry(retry);
                builder.build().map(|s| Arc::new(s) as _)
            }
            Kind::Gcs => {
                let builder = GoogleCloudStorageBuilder::new();
                let builder = env.keys("GOOGLE_").fold(builder, |b, (key, value)| b.with_config(key, value));
                let builder =
                    if env.is_anonymous_gcs() { builder.with_skip_signature(true) } else { builder };
                let builder =
                    builder.with_bucket_name(bucket).with_http_connector(connection).with_retry(retry);
                builder.build().map(|s| Arc::new(s) as _)
            }
            Kind::Azure => {
                let builder = MicrosoftAzureBuilder::new();
                let builder = env.keys("AZURE_").fold(builder, |b, (key, value)| b.with_config(key, value));
                let builder =
                    if env.is_anonymous_azure() { builder.with_skip_signature(true) } else { builder };
                let builder =
                    builder.with_container_name(bucket).with_http_connector(connection).with_retry(retry);
                builder.build().map(|s| Arc::new(s) as _)
            }
        };
        let store = store.map_err(|_| {
            // What the store says could repeat what stands in the environment.
            RemoteError::Address(format!("{} cannot be used as the environment describes it", address.host()))
        })?;
        Ok((store, path))
    }
}

impl Environment {
    fn is_anonymous_s3(&self) -> bool {
        self.is_yes("AWS_NO_SIGN_REQUEST")
            || !self.has_any(&[
                "AWS_ACCESS_KEY_ID",
                "AWS_WEB_IDENTITY_TOKEN_FILE",
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            ])
    }

    fn is_anonymous_gcs(&self) -> bool {
        !self.has_any(&[
            "GOOGLE_SERVICE_ACCOUNT",
            "GOOGLE_SERVICE_ACCOUNT_PATH",
            "GOOGLE_SERVICE_ACCOUNT_KEY",
            "GOOGLE_APPLICATION_CREDENTIALS",
        ])
    }

    fn is_anonymous_azure(&self) -> bool {
        !self.has_any(&[
            "AZURE_STORAGE_ACCOUNT_KEY",
            "AZURE_STORAGE_ACCESS_KEY",
            "AZURE_STORAGE_SAS_KEY",
            "AZURE_STORAGE_SAS_TOKEN",
            "AZURE_STORAGE_CLIENT_ID",
            "AZURE_CLIENT_ID",
            "AZURE_FEDERATED_TOKEN_FILE",
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_named_but_never_shown() {
        let pairs =
            [("AWS_SECRET_ACCESS_KEY", "hunter2"), ("HOME", "/root"), ("AWS_ACCESS_KEY_ID", "hunter3")];
        let environment = Environment::from_pairs(pairs.map(|(k, v)| (k.to_owned(), v.to_owned())));
        let shown = format!("{:?}", Settings { environment: environment.clone(), ..Settings::default() });
        assert!(shown.contains("AWS_SECRET_ACCESS_KEY") && !shown.contains("hunter"), "{shown}");
        assert!(!shown.contains("HOME"));
        assert!(!environment.is_anonymous_s3() && environment.is_anonymous_gcs());
    }
}
