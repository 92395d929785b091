//! `GET /sites/<site_id>`: a site, with its orders and connected products. Reads; v2.0 only.

use serde::{Deserialize, Serialize};

use super::Malformed;
use super::answer::{self, list, optional_text, text};
use super::slug::Slug;
use crate::ids::Id;

/// A site.
#[derive(Debug, Deserialize, Serialize)]
pub struct Site {
    /// Its orders, by status.
    pub order_ids: OrderIds,
    /// Its connected products.
    #[serde(default, deserialize_with = "list")]
    pub connections: Vec<Connection>,
}

/// The orders of a site.
#[derive(Debug, Deserialize, Serialize)]
pub struct OrderIds {
    /// Those in force.
    #[serde(default, deserialize_with = "list")]
    pub completed: Vec<Id>,
    /// Those that were cancelled.
    #[serde(default, deserialize_with = "list")]
    pub cancelled: Vec<Id>,
}

/// A product in use.
#[derive(Debug, Deserialize, Serialize)]
#[serde(from = "SentConnection")]
pub struct Connection {
    /// The order that it is of.
    pub order_id: Id,
    /// The site's address, without a scheme.
    pub site_url: String,
    /// The product's slug, if that is what came.
    pub product_slug: Option<String>,
    /// The product's name, which the field `product_slug` holds in the documented sample.
    pub product_name: Option<String>,
}

#[derive(Deserialize)]
struct SentConnection {
    order_id: Id,
    #[serde(default, deserialize_with = "text")]
    site_url: String,
    #[serde(default, deserialize_with = "optional_text")]
    product_slug: Option<String>,
}

impl From<SentConnection> for Connection {
    fn from(sent: SentConnection) -> Self {
        let (product_slug, product_name) = match sent.product_slug {
            Some(text) if Slug::is_slug(&text) => (Some(text), None),
            text => (None, text.filter(|text| !text.is_empty())),
        };
        Self {
            order_id: sent.order_id,
            site_url: sent.site_url,
            product_slug,
            product_name,
        }
    }
}

/// Reads the answer.
///
/// # Errors
/// [`Malformed`] if it is not the documented one.
pub fn parse(body: &[u8]) -> Result<Site, Malformed> {
    answer::parse(body)
}
