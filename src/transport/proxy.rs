//! The proxy between this machine and the service, if there is one.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::config::{Network, Proxy};
use crate::error::{Error, Result};

/// The variables with a proxy's address. As other programs have it, the first that is not empty counts. `HTTP_PROXY` is not for
/// https, and in CGI it is a header of the request.
pub(crate) const ADDRESS_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// The variables with the hosts that are reached without it.
pub(crate) const EXCEPTION_VARIABLES: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxy for requests to `uri`, with its credentials. Plain http is for this machine only: through a proxy the key would
/// travel in the clear.
///
/// # Errors
/// [`Error::InvalidRequest`] for an address in the environment that is none: to leave the proxy out then would be to go where
/// somebody did not want it.
pub(super) fn proxy(network: &Network, uri: &Uri) -> Result<Option<Url>> {
    match &network.proxy {
        _ if uri.scheme_str() == Some("http") => Ok(None),
        Proxy::None => Ok(None),
        Proxy::Environment => from_environment(uri, |name| {
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        }),
        Proxy::Url(url) => Ok(Some(url.clone())),
    }
}

/// Host and port, without credentials.
pub(super) fn name(proxy: &Url) -> String {
    let port = proxy.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", proxy.host_str().unwrap_or_default())
}

fn from_environment(uri: &Uri, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Url>> {
    let first = |names: &[&'static str]| {
        names.iter().find_map(|&name| {
            let value = variable(name)?;
            let value = value.trim();
            (!value.is_empty()).then(|| (name, value.to_owned()))
        })
    };
    let Some((name, address)) = first(&ADDRESS_VARIABLES) else {
        return Ok(None);
    };
    let no_proxy = first(&EXCEPTION_VARIABLES).map_or_else(String::new, |(_, list)| list);
    if is_excepted(uri, &no_proxy) {
        return Ok(None);
    }
    let with_scheme = if address.contains("://") {
        address
    } else {
        format!("http://{address}")
    };
    match Url::parse(&with_scheme) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Some(url)),
        _ => Err(Error::invalid(
            name,
            "in the environment must be an address such as http://proxy.example.com:3128; no other kind of proxy is supported",
        )),
    }
}

/// Whether a list as in `NO_PROXY` has the host of `uri`. The matcher knows names, with and without a dot in front,
/// addresses and networks (and `*` for names alone); here the other ways to write them are turned into these.
fn is_excepted(uri: &Uri, no_proxy: &str) -> bool {
    let port = uri.port_u16().unwrap_or(443).to_string();
    let entries: Vec<&str> = no_proxy
        .split(|character: char| character == ',' || character.is_whitespace())
        .filter_map(|entry| {
            let entry = without_port(entry, &port)?;
            let entry = entry.strip_prefix("*.").unwrap_or(entry);
            Some(entry.strip_suffix('.').unwrap_or(entry))
        })
        .collect();
    let through_all = Matcher::builder()
        .all("http://proxy.invalid")
        .no(entries.join(","))
        .build();
    entries.contains(&"*") || through_all.intercept(uri).is_none()
}

