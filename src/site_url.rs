//! The address of a site: what may be sent, how it is sent, and when two addresses are the same site.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::error::{Error, Result};
use crate::fields::Fields;

/// The longest address, in characters.
pub const MAX_CHARACTERS: usize = 2048;

/// A checked address.
#[derive(Debug, Clone)]
pub struct SiteUrl {
    given: String,
    /// Where it differs.
    wire: Option<String>,
    parsed: Url,
}

impl SiteUrl {
    /// Checks an address by the rules in the README ("Addresses").
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] that names `field`.
    pub fn parse(field: &str, given: String) -> Result<Self> {
        let refuse = |problem: &str| Err(Error::invalid(field, problem));
        if given.is_empty() {
            return refuse("is empty; it must be the site's address, such as https://example.com");
        }
        if given.chars().count() > MAX_CHARACTERS {
            return refuse("is longer than 2,048 characters");
        }
        if given.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return refuse("holds white space or a control character");
        }
        let Some((scheme, rest)) = given.split_once("://") else {
            return refuse("must begin with https:// or http://");
        };
        if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
            return refuse("must begin with https:// or http://");
        }
        // The parser is as forgiving as a browser: it takes `\` for `/`, drops empty user names and decodes `%` in hosts.
        if given.contains('\\') {
            return refuse("holds a backslash");
        }
        if given.contains('?') {
            return refuse("must not have a query");
        }
        if given.contains('#') {
            return refuse("must not have a fragment");
        }
        let authority = rest.split('/').next().unwrap_or_default();
        if authority.contains('@') {
            return refuse("must not have a user name or password");
        }
        if authority.is_empty() || authority.contains('%') {
            return refuse("has no valid host name");
        }
        let parsed = match Url::parse(&given) {
            Ok(parsed) if parsed.host().is_some() => parsed,
            Ok(_) => return refuse("has no host name"),
            Err(error) => return refuse(&format!("is not a valid address: {error}")),
        };
        let wire = match parsed.host_str() {
            Some(host) if !authority.is_ascii() => {
                let port = parsed.port().map(|port| format!(":{port}")).unwrap_or_default();
                let path = rest.get(authority.len()..).unwrap_or_default();
                Some(format!("{scheme}://{host}{port}{path}"))
            }
            _ => None,
        };
        Ok(Self { given, wire, parsed })
    }

    /// Takes the field `url` out.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] if it is missing or no address.
    pub fn required(fields: &mut Fields) -> Result<Self> {
        match fields.string("url")? {
            Some(url) => Self::parse("url", url),
            None => Err(Error::invalid(
                "url",
                "is missing; it must be the site's address, such as https://example.com",
            )),
        }
    }

    /// The address as it was given: what a site stores in `auth['url']`.
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }

    /// The address as it is sent: a host name beyond ASCII as punycode, the rest as given.
    #[must_use]
    pub fn wire(&self) -> &str {
        self.wire.as_deref().unwrap_or(&self.given)
    }

    /// The host name, in lower case and ASCII.
    #[must_use]
    pub fn host(&self) -> &str {
        self.parsed.host_str().unwrap_or_default()
    }

    /// What two addresses of the same site have in common: scheme, host in any case, port, and path without trailing
    /// slashes.
    #[must_use]
    pub fn site(&self) -> String {
        let port = self.parsed.port_or_known_default().unwrap_or_default().to_string();
        let path = self.parsed.path().trim_end_matches('/');
        [self.parsed.scheme(), "://", self.host(), ":", &port, path].concat()
    }

    /// Whether both are addresses of one site.
    #[must_use]
    pub fn same_site(&self, other: &Self) -> bool {
        self.site() == other.site()
    }

    /// Why `WooCommerce.com` will not be able to reach this address, where that can be told without asking DNS.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let kind = match self.parsed.host()? {
            Host::Ipv4(address) if is_reserved_v4(address) => "a private or reserved address",
            Host::Ipv6(address) if is_reserved_v6(address) => "a private or reserved address",
            Host::Domain(name) if is_reserved_name(name) => "a reserved name",
            _ => return None,
        };
        Some(format!(
            "{} is {kind}, which WooCommerce.com cannot reach. A public address can be told to it later, with update-url.",
            self.host()
        ))
    }
}

