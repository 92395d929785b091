//! Every operation of the API: its request line, and what it does at `WooCommerce.com`. The one place that says what may
//! be sent twice.
//!
//! Source: the public partner documentation (Automattic/host-partner-documentation, `woocommerce/`, at 7dd39d0); for
//! [`VERIFY`] `WooCommerce`'s `WC_Helper_API`.

use reqwest::Method;

/// An operation.
#[derive(Debug)]
pub struct Operation {
    /// How its request is sent.
    pub method: Method,
    /// Its path below the version, in which `{id}` stands for the identifier or slug of what it is about.
    pub path: &'static str,
    /// What it does.
    pub effect: Effect,
    /// Who asks.
    pub credentials: Credentials,
}

/// Whose word counts.
#[derive(Debug)]
pub enum Credentials {
    /// The partner, with the key of the plan's package.
    Key,
    /// The partner, and in v1.0 the connected site, too.
    KeyAndConnection,
    /// A connected site.
    Connection,
}

/// What a request does at `WooCommerce.com`.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing; it may be sent again at will.
    Reads,
    /// Something, such as an order; it must not be sent again once it may have been received.
    Changes {
        /// What has not happened when it is refused.
        refused: &'static str,
        /// What may have happened when its outcome is unknown, and how to find out; `{order}` stands for the order.
        unknown: &'static str,
    },
}

impl Operation {
    const fn reads(path: &'static str) -> Self {
        Self {
            method: Method::GET,
            path,
            effect: Effect::Reads,
            credentials: Credentials::Key,
        }
    }

    const fn changes(path: &'static str, refused: &'static str, unknown: &'static str) -> Self {
        Self {
            method: Method::POST,
            path,
            effect: Effect::Changes { refused, unknown },
            credentials: Credentials::Key,
        }
    }
}

/// v1.0 and v2.0. Makes an order; there is no idempotency key.
pub static REGISTER: Operation = Operation::changes(
    "register",
    "Nothing was created.",
    "An order may exist. Do not send it again: `wp wccom-host recover` on the site, `wp wccom-host journal lookup` on a \
     control host, or wccom_host_lookup() looks for it among the orders of WooCommerce.com.",
);
/// v1.0.
pub static CANCEL: Operation = Operation::changes(
    "cancel",
    "Nothing was cancelled.",
    "The order may be cancelled or not: `wp wccom-host order get {order}` (or wccom_host_order()) shows its status.",
);
/// v1.0 and v2.0.
pub static UPDATE_URL: Operation = Operation {
    method: Method::POST,
    path: "update-url",
    effect: Effect::Changes {
        refused: "The address was not changed.",
        unknown: "The address may be changed or not: `wp wccom-host order connections {order}` or `wp wccom-host site get` \
                  (or wccom_host_site()) shows it.",
    },
    credentials: Credentials::KeyAndConnection,
};
/// v2.0.
pub static UPDATE_CONNECTED_SITE: Operation = Operation::changes(
    "update-connected-site",
    "The plan was not moved.",
    "The plan may have been moved or not: `wp wccom-host order connections {order}` (or wccom_host_order_connections()) \
     shows where it is.",
);
/// v2.0.
pub static INSTALL: Operation = Operation::changes(
    "install",
    "Nothing was installed.",
    "The product may be installed or not: `wp wccom-host order connections {order}` (or wccom_host_order_connections()) \
     shows it.",
);
/// v1.0.
pub static PACKAGE: Operation = Operation::reads("info");
/// v1.0.
pub static PRODUCT: Operation = Operation::reads("info/{id}.json");
/// v2.0.
pub static ORDERS: Operation = Operation::reads("orders");
/// v2.0.
pub static ORDER: Operation = Operation::reads("orders/{id}");
/// v2.0.
pub static ORDER_CONNECTIONS: Operation = Operation::reads("orders/{id}/connections");
/// v2.0.
pub static SITE: Operation = Operation::reads("sites/{id}");
/// v2.0.
pub static TOTALS: Operation = Operation::reads("totals");
/// `helper/1.0`.
pub static VERIFY: Operation = Operation {
    method: Method::GET,
    path: "oauth/me",
    effect: Effect::Reads,
    credentials: Credentials::Connection,
};
