//! The answers of the documentation, one for each operation.

use wccom_host::operation::{
    CANCEL, INSTALL, ORDER, ORDER_CONNECTIONS, ORDERS, Operation, PACKAGE, PRODUCT, REGISTER, SITE, TOTALS,
    UPDATE_CONNECTED_SITE, UPDATE_URL, VERIFY,
};

/// What the answer of a register gives away.
pub const ACCESS_TOKEN: &str = "e95a8cc87027ec3c303e904d2ea69dd8e0ad0acf";
pub const ACCESS_TOKEN_SECRET: &str = "f71287fdce053102c71536b1648f27657e8be912";
pub const REGISTERED: &str = r#"{"customer_id":1872797,"order_id":2666930,"access_token":"e95a8cc87027ec3c303e904d2ea69dd8e0ad0acf","access_token_secret":"f71287fdce053102c71536b1648f27657e8be912","site_id":42506}"#;

pub const OPERATIONS: [(&Operation, &str); 14] = [
    (&REGISTER, REGISTERED),
    (&CANCEL, r#"{"order_id":2666932,"status":"cancelled"}"#),
    (
        &UPDATE_URL,
        r#"{"url":"https://example.com","order_id":2666932,"site_id":42506}"#,
    ),
    (&UPDATE_URL, "true"),
    (
        &UPDATE_CONNECTED_SITE,
        r#"{"order_id":"2666932","site_id":42506,"url":"https://example.com"}"#,
    ),
    (
        &INSTALL,
        r#"{"success":true,"status":"completed","request_id":7,"order_id":2666932,"product_id":"9","product_slug":"woo-x","url":"https://example.com"}"#,
    ),
    (
        &PACKAGE,
        r#"{"name":"plan","description":"A plan","products":[{"name":"X","type":"plugins","version":"1.2","last_updated":"2018-10-17","download_link":"http://example.com/x.zip?sig=1","slug":"woo-x","homepage":"https://example.com"}]}"#,
    ),
    (
        &PRODUCT,
        r#"{"name":"X","version":"1.2","last_updated":"2018-10-17","download_link":"http://example.com/x.zip?sig=1","slug":"woo-x","homepage":"https://example.com","support_documentation":"https://example.com/docs"}"#,
    ),
    (
        &ORDERS,
        r#"[{"id":2666930,"status":"completed","date_created":"2019-06-12T19:53:45","date_created_gmt":"2019-06-12T19:53:45","date_modified":"2019-06-12T19:53:45","date_modified_gmt":"2019-06-12T19:53:46","customer_id":18734003407356,"customer_email":"ada@example.com","line_items":[{"name":"X"}]}]"#,
    ),
    (
        &ORDER,
        r#"{"id":"2666930","status":"completed","date_created_gmt":"2019-06-12T19:53:45","customer_id":0,"line_items":[],"metadata":{"customer_email":"ada@example.com"}}"#,
    ),
    (
        &ORDER_CONNECTIONS,
        r#"[{"product_slug":"woo-x","url":"https://example.com"}]"#,
    ),
    (
        &SITE,
        r#"{"order_ids":{"completed":[1,"2"],"cancelled":[]},"connections":[{"order_id":"2","site_url":"example.com","product_slug":"Product X"}]}"#,
    ),
    (
        &TOTALS,
        r#"{"total_orders":{"completed":5,"cancelled":"1"},"total_connections":{"woo-x":3},"total_orders_by_month":{"6-2019":{"completed":5}},"total_connections_by_month":[]}"#,
    ),
    (&VERIFY, r#"{"email":"ada@example.com"}"#),
];
