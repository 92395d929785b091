//! The answer that update-url (v2.0) and update-connected-site have in common.

use serde::Deserialize;

use super::Malformed;
use super::answer::{self, optional_id, optional_text};
use crate::ids::Id;

/// The site of an order, as it is now. Without the site there is no telling what was moved; the rest was in the request.
#[derive(Deserialize)]
pub struct MovedSite {
    /// The site.
    pub site_id: Id,
    #[serde(default, deserialize_with = "optional_id")]
    order_id: Option<Id>,
    /// The address.
    #[serde(default, deserialize_with = "optional_text")]
    pub url: Option<String>,
}

/// Reads the answer.
///
/// # Errors
/// [`Malformed`] if it is not the documented one, or that of another order.
pub fn parse(body: &[u8], order_id: &Id) -> Result<MovedSite, Malformed> {
    let moved: MovedSite = answer::parse(body)?;
    match &moved.order_id {
        Some(other) if other != order_id => Err(Malformed::field("order_id", "is that of another order")),
        _ => Ok(moved),
    }
}
