//! Names of hosts and what they stand for: which of them lie in a private network.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// How long what a name stands for is taken for granted. What was checked is then what is connected to.
const KEPT_FOR: Duration = Duration::from_mins(1);
/// Names that are remembered, at most.
const MOST_NAMES: usize = 256;

/// When a name was asked for, and what it stands for.
type Known = HashMap<String, (Instant, Vec<IpAddr>)>;

/// Asks what names stand for, and remembers it for a minute.
#[derive(Clone, Debug, Default)]
pub struct Names {
    known: Arc<Mutex<Known>>,
}

impl Names {
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        let now = Instant::now();
        if let Some((at, found)) = self.lock().get_mut(name)
            && now.duration_since(*at) < KEPT_FOR
        {
            return Ok(found.clone());
        }
        let found: Vec<IpAddr> = tokio::net::lookup_host((name, 0)).await?.map(|a| a.ip()).collect();
        let mut known = self.lock();
        known.retain(|_, (at, _)| now.duration_since(*at) < KEPT_FOR);
        if known.len() < MOST_NAMES {
            known.insert(name.to_owned(), (now, found.clone()));
        }
        Ok(found)
    }

    /// Whether any address that a URL's host stands for is one of a private network. What cannot be found out
    /// counts as private.
    pub(crate) async fn is_private(&self, url: &Url) -> bool {
        self.lies_in_private_network(url).await.unwrap_or(true)
    }

    /// Whether any address that a URL's host stands for is one of a private network; an error when nobody knows what
    /// the host stands for.
    pub async fn lies_in_private_network(&self, url: &Url) -> std::io::Result<bool> {
        match url.host() {
            Some(Host::Ipv4(ip)) => Ok(is_private_v4(ip)),
            Some(Host::Ipv6(ip)) => Ok(is_private_v6(ip)),
            Some(Host::Domain(name)) => {
                let found = self.addresses(name).await?;
                Ok(found.is_empty() || found.iter().any(|ip| is_private(*ip)))
            }
            None => Ok(true),
        }
    }

    /// Says what a name stands for, for a minute.
    #[cfg(test)]
    pub(crate) fn pretend(&self, name: &str, ip: &str) {
        let ip = ip.parse().expect("an address");
        self.lock().insert(name.to_owned(), (Instant::now(), vec![ip]));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let names = self.clone();
        Box::pin(async move {
            let found = names.addresses(name.as_str()).await?;
            let addresses: Addrs = Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_private_v4(ip),
        IpAddr::V6(ip) => is_private_v6(ip),
    }
}

fn is_private_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_unspecified()
        || ip.is_broadcast()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a == 192 && b == 0 && c == 0)
}

fn is_private_v6(ip: Ipv6Addr) -> bool {
    let within = ip.to_ipv4_mapped().or_else(|| match ip.segments() {
        // Addresses of the old network written as ones of the new: 64:ff9b::/96 and 2002::/16.
        [0x64, 0xff9b, 0, 0, 0, 0, a, b] | [0x2002, a, b, ..] => Some(join(a, b)),
        _ => None,
    });
    within.is_some_and(is_private_v4)
        || ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_multicast()
        || ip.is_unique_local()
        || ip.is_unicast_link_local()
        || ip.to_ipv4().is_some_and(is_private_v4)
}

fn join(a: u16, b: u16) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(a) << 16 | u32::from(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_are_known_however_they_are_written() {
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "::127.0.0.1",
        ] {
            assert!(is_private(ip.parse().expect(ip)), "{ip}");
        }
        for ip in ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808"] {
            assert!(!is_private(ip.parse().expect(ip)), "{ip}");
        }
    }
}
