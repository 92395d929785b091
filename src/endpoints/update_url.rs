//! `POST /update-url`: a connected site has another address. In v2.0 the order says which site, in v1.0 the site's
//! connection, which signs the address.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::register::credential;
use super::{ApiVersion, Malformed, moved_site};
use crate::error::Result;
use crate::fields::Fields;
use crate::ids::Id;
use crate::signature;
use crate::site_url::SiteUrl;

/// A checked request.
pub struct UpdateUrlRequest {
    url: SiteUrl,
    site: Site,
}

enum Site {
    OfOrder(Id),
    Connected {
        access_token: SecretString,
        access_token_secret: SecretString,
        /// Whoever has it can send the same address again.
        signature: SecretString,
    },
}

impl UpdateUrlRequest {
    /// Checks `url` with `order_id` (v2.0), or with `access_token` and `access_token_secret` (v1.0).
    ///
    /// # Errors
    /// [`crate::error::Error::InvalidRequest`] that names the field. Nothing has been sent.
    pub fn new(request: Map<String, Value>, api_version: Option<ApiVersion>) -> Result<Self> {
        let has_token = request.get("access_token").is_some_and(|token| !token.is_null());
        let api_version = api_version.unwrap_or(if has_token { ApiVersion::V1 } else { ApiVersion::V2 });
        let mut fields = Fields::new("", request);
        fields.refuse_unknown(match api_version {
            ApiVersion::V1 => &["url", "access_token", "access_token_secret"],
            ApiVersion::V2 => &["url", "order_id"],
        })?;
        let url = SiteUrl::required(&mut fields)?;
        let site = match api_version {
            ApiVersion::V1 => {
                let access_token = credential(&mut fields, "access_token")?;
                let access_token_secret = credential(&mut fields, "access_token_secret")?;
                Site::Connected {
                    signature: signature::of_url(&url, &access_token_secret).into(),
                    access_token,
                    access_token_secret,
                }
            }
            ApiVersion::V2 => Site::OfOrder(Id::required(&mut fields, "order_id")?),
        };
        Ok(Self { url, site })
    }

    /// The version that the request is for.
    #[must_use]
    pub fn api_version(&self) -> ApiVersion {
        match self.site {
            Site::OfOrder(_) => ApiVersion::V2,
            Site::Connected { .. } => ApiVersion::V1,
        }
    }

    /// The order, in v2.0.
    #[must_use]
    pub fn order(&self) -> String {
        match &self.site {
            Site::OfOrder(order_id) => order_id.to_string(),
            Site::Connected { .. } => String::new(),
        }
    }

    /// What must not appear in texts.
    #[must_use]
    pub fn secrets(&self) -> Vec<&SecretString> {
        match &self.site {
            Site::OfOrder(_) => Vec::new(),
            Site::Connected {
                access_token,
                access_token_secret,
                signature,
            } => vec![access_token, access_token_secret, signature],
        }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Value {
        match &self.site {
            Site::OfOrder(order_id) => json!({ "url": self.url.wire(), "order_id": order_id }),
            Site::Connected {
                access_token,
                signature,
                ..
            } => json!({
                "url": self.url.wire(),
                "access_token": access_token.expose_secret(),
                "signature": signature.expose_secret(),
            }),
        }
    }

    /// Reads the answer: the documented object in v2.0, `true` in v1.0.
    ///
    /// # Errors
    /// [`Malformed`] if it is something else.
    pub fn parse_answer(&self, body: &[u8]) -> std::result::Result<Value, Malformed> {
        match &self.site {
            Site::OfOrder(order_id) => {
                let moved = moved_site::parse(body, order_id)?;
                Ok(json!({
                    "url": moved.url.unwrap_or_else(|| self.url.wire().to_owned()),
                    "order_id": order_id,
                    "site_id": moved.site_id,
                }))
            }
            Site::Connected { .. } => match super::json(body)? {
                Value::Bool(true) => Ok(Value::Bool(true)),
                _ => Err(Malformed::answer("it is not true")),
            },
        }
    }
}