fn is_reserved_name(name: &str) -> bool {
    let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    // RFC 6761 and RFC 6762, and ICANN's `internal`.
    matches!(
        last,
        "localhost" | "local" | "test" | "invalid" | "example" | "internal"
    )
}

fn is_reserved_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
}

fn is_reserved_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_reserved_v4(v4);
    }
    let [first, second, ..] = address.segments();
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || (first == 0x2001 && second == 0x0db8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(given: &str) -> Result<SiteUrl> {
        SiteUrl::parse("url", given.to_owned())
    }

    #[test]
    fn refuses_what_is_not_the_address_of_a_site() {
        let long = format!("https://example.com/{}", "a".repeat(2049 - 20));
        assert_eq!(long.len(), 2049);
        for bad in [
            "",
            "example.com",
            "/shop",
            "//example.com",
            "ftp://example.com",
            "https:example.com",
            "https:/example.com",
            "https://",
            "https:///example.com",
            "https://user@example.com",
            "https://user:pass@example.com",
            "https://@example.com",
            "https://example.com?a=1",
            "https://example.com/?",
            "https://example.com#top",
            "https://exa mple.com",
            " https://example.com",
            "https://example.com\n",
            "https://example.com/\0",
            "https://example.com/a\tb",
            "https://example.com\u{a0}",
            "https:\\\\example.com",
            "https://ex%61mple.com",
            "https://example.com:port",
            "https://example.com:99999",
            "https://[::1",
            "https://xn--a/",
            &long,
        ] {
            let error = url(bad).expect_err(bad);
            assert!(
                matches!(&error, Error::InvalidRequest { field, .. } if field == "url"),
                "{bad}: {error:?}"
            );
        }
    }

    #[test]
    fn sends_an_address_as_given_but_for_a_host_name_beyond_ascii() {
        let longest = format!("https://example.com/{}", "a".repeat(2048 - 20));
        for good in [
            "https://example.com",
            "https://example.com/",
            "HTTPS://Example.COM/Shop//",
            "http://example.com:8080/a/b",
            "https://example.com:443",
            "https://[2001:db8::1]:8443/",
            "https://192.0.2.1",
            "https://example.com/%C3%A9",
            "https://temporary-1234.host.example",
            &longest,
        ] {
            assert_eq!(url(good).unwrap().wire(), good);
        }
        let idn = url("https://müller.example:8443/käse/").unwrap();
        assert_eq!(idn.wire(), "https://xn--mller-kva.example:8443/käse/");
        assert_eq!(idn.given(), "https://müller.example:8443/käse/");
    }

    #[test]
    fn tells_whether_two_addresses_are_the_same_site() {
        let same = |a: &str, b: &str| url(a).unwrap().same_site(&url(b).unwrap());
        assert!(same("https://Example.com", "https://example.com//"));
        assert!(same("https://example.com:443/", "https://example.com"));
        assert!(same("https://müller.example", "https://xn--mller-kva.example"));
        assert!(same("https://example.com/shop", "https://example.com/shop/"));
        assert!(!same("https://example.com", "http://example.com"));
        assert!(!same("https://example.com", "https://www.example.com"));
        assert!(!same("https://example.com:8443", "https://example.com"));
        assert!(!same("https://example.com/Shop", "https://example.com/shop"));
    }

    #[test]
    fn warns_of_addresses_that_woocommerce_com_cannot_reach() {
        for private in [
            "http://localhost",
            "http://shop.localhost:8080",
            "http://127.0.0.1",
            "http://10.1.2.3",
            "http://192.168.0.1",
            "http://172.16.0.1",
            "http://100.64.0.1",
            "http://169.254.1.1",
            "http://0.0.0.0",
            "http://[::1]",
            "http://[fd00::1]",
            "http://[fe80::1]",
            "http://[::ffff:10.0.0.1]",
            "http://shop.local",
            "http://shop.test",
        ] {
            assert!(url(private).unwrap().warning().is_some(), "{private}");
        }
        for public in [
            "https://example.com",
            "https://8.8.8.8",
            "https://[2606:4700::1111]",
            "https://172.32.0.1",
        ] {
            assert_eq!(url(public).unwrap().warning(), None, "{public}");
        }
    }
}
