//! `POST /update-connected-site`: moves a plan to another site. v2.0 only.

use serde_json::{Map, Value, json};

use super::{Malformed, moved_site};
use crate::error::Result;
use crate::fields::Fields;
use crate::ids::Id;
use crate::site_url::SiteUrl;

/// A checked request.
pub struct UpdateConnectedSiteRequest {
    url: SiteUrl,
    /// The order of the plan.
    pub order_id: Id,
}

impl UpdateConnectedSiteRequest {
    /// Checks `url` and `order_id`.
    ///
    /// # Errors
    /// [`crate::error::Error::InvalidRequest`] that names the field. Nothing has been sent.
    pub fn new(request: Map<String, Value>) -> Result<Self> {
        let mut fields = Fields::new("", request);
        fields.refuse_unknown(&["url", "order_id"])?;
        Ok(Self {
            url: SiteUrl::required(&mut fields)?,
            order_id: Id::required(&mut fields, "order_id")?,
        })
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({ "url": self.url.wire(), "order_id": self.order_id })
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// [`Malformed`] if it is not the documented one.
    pub fn parse_answer(&self, body: &[u8]) -> std::result::Result<Value, Malformed> {
        let moved = moved_site::parse(body, &self.order_id)?;
        Ok(json!({
            "order_id": self.order_id,
            "site_id": moved.site_id,
            "url": moved.url.as_deref().unwrap_or(self.url.wire()),
        }))
    }
}
