//! `GET /orders`: the orders of the package, by time. Reads; v2.0 only.

use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::Malformed;
use crate::ids::Id;

/// The most orders that the service gives on a page.
pub const PER_PAGE: usize = 100;
/// The statuses of orders in WooCommerce, since the service lists only completed ones by default.
pub const STATUSES: &str = "pending,processing,on-hold,completed,cancelled,refunded,failed";

/// An order, as far as it helps to find the one that an unknown registration made.
#[derive(Debug, Serialize)]
pub struct Order {
    /// The order.
    pub id: Id,
    /// Such as `completed`.
    pub status: String,
    /// When it was made, without a zone suffix: `2026-11-21T20:00:00`.
    pub date_created_gmt: String,
    /// The customer at `WooCommerce.com`.
    pub customer_id: Option<Id>,
    /// The customer's e-mail address.
    pub customer_email: String,
    /// Whether that is the address in the registration.
    pub matches_email: bool,
}

impl Order {
    /// When it was made, as Unix time, if that can be read.
    #[must_use]
    pub fn created(&self) -> Option<i64> {
        let created: jiff::civil::DateTime = self.date_created_gmt.parse().ok()?;
        Some(created.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
    }
}

/// The address of a page (from 1) of the orders made after a point in time, with some statuses or the default one.
#[must_use]
pub fn page_url(base: &Url, after: &str, statuses: &str, page: u64) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/v2.0/orders", base.path().trim_end_matches('/')));
    url.query_pairs_mut()
        .append_pair("after", after)
        .append_pair("per_page", &PER_PAGE.to_string())
        .append_pair("page", &page.to_string());
    if !statuses.is_empty() {
        url.query_pairs_mut().append_pair("status", statuses);
    }
    url
}

/// Reads a page.
///
/// # Errors
/// [`Malformed`] if it is not the documented answer.
pub fn parse(body: &[u8], email: Option<&str>) -> Result<Vec<Order>, Malformed> {
    let Value::Array(items) = super::json(body)? else {
        return Err(Malformed::answer("it is not a list"));
    };
    items
        .iter()
        .map(|item| {
            let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let customer_email = text("customer_email");
            Ok(Order {
                id: item
                    .get("id")
                    .and_then(Id::from_value)
                    .ok_or_else(|| Malformed::field("id", "is not an identifier"))?,
                status: text("status"),
                date_created_gmt: text("date_created_gmt"),
                customer_id: item.get("customer_id").and_then(Id::from_value),
                matches_email: email.is_some_and(|email| email.eq_ignore_ascii_case(&customer_email)),
                customer_email,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_documented_items() {
        let body = br#"[{"id":2666930,"status":"completed","date_created":"2019-06-12T03:11:12","date_created_gmt":"2019-06-12T10:11:12",
            "customer_id":1872797,"customer_email":"Ada@example.com","line_items":[{"name":"WooCommerce Bookings"}]}]"#;
        let orders = parse(body, Some("ada@example.com"))
            .map_err(|malformed| malformed.problem)
            .unwrap();
        assert_eq!((orders[0].id.as_str(), orders[0].matches_email), ("2666930", true));
        assert!(parse(b"{}", None).is_err());
        assert!(parse(b"[{\"id\":null}]", None).is_err());
    }

    #[test]
    fn reads_dates_with_and_without_a_zone_suffix() {
        let created = |date: &str| {
            let body = serde_json::json!([{"id": 1, "date_created_gmt": date}]).to_string();
            parse(body.as_bytes(), None)
                .map_err(|malformed| malformed.problem)
                .unwrap()[0]
                .created()
        };
        // `date -u -d 2019-06-12T10:11:12 +%s`
        for date in ["2019-06-12T10:11:12", "2019-06-12 10:11:12"] {
            assert_eq!(created(date), Some(1_560_334_272), "{date}");
        }
        for date in ["", "soon", "12.06.2019"] {
            assert_eq!(created(date), None, "{date}");
        }
    }

    #[test]
    fn asks_for_a_page() {
        let base = Url::parse("https://woocommerce.com/wp-json/wccom/host-plan").unwrap();
        assert_eq!(
            page_url(&base, "2026-11-21T20:00:00Z", "", 2).as_str(),
            "https://woocommerce.com/wp-json/wccom/host-plan/v2.0/orders?after=2026-11-21T20%3A00%3A00Z&per_page=100&page=2"
        );
    }
}
