//! From the answer to a registration to what a site stores: the `auth` array, and the null-secret rule.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::endpoints::ApiVersion;
use crate::endpoints::register::RegisterResponse;
use crate::error::{Error, Result};
use crate::ids::Id;

/// The connection, for `WC_Helper_Options::update( 'auth', ... )`: these keys in this order.
#[derive(Clone, Serialize, Deserialize)]
pub struct Auth {
    /// Bearer token of every request between the site and `WooCommerce.com`.
    pub access_token: String,
    /// HMAC key of every such request. Never empty.
    pub access_token_secret: String,
    /// The site at `WooCommerce.com`.
    pub site_id: i64,
    /// The local user as whom requests from `WooCommerce.com` run.
    pub user_id: i64,
    /// Unix time.
    pub updated: i64,
    /// `home_url()` verbatim; read since `WooCommerce` 9.9.0.
    pub url: String,
}

/// The rest of a registration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged, from = "Value")]
pub enum Details {
    /// As the answer gave it.
    Answered(Registration),
    /// As a journal has kept it, whoever wrote it there.
    Kept(Value),
}

impl Details {
    /// The same as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl From<Value> for Details {
    fn from(kept: Value) -> Self {
        Self::Kept(kept)
    }
}

/// What an answer gives beside the connection.
#[derive(Debug, Clone, Serialize)]
pub struct Registration {
    /// The customer at `WooCommerce.com`.
    pub customer_id: Id,
    /// The order that was made.
    pub order_id: Id,
    /// The site at `WooCommerce.com`.
    pub site_id: i64,
    /// Whether the secret is the one that the site had stored already.
    pub secret_kept: bool,
    /// The version of the API that was used.
    pub api_version: ApiVersion,
    /// The address that was registered.
    pub url: String,
}

/// The credentials that a site has stored.
#[derive(Clone)]
pub struct CurrentAuth {
    access_token: String,
    access_token_secret: String,
}

impl CurrentAuth {
    /// Reads the stored array; `None` if it does not hold both credentials.
    #[must_use]
    pub fn from_map(mut map: Map<String, Value>) -> Option<Self> {
        let mut text = |name| match map.shift_remove(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        };
        Some(Self {
            access_token: text("access_token")?,
            access_token_secret: text("access_token_secret")?,
        })
    }
}

/// The null-secret rule: the secret is the one in the answer; where the answer has none, the stored one if it belongs
/// to the same token; otherwise there is no connection to store.
///
/// # Errors
/// [`Error::SecretUnavailable`], so that an empty secret is never returned, and so never stored.
pub fn choose_secret(response: &RegisterResponse, current: Option<CurrentAuth>) -> Result<(String, bool)> {
    if let Some(secret) = &response.access_token_secret {
        return Ok((secret.clone(), false));
    }
    let stored = match current {
        Some(current) if current.access_token == response.access_token => {
            return Ok((current.access_token_secret, true));
        }
        Some(_) => "the secret stored in this site belongs to another token",
        None => "no secret is stored in this site",
    };
    Err(Error::SecretUnavailable {
        message: format!(
            "This plan was registered to this site before: WooCommerce.com gave no access_token_secret (it gives it only the first time), and {stored}. \
             Order {order} exists for site {site}. Nothing was stored, and registering again will not help: restore the secret from a backup of the site \
             or from the journal of the machine that registered it first (`wp wccom-host recover` there), or ask WooCommerce.com to reset the connection of site {site}.",
            order = response.order_id,
            site = response.site_id,
        ),
        order_id: response.order_id.clone(),
        site_id: response.site_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn response(secret: Option<&str>) -> RegisterResponse {
        let body = json!({"customer_id": 1, "order_id": 2, "access_token": "token", "access_token_secret": secret, "site_id": 3});
        RegisterResponse::parse(body.to_string().as_bytes())
            .map_err(|malformed| malformed.problem)
            .unwrap()
    }

    fn stored(value: Value) -> Option<CurrentAuth> {
        let Value::Object(map) = value else { panic!("not a map") };
        CurrentAuth::from_map(map)
    }

    #[test]
    fn takes_the_secret_of_the_answer_whatever_is_stored() {
        let current = stored(json!({"access_token": "token", "access_token_secret": "old"}));
        assert_eq!(
            choose_secret(&response(Some("new")), current).unwrap(),
            ("new".to_owned(), false)
        );
    }

    #[test]
    fn keeps_the_stored_secret_when_the_answer_has_none_and_the_token_is_the_same() {
        let current = stored(json!({"access_token": "token", "access_token_secret": "old", "site_id": 3}));
        assert_eq!(
            choose_secret(&response(None), current).unwrap(),
            ("old".to_owned(), true)
        );
    }

    #[test]
    fn has_no_secret_to_give_when_none_is_known_for_this_token() {
        for current in [
            None,
            stored(json!({})),
            stored(json!({"access_token": "other", "access_token_secret": "old"})),
            stored(json!({"access_token": "token", "access_token_secret": null})),
            stored(json!({"access_token": "token", "access_token_secret": ""})),
            stored(json!({"access_token": "token"})),
        ] {
            let error = choose_secret(&response(None), current).unwrap_err();
            assert!(
                matches!(&error, Error::SecretUnavailable { order_id, site_id: 3, .. } if order_id.to_string() == "2"),
                "{error:?}"
            );
        }
    }
}