/// The entry without its port and brackets. `None` if it is for another port.
fn without_port<'a>(entry: &'a str, port: &str) -> Option<&'a str> {
    let (host, wanted) = match entry.strip_prefix('[').and_then(|entry| entry.split_once(']')) {
        Some((address, rest)) => (address, rest.strip_prefix(':')),
        // An IPv6 address without brackets has several colons, and no port.
        None => match entry.split_once(':') {
            Some((host, wanted)) if !wanted.contains(':') => (host, Some(wanted)),
            _ => (entry, None),
        },
    };
    wanted.is_none_or(|wanted| wanted == port).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(uri: &str, variables: &[(&str, &str)]) -> Result<Option<String>> {
        let variable = |name: &str| {
            let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
            Some((*value).to_owned())
        };
        from_environment(&uri.parse().unwrap(), variable).map(|proxy| proxy.map(|proxy| proxy.to_string()))
    }

    const SERVICE: &str = "https://woocommerce.com/wp-json";

    #[test]
    fn the_first_variable_that_is_not_empty_names_the_proxy() {
        for (variables, expected) in [
            (&[][..], None),
            (&[("HTTPS_PROXY", "http://a:1")], Some("http://a:1/")),
            (&[("https_proxy", "http://a:1")], Some("http://a:1/")),
            (&[("ALL_PROXY", "http://a:1")], Some("http://a:1/")),
            (&[("all_proxy", "http://a:1")], Some("http://a:1/")),
            (
                &[("HTTPS_PROXY", "a:1"), ("https_proxy", "b:1"), ("ALL_PROXY", "c:1")],
                Some("http://a:1/"),
            ),
            (
                &[("HTTPS_PROXY", " "), ("https_proxy", "b:1"), ("ALL_PROXY", "c:1")],
                Some("http://b:1/"),
            ),
            (&[("all_proxy", "d:1"), ("ALL_PROXY", "c:1")], Some("http://c:1/")),
            (
                &[("HTTPS_PROXY", "proxy.example.com")],
                Some("http://proxy.example.com/"),
            ),
            (&[("HTTPS_PROXY", "user:pass@a:1")], Some("http://user:pass@a:1/")),
            (&[("HTTPS_PROXY", "https://a")], Some("https://a/")),
            (&[("HTTPS_PROXY", "http://[::1]:3128")], Some("http://[::1]:3128/")),
            // Never for https; in CGI it is the header `Proxy` of whoever asks.
            (&[("HTTP_PROXY", "http://a:1"), ("http_proxy", "http://a:1")], None),
            (&[("HTTP_PROXY", "http://evil:1"), ("REQUEST_METHOD", "GET")], None),
            (
                &[("HTTPS_PROXY", "http://a:1"), ("REQUEST_METHOD", "GET")],
                Some("http://a:1/"),
            ),
        ] {
            assert_eq!(
                chosen(SERVICE, variables).unwrap().as_deref(),
                expected,
                "{variables:?}"
            );
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused_without_being_shown() {
        for address in [
            "socks5://user:pass-word@a:1",
            "ftp://a",
            "http://",
            "http://user:pass-word@",
            "http://pass-word@a:99999",
            "a b",
        ] {
            let Err(Error::InvalidRequest { field, message }) = chosen(SERVICE, &[("https_proxy", address)]) else {
                panic!("{address} is taken");
            };
            assert_eq!(field, "https_proxy");
            assert!(!message.contains("pass-word") && !message.contains("user"), "{message}");
            assert_eq!(
                chosen(SERVICE, &[("https_proxy", address), ("NO_PROXY", "*")]).unwrap(),
                None
            );
        }
    }

    #[test]
    fn no_proxy_in_all_its_forms() {
        let direct = |host: &str, list: &str| {
            let uri = format!("https://{host}/x");
            chosen(&uri, &[("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", list)])
                .unwrap()
                .is_none()
        };
        for (host, list) in [
            ("woocommerce.com", "woocommerce.com"),
            ("woocommerce.com", "WooCommerce.COM"),
            ("woocommerce.com", ".woocommerce.com"),
            ("woocommerce.com", "woocommerce.com."),
            ("api.woocommerce.com", "woocommerce.com"),
            ("api.woocommerce.com", ".woocommerce.com"),
            ("api.woocommerce.com", "*.woocommerce.com"),
            ("woocommerce.com", "com"),
            ("woocommerce.com", "*"),
            ("woocommerce.com", "a.example, woocommerce.com"),
            ("woocommerce.com", "a.example woocommerce.com"),
            ("woocommerce.com", "woocommerce.com:443"),
            ("woocommerce.com:8443", "woocommerce.com"),
            ("woocommerce.com:8443", "woocommerce.com:8443"),
            ("10.1.2.3", "10.1.2.3"),
            ("10.1.2.3:8443", "10.1.2.3:8443"),
            ("10.1.2.3", "10.0.0.0/8"),
            ("10.1.2.3", "*"),
            ("[::1]", "::1"),
            ("[::1]", "[::1]"),
            ("[::1]:8443", "[::1]:8443"),
            ("[2001:db8::7]", "2001:db8::/32"),
        ] {
            assert!(direct(host, list), "{host} goes through the proxy with {list}");
        }
        for (host, list) in [
            ("woocommerce.com", ""),
            ("woocommerce.com", ","),
            ("woocommerce.com", "mmerce.com"),
            ("notwoocommerce.com", "woocommerce.com"),
            ("notwoocommerce.com", ".woocommerce.com"),
            ("woocommerce.com", "api.woocommerce.com"),
            ("woocommerce.com.example", "woocommerce.com"),
            ("woocommerce.com", "woocommerce.com:8443"),
            ("woocommerce.com:8443", "woocommerce.com:443"),
            ("woocommerce.com", "woo*"),
            ("10.1.2.3", "11.0.0.0/8"),
            ("10.1.2.3", "10.1.2"),
            ("10.1.2.3", "10.1.2.3:8443"),
            ("[::1]", "127.0.0.1"),
            ("[2001:db8::7]", "2001:db9::/32"),
        ] {
            assert!(!direct(host, list), "{host} goes around the proxy with {list}");
        }
        let lower_case = [("https_proxy", "http://a:1"), ("no_proxy", "woocommerce.com")];
        assert_eq!(chosen(SERVICE, &lower_case).unwrap(), None);
    }
}
