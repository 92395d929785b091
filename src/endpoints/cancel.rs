//! `POST /cancel`: cancels an order and revokes the keys of its subscriptions. v1.0 only.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Malformed;
use super::answer::{optional_id, parse};
use crate::ids::Id;

/// The body.
#[must_use]
pub fn body(order_id: &Id) -> Value {
    json!({ "order_id": order_id })
}

/// Reads the answer.
///
/// # Errors
/// [`Malformed`] if it is not the documented one.
pub fn parse_answer(body: &[u8], order_id: &Id) -> Result<Value, Malformed> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default, deserialize_with = "optional_id")]
        order_id: Option<Id>,
        status: String,
    }
    let answer: Answer = parse(body)?;
    if answer.order_id.is_some_and(|id| id != *order_id) {
        return Err(Malformed::field("order_id", "is that of another order"));
    }
    if answer.status.is_empty() {
        return Err(Malformed::field("status", "is empty"));
    }
    Ok(json!({
        "order_id": order_id,
        "status": answer.status,
    }))
}
