//! Where a file on a server is.

use url::Url;

use crate::error::RemoteError;

/// The address of a file on a server or in an object store. Holds no credential.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    pub(crate) url: Url,
    pub(crate) kind: Kind,
}

/// How the file is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Http,
    /// Amazon S3 and what speaks like it; the host is the bucket.
    S3,
    /// Google Cloud Storage; the host is the bucket.
    Gcs,
    /// Azure Blob Storage; the host is the container.
    Azure,
}

/// What an address begins with.
const SCHEMES: [(&str, Kind); 6] = [
    ("https", Kind::Http),
    ("http", Kind::Http),
    ("s3", Kind::S3),
    ("gs", Kind::Gcs),
    ("az", Kind::Azure),
    ("azure", Kind::Azure),
];

/// Names of query parameters that are credentials, in lower case.
const SECRETS: [&str; 15] = [
    "x-amz-signature",
    "x-amz-credential",
    "x-amz-security-token",
    "x-goog-signature",
    "x-goog-credential",
    "awsaccesskeyid",
    "signature",
    "sig",
    "token",
    "access_token",
    "auth",
    "api_key",
    "apikey",
    "key",
    "password",
];

/// Longest address that is taken.
const MOST_BYTES: usize = 8192;

impl Address {
    /// True when a text is an address rather than a path: it begins with a scheme that is known here.
    pub fn is_one(text: &str) -> bool {
        scheme_of(text).is_some()
    }

    /// Reads an address, or what another program writes for one (`/vsicurl/https://…`, `/vsis3/bucket/key`).
    pub fn parse(text: &str) -> Result<Self, RemoteError> {
        let text = text.trim();
        let bad = |reason: String| RemoteError::Address(reason);
        let Some(kind) = scheme_of(text) else {
            return Err(bad("it does not begin with https://, s3://, gs:// or az://".into()));
        };
        if text.len() > MOST_BYTES {
            return Err(bad(format!("an address of {} bytes is too long", text.len())));
        }
        let mut url = Url::parse(text).map_err(|e| bad(format!("the address is not one: {e}")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RemoteError::Secret("user name or password"));
        }
        let is_secret = |name: &str| SECRETS.contains(&name.to_ascii_lowercase().as_str());
        if url.query_pairs().any(|(name, _)| is_secret(&name)) {
            return Err(RemoteError::Secret("key or signature"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(bad("the address names no host or bucket".into()));
        }
        if url.path().len() < 2 || url.path().ends_with('/') {
            return Err(bad("the address names a folder, not a file".into()));
        }
        url.set_fragment(None);
        Ok(Self { url, kind })
    }

    /// What another program's virtual path means as an address; `None` for any other text.
    pub fn of_virtual_path(text: &str) -> Option<String> {
        const STORES: [(&str, &str); 3] = [("/vsis3/", "s3://"), ("/vsigs/", "gs://"), ("/vsiaz/", "az://")];
        if let Some(rest) = text.strip_prefix("/vsicurl/") {
            return Self::is_one(rest).then(|| rest.to_owned());
        }
        STORES.iter().find_map(|(from, to)| text.strip_prefix(from).map(|rest| format!("{to}{rest}")))
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The server, or the store and bucket, as people name it.
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.kind {
            Kind::Http => host.to_owned(),
            Kind::S3 => format!("S3 (bucket {host})"),
            Kind::Gcs => format!("Google Cloud Storage (bucket {host})"),
            Kind::Azure => format!("Azure (container {host})"),
        }
    }

    /// True when both are on one server.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.url.host() == other.url.host()
            && self.url.port_or_known_default() == other.url.port_or_known_default()
    }

    /// The last part of the address, as a file is named.
    pub fn file_name(&self) -> String {
        let last = self.url.path().rsplit('/').next().unwrap_or_default();
        object_store::path::Path::from_url_path(last).map_or_else(|_| last.to_owned(), |p| p.to_string())
    }
}

fn scheme_of(text: &str) -> Option<Kind> {
    let (scheme, _) = text.trim_start().split_once("://")?;
    SCHEMES.iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths() {
        for address in ["https://a.org/x.tif", "S3://bucket/x.tif", "gs://b/x", "az://c/x", "http://h:8/x"] {
            assert!(Address::is_one(address), "{address}");
        }
        for path in ["x.tif", "/data/x.tif", "C:\\x.tif", "cube.nc:reflectance", "ftp://a/x.tif", "file:///x"]
        {
            assert!(!Address::is_one(path), "{path}");
        }
    }

    #[test]
    fn credentials_in_an_address_are_refused_and_never_repeated() {
        for text in [
            "https://user:hunter2@a.org/x.tif",
            "https://hunter2@a.org/x.tif",
            "https://a.org/x.tif?sig=hunter2",
            "https://a.org/x.tif?v=1&X-Amz-Signature=hunter2",
            "s3://b/x.tif?token=hunter2",
        ] {
            let error = Address::parse(text).expect_err(text);
            assert!(matches!(error, RemoteError::Secret(_)), "{text}: {error}");
            assert!(!format!("{error} {error:?} {}", error.hint()).contains("hunter2"), "{text}");
        }
        assert!(Address::parse("https://a.org/x.tif?v=12").is_ok());
    }

    #[test]
    fn what_names_no_file_is_refused_with_the_reason() {
        let said = |text: &str| Address::parse(text).expect_err(text).to_string();
        assert!(said("https://a.org/").contains("folder"));
        assert!(said("s3://bucket").contains("folder"));
        assert!(said("https:///x.tif").contains("folder") || said("https:///x.tif").contains("not one"));
        assert!(said("https://a b/x.tif").contains("not one"));
        assert!(said(&format!("https://a/{}", "x".repeat(9000))).contains("too long"));
    }

    #[test]
    fn other_programs_ways_to_write_an_address_are_understood() {
        let of = |text| Address::of_virtual_path(text);
        assert_eq!(of("/vsicurl/https://a/x.tif").as_deref(), Some("https://a/x.tif"));
        assert_eq!(of("/vsis3/b/k.tif").as_deref(), Some("s3://b/k.tif"));
        assert_eq!(of("/vsizip/a.zip/x.tif"), None);
        assert_eq!(of("/vsicurl//etc/passwd"), None);
    }

    #[test]
    fn files_are_named_as_people_read_them() {
        let name = |text| Address::parse(text).expect(text).file_name();
        assert_eq!(name("https://a.org/d/my%20scene.tif?v=2"), "my scene.tif");
        assert_eq!(name("s3://b/k/x.tif"), "x.tif");
    }
}
