//! `POST /install`: has `WooCommerce.com` install a product of the plan on the connected site. v2.0 only.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Malformed;
use super::answer::{id_or_nothing, optional_bool, optional_id, optional_text, parse};
use super::slug::Slug;
use crate::error::Result;
use crate::fields::Fields;
use crate::ids::Id;
use crate::site_url::SiteUrl;

/// A checked request.
pub struct InstallRequest {
    product_slug: Slug,
    url: SiteUrl,
    /// The order of the plan.
    pub order_id: Id,
}

impl InstallRequest {
    /// Checks `product_slug`, `url` and `order_id`.
    ///
    /// # Errors
    /// [`crate::error::Error::InvalidRequest`] that names the field. Nothing has been sent.
    pub fn new(request: Map<String, Value>) -> Result<Self> {
        let mut fields = Fields::new("", request);
        fields.refuse_unknown(&["product_slug", "url", "order_id"])?;
        Ok(Self {
            product_slug: Slug::required(&mut fields, "product_slug")?,
            url: SiteUrl::required(&mut fields)?,
            order_id: Id::required(&mut fields, "order_id")?,
        })
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({ "product_slug": self.product_slug.as_str(), "url": self.url.wire(), "order_id": self.order_id })
    }

    /// Reads the answer, of which two are documented: with `success`, and with `status`.
    ///
    /// # Errors
    /// [`Malformed`] if it is neither.
    pub fn parse_answer(&self, body: &[u8]) -> std::result::Result<Value, Malformed> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default, deserialize_with = "optional_bool")]
            success: Option<bool>,
            #[serde(default, deserialize_with = "optional_text")]
            status: Option<String>,
            #[serde(default, deserialize_with = "id_or_nothing")]
            request_id: Option<Id>,
            #[serde(default, deserialize_with = "optional_id")]
            order_id: Option<Id>,
            #[serde(default, deserialize_with = "id_or_nothing")]
            product_id: Option<Id>,
            #[serde(default, deserialize_with = "optional_text")]
            product_slug: Option<String>,
            #[serde(default, deserialize_with = "optional_text")]
            url: Option<String>,
        }
        let answer: Answer = parse(body)?;
        let (success, status) = match (answer.success, answer.status) {
            (Some(true), None) => (true, COMPLETED.to_owned()),
            (Some(false), None) => (false, "failed".to_owned()),
            (success, Some(status)) => (status == COMPLETED && success != Some(false), status),
            (None, None) => return Err(Malformed::field("success", "is missing")),
        };
        Ok(json!({
            "request_id": answer.request_id,
            "success": success,
            "status": status,
            "order_id": answer.order_id.as_ref().unwrap_or(&self.order_id),
            "product_id": answer.product_id,
            "product_slug": answer.product_slug.as_deref().unwrap_or(self.product_slug.as_str()),
            "url": answer.url.as_deref().unwrap_or(self.url.wire()),
        }))
    }
}

const COMPLETED: &str = "completed";
