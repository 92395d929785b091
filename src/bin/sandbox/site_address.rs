//! Which addresses can be registered, and which of them are the same site.

use serde_json::Value;
use url::Url;

use crate::parameters::{self, Problem};

/// The longest address that is taken.
const MAX_LENGTH: usize = 2_048;

/// A site's address.
pub struct SiteAddress {
    /// As it was sent.
    pub sent: String,
    /// The same for all spellings of one site: scheme, host, port and path, but for trailing slashes.
    pub identity: String,
}

/// Reads the parameter `url`.
pub fn parse(name: &str, value: Value) -> Result<SiteAddress, Problem> {
    let sent = parameters::string(name, value)?;
    let refuse = |why: &str| Err(Problem::url(format!("{name} {why}")));
    if sent.len() > MAX_LENGTH {
        return refuse("is longer than 2048 characters.");
    }
    // The parser would drop or rewrite these instead of refusing them.
    if sent.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return refuse("has white space, a control character or a backslash.");
    }
    if !sent.is_ascii() {
        return refuse("has characters beyond ASCII: a host name goes as punycode.");
    }
    let rest = match sent.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => rest,
        _ => return refuse("does not begin with http:// or https://."),
    };
    if sent.contains(['?', '#']) {
        return refuse("has a query or a fragment.");
    }
    if rest
        .split('/')
        .next()
        .is_some_and(|authority| authority.is_empty() || authority.contains('@'))
    {
        return refuse("has no host, or a user name.");
    }
    let Ok(url) = Url::parse(&sent) else {
        return refuse("is not a URL.");
    };
    Ok(SiteAddress {
        identity: url.as_str().trim_end_matches('/').to_owned(),
        sent,
    })
}
