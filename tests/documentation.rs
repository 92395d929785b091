//! Every sample request and answer of the partner documentation (Automattic/host-partner-documentation, `woocommerce/`, at
//! 7dd39d0), and every point in which it contradicts itself. Samples that are not valid JSON are repaired: a missing comma,
//! a comma too many, single quotes, and `...` for more of the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::needless_pass_by_value,
    missing_docs
)]

use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Map, Value, json};
use wccom_host::endpoints::install::InstallRequest;
use wccom_host::endpoints::register::{RegisterRequest, RegisterResponse};
use wccom_host::endpoints::update_connected_site::UpdateConnectedSiteRequest;
use wccom_host::endpoints::update_url::UpdateUrlRequest;
use wccom_host::endpoints::{ApiVersion, Malformed, cancel, orders, products, sites, totals};
use wccom_host::ids::Id;

const TOKEN: &str = "#K(EkA1*$gx*!JrC#DCe45meEAllcnXjhKNM2Eu!if%^BAAx3z(AaOw@t(CVFnjK)))";

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

fn id(number: u64) -> Id {
    Id::from_value(&number.into()).unwrap()
}

/// What PHP gets.
fn given<T: Serialize>(answer: Result<T, Malformed>) -> Value {
    serde_json::to_value(answer.map_err(|malformed| malformed.problem).unwrap()).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

// ---- plan-register.md -------------------------------------------------------------------------------------------------

/// The request that is sent for a sample is that sample, in v2.0 and v1.0.
fn assert_registers_as(sample: &Value, version: ApiVersion) {
    let request = RegisterRequest::new(object(sample.clone()), None).unwrap();
    assert_eq!(request.api_version, version, "{sample}");
    let body: Value = serde_json::from_slice(&request.body()).unwrap();
    assert_eq!(&body, sample);
}

#[test]
fn the_sample_requests_of_register_are_sent_as_documented() {
    let products = json!(["facebook-for-woocommerce", "woocommerce-shipping-ups"]);
    for sample in [
        json!({"url": "https://example.com", "wpcom_access_token": TOKEN}),
        json!({"url": "https://example.com", "wpcom_access_token": TOKEN, "products": products}),
        json!({
            "url": "https://example.com",
            "wpcom_access_token": TOKEN,
            "products": products,
            "metadata": {
                "customer_email": "john.doe@example.com",
                "customer_first_name": "John",
                "customer_last_name": "Doe"
            }
        }),
    ] {
        assert_registers_as(&sample, ApiVersion::V2);
    }
    for sample in [
        json!({
            "url": "https://example.com",
            "customer": {"first_name": "John", "last_name": "Doe", "email": "john.doe@example.com", "wpcom_user_id": 123}
        }),
        json!({
            "url": "https://example.com",
            "customer": {
                "first_name": "John",
                "last_name": "Doe",
                "email": "john.doe@example.com",
                "wpcom_user_id": 123,
                "wpcom_access_token": TOKEN
            },
            "products": products,
            "metadata": {"plan": "custom-plan"}
        }),
    ] {
        assert_registers_as(&sample, ApiVersion::V1);
    }
}

#[test]
fn v2_can_be_sent_with_the_customer_of_older_documents() {
    let sample = json!({
        "url": "https://example.com",
        "customer": {"email": "john.doe@example.com"},
        "wpcom_access_token": TOKEN
    });
    assert_registers_as(&sample, ApiVersion::V2);
}

#[test]
fn the_sample_answer_of_register_is_read() {
    let response = RegisterResponse::parse(
        br#"{
          "customer_id":1872797,
          "order_id":2666930,
          "access_token":"e95a8cc87027ec3c303e904d2ea69dd8e0ad0acf",
          "access_token_secret":"f71287fdce053102c71536b1648f27657e8be912",
          "site_id":42506
        }"#,
    )
    .unwrap();
    assert_eq!(response.customer_id, id(1_872_797));
    assert_eq!(response.order_id, id(2_666_930));
    assert_eq!(response.access_token, "e95a8cc87027ec3c303e904d2ea69dd8e0ad0acf");
    assert_eq!(
        response.access_token_secret.as_deref(),
        Some("f71287fdce053102c71536b1648f27657e8be912")
    );
    assert_eq!(response.site_id, 42506);
}

#[test]
fn a_secret_that_is_null_is_no_secret() {
    let answer = |secret: Value| {
        let body =
            json!({"customer_id": 1, "order_id": 2, "access_token": "a", "access_token_secret": secret, "site_id": 3});
        RegisterResponse::parse(body.to_string().as_bytes())
    };
    assert_eq!(answer(Value::Null).unwrap().access_token_secret, None);
    for bad in [json!(""), json!("null"), json!(false), json!(0), json!([])] {
        assert_eq!(answer(bad.clone()).err().unwrap().field, "access_token_secret", "{bad}");
    }
}

// ---- plan-cancel.md ---------------------------------------------------------------------------------------------------

#[test]
fn the_samples_of_cancel_are_sent_and_read() {
    assert_eq!(cancel::body(&id(2_666_932)), json!({"order_id": 2_666_932}));
    let answer = br#"{"order_id": 2666932, "status": "cancelled"}"#;
    assert_eq!(
        given(cancel::parse_answer(answer, &id(2_666_932))),
        json!({"order_id": 2_666_932, "status": "cancelled"})
    );
}

// ---- update-url.md, update-connected-site.md --------------------------------------------------------------------------

#[test]
fn the_samples_of_update_url_v2_are_sent_and_read() {
    let sample = json!({"url": "https://example.com", "order_id": 123});
    let request = UpdateUrlRequest::new(object(sample.clone()), None).unwrap();
    assert_eq!((request.api_version(), request.body()), (ApiVersion::V2, sample));
    let answer = br#"{"url": "https://example.com", "order_id": 123, "site_id": 42506}"#;
    assert_eq!(
        given(request.parse_answer(answer)),
        json!({"url": "https://example.com", "order_id": 123, "site_id": 42506})
    );
}

/// The signature: `php -r 'echo hash_hmac("sha256", "https://example.com", "f71287fdce053102c71536b1648f27657e8be912");'`
#[test]
fn update_url_v1_is_signed_and_its_whole_answer_is_true() {
    let request = UpdateUrlRequest::new(
        object(json!({
            "url": "https://example.com",
            "access_token": "48db97200442b67582147beb6b538f7bafb800d3",
            "access_token_secret": "f71287fdce053102c71536b1648f27657e8be912"
        })),
        None,
    )
    .unwrap();
    assert_eq!(request.api_version(), ApiVersion::V1);
    assert_eq!(
        request.body(),
        json!({
            "url": "https://example.com",
            "access_token": "48db97200442b67582147beb6b538f7bafb800d3",
            "signature": "9cbd7282b513302ddef05750000a43b257bceae32f10f3c7718a654f4d08d500"
        })
    );
    assert!(
        request
            .secrets()
            .iter()
            .any(|secret| secret.expose_secret().starts_with("f712"))
    );
    assert_eq!(given(request.parse_answer(b"true")), json!(true));
    assert_eq!(given(request.parse_answer(b" true\n")), json!(true));
    for other in ["false", "1", "\"true\"", "{}", "null", ""] {
        assert!(request.parse_answer(other.as_bytes()).is_err(), "{other}");
    }
}

#[test]
fn the_samples_of_update_connected_site_are_sent_and_read() {
    let sample = json!({"url": "https://example.com", "order_id": 123});
    let request = UpdateConnectedSiteRequest::new(object(sample.clone())).unwrap();
    assert_eq!(request.body(), sample);
    for answer in [
        r#"{"order_id": 123, "site_id": 42506, "url": "https://example.com"}"#,
        r#"{"url": "https://example.com", "order_id": 123, "site_id": 42506}"#,
    ] {
        assert_eq!(
            given(request.parse_answer(answer.as_bytes())),
            json!({"order_id": 123, "site_id": 42506, "url": "https://example.com"})
        );
    }
}

// ---- install.md -------------------------------------------------------------------------------------------------------

#[test]
fn both_documented_answers_of_install_mean_the_same() {
    let sample = json!({"product_slug": "dynamic-pricing", "url": "https://example.com", "order_id": 123});
    let request = InstallRequest::new(object(sample.clone())).unwrap();
    assert_eq!(request.body(), sample);
    let rest = r#""request_id": 168, "order_id": 18734003407356, "product_id": 18643, "product_slug": "dynamic-pricing",
        "url": "https://example.com""#;
    for word in [r#""success": true"#, r#""status": "completed""#] {
        assert_eq!(
            given(request.parse_answer(format!("{{{word}, {rest}}}").as_bytes())),
            json!({
                "request_id": 168,
                "success": true,
                "status": "completed",
                "order_id": 18_734_003_407_356_u64,
                "product_id": 18643,
                "product_slug": "dynamic-pricing",
                "url": "https://example.com"
            })
        );
    }
}

#[test]
fn an_install_that_has_not_succeeded_is_no_success() {
    let request = InstallRequest::new(object(
        json!({"product_slug": "a", "url": "https://example.com", "order_id": 5}),
    ))
    .unwrap();
    for (answer, success, status) in [
        (json!({"success": false}), false, "failed"),
        (json!({"status": "pending"}), false, "pending"),
        (json!({"status": "completed", "success": false}), false, "completed"),
        (json!({"status": "failed", "success": true}), false, "failed"),
        (json!({"status": "completed", "success": true}), true, "completed"),
    ] {
        let given = given(request.parse_answer(answer.to_string().as_bytes()));
        assert_eq!(
            (&given["success"], &given["status"]),
            (&json!(success), &json!(status)),
            "{answer}"
        );
        assert_eq!(
            (&given["order_id"], &given["url"]),
            (&json!(5), &json!("https://example.com"))
        );
    }
    assert_eq!(request.parse_answer(b"{}").err().unwrap().field, "success");
}

// ---- product-info.md --------------------------------------------------------------------------------------------------

const LINK: &str = "http://woothemes-products.s3.amazonaws.com/plugin-packages/woocommerce-shipping-usps/\
                    woocommerce-shipping-usps.zip?AWSAccessKeyId=AKIAJE6A7GBT4ZRLENMA&Expires=1544211649&\
                    Signature=lbxifNZRLGSresGFSE6wNoVyQ2w%3D";

#[test]
fn the_sample_package_is_read() {
    let body = json!({
        "name": "wpcom_ecommerce",
        "description": "WordPress.com eCommerce Plan",
        "products": [
            {
                "name": "USPS Shipping Method", "type": "plugins", "version": "4.4.19", "last_updated": "2018-10-17",
                "download_link": LINK, "slug": "woocommerce-shipping-usps",
                "homepage": "https://woocommerce.test/products/usps-shipping-method/",
                "support_documentation": "http://docs.woocommerce.test/document/usps"
            },
            {
                "name": "Royal Mail", "type": "plugins", "version": "2.5.11", "last_updated": "2018-10-16",
                "download_link": "http://woothemes-products.s3.amazonaws.com/x.zip", "slug": "woocommerce-shipping-royalmail",
                "homepage": "https://woocommerce.test/products/royal-mail/"
            },
            {
                "name": "Galleria", "type": "themes", "version": "2.2.17", "last_updated": "2018-08-13",
                "download_link": "http://woothemes-products.s3.amazonaws.com/theme-packages/galleria/galleria.zip",
                "slug": "galleria", "homepage": "https://woocommerce.test/products/galleria/",
                "support_documentation": "http://docs.woocommerce.test/document/galleria"
            }
        ]
    });
    let package = given(products::parse_package(body.to_string().as_bytes()));
    assert_eq!(
        (&package["name"], &package["description"]),
        (&json!("wpcom_ecommerce"), &json!("WordPress.com eCommerce Plan"))
    );
    // `date -u -d 2018-10-17 +%s`
    assert_eq!(
        package["products"][0],
        json!({
            "slug": "woocommerce-shipping-usps", "name": "USPS Shipping Method", "type": "plugin", "version": "4.4.19",
            "last_updated": "2018-10-17", "last_updated_timestamp": 1_539_734_400, "download_link": LINK,
            "homepage": "https://woocommerce.test/products/usps-shipping-method/",
            "support_documentation": "http://docs.woocommerce.test/document/usps"
        })
    );
    assert_eq!(
        package["products"][1]["support_documentation"],
        Value::Null,
        "sometimes it is not there"
    );
    assert_eq!(package["products"][2]["type"], "theme");
}

#[test]
fn the_sample_product_is_read_and_has_no_type() {
    let body = json!({
        "name": "Facebook for WooCommerce", "version": "1.9.6", "last_updated": "2018-09-21", "download_link": LINK,
        "slug": "facebook-for-woocommerce", "homepage": "https://woocommerce.test/products/facebook/",
        "support_documentation": "http://docs.woocommerce.test/document/facebook"
    });
    let product = given(products::parse_product(body.to_string().as_bytes()));
    assert_eq!(
        keys(&product),
        [
            "slug",
            "name",
            "type",
            "version",
            "last_updated",
            "last_updated_timestamp",
            "download_link",
            "homepage",
            "support_documentation"
        ]
    );
    assert_eq!(
        (&product["slug"], &product["type"]),
        (&json!("facebook-for-woocommerce"), &Value::Null)
    );
}

#[test]
fn a_type_is_plugin_or_theme_whichever_form_is_sent() {
    for (sent, expected) in [
        (json!("plugin"), json!("plugin")),
        (json!("plugins"), json!("plugin")),
        (json!("theme"), json!("theme")),
        (json!("themes"), json!("theme")),
        (json!("bundle"), Value::Null),
        (json!(""), Value::Null),
        (Value::Null, Value::Null),
    ] {
        let body = json!({"slug": "a", "name": "A", "type": sent}).to_string();
        assert_eq!(
            given(products::parse_product(body.as_bytes()))["type"],
            expected,
            "{sent}"
        );
    }
}

#[test]
fn a_download_link_is_not_shown_by_debug_output() {
    let body = json!({"slug": "a", "name": "A", "download_link": LINK}).to_string();
    let product = products::parse_product(body.as_bytes()).unwrap();
    assert!(!format!("{product:?}").contains("Signature"));
}

// ---- reporting-endpoints.md -------------------------------------------------------------------------------------------

fn sample_order() -> Value {
    json!({
        "id": 4_262_918, "status": "completed",
        "date_created": "2019-06-12T21:13:26", "date_created_gmt": "2019-06-12T19:13:26",
        "date_modified": "2019-06-12T21:13:26", "date_modified_gmt": "2019-06-12T19:13:26",
        "customer_id": 125, "customer_email": "user@example.com",
        "line_items": [{"name": "eCommerce Plan"}, {"name": "WooCommerce Bookings"}]
    })
}

#[test]
fn the_sample_list_of_orders_is_read_and_dates_get_a_timestamp() {
    let orders = given(orders::parse_page(json!([sample_order()]).to_string().as_bytes()));
    // `date -u -d 2019-06-12T19:13:26 +%s`
    assert_eq!(
        orders,
        json!([{
            "id": 4_262_918, "status": "completed",
            "date_created": "2019-06-12T21:13:26", "date_created_gmt": "2019-06-12T19:13:26",
            "date_created_timestamp": 1_560_366_806,
            "date_modified": "2019-06-12T21:13:26", "date_modified_gmt": "2019-06-12T19:13:26",
            "date_modified_timestamp": 1_560_366_806,
            "customer_id": 125, "customer_email": "user@example.com",
            "line_items": [{"name": "eCommerce Plan"}, {"name": "WooCommerce Bookings"}]
        }])
    );
}

#[test]
fn metadata_of_an_order_is_a_map_also_where_it_is_sent_as_an_empty_list() {
    let mut sample = sample_order();
    for (sent, expected) in [
        (json!([]), json!({})),
        (Value::Null, json!({})),
        (json!({}), json!({})),
        (json!({"plan": "custom-plan"}), json!({"plan": "custom-plan"})),
    ] {
        sample["metadata"] = sent.clone();
        assert_eq!(
            given(orders::parse_order(sample.to_string().as_bytes()))["metadata"],
            expected,
            "{sent}"
        );
    }
    let without = given(orders::parse_order(sample_order().to_string().as_bytes()));
    assert_eq!(without["metadata"], json!({}));
    sample["metadata"] = json!(["plan"]);
    assert_eq!(
        orders::parse_order(sample.to_string().as_bytes()).err().unwrap().field,
        "metadata"
    );
}

#[test]
fn the_sample_connections_of_an_order_are_read() {
    let sample = json!([{"product_slug": "woocommerce-shipping-usps", "url": "https://example.com"}]);
    assert_eq!(given(orders::parse_connections(sample.to_string().as_bytes())), sample);
}

#[test]
fn the_sample_site_is_read_with_order_ids_as_strings_and_names_in_product_slug() {
    let sample = json!({
        "order_ids": {"completed": [], "cancelled": []},
        "connections": [
            {"order_id": "3960664", "site_url": "example.com", "product_slug": "USPS Shipping Method"},
            {"order_id": "3960664", "site_url": "example.com", "product_slug": "WooCommerce Bookings"},
            {"order_id": 3_960_664, "site_url": "example.com", "product_slug": "woocommerce-bookings"}
        ]
    });
    let connection = |slug: Value, name: Value| json!({"order_id": 3_960_664, "site_url": "example.com", "product_slug": slug, "product_name": name});
    assert_eq!(
        given(sites::parse(sample.to_string().as_bytes())),
        json!({
            "order_ids": {"completed": [], "cancelled": []},
            "connections": [
                connection(Value::Null, json!("USPS Shipping Method")),
                connection(Value::Null, json!("WooCommerce Bookings")),
                connection(json!("woocommerce-bookings"), Value::Null)
            ]
        })
    );
}

#[test]
fn the_sample_totals_are_read_and_months_are_in_order() {
    let sample = json!({
        "total_orders": {"completed": 615, "cancelled": 56},
        "total_connections": {"woocommerce-xero": 1, "wooslider": 7},
        "total_orders_by_month": {
            "6-2019": {"completed": 105, "cancelled": 28},
            "10-2018": {"completed": 1, "cancelled": 0},
            "1-2019": {"completed": "2", "cancelled": 0}
        },
        "total_connections_by_month": {"6-2019": {"wooslider": 5}, "12-2018": []}
    });
    let totals = given(totals::parse(sample.to_string().as_bytes()));
    assert_eq!(totals["total_orders"], sample["total_orders"]);
    assert_eq!(totals["total_connections"], sample["total_connections"]);
    assert_eq!(
        keys(&totals["total_orders_by_month"]),
        ["2018-10", "2019-01", "2019-06"]
    );
    assert_eq!(
        totals["total_orders_by_month"]["2019-01"],
        json!({"completed": 2, "cancelled": 0})
    );
    assert_eq!(
        totals["total_connections_by_month"],
        json!({"2018-12": {}, "2019-06": {"wooslider": 5}})
    );
    for bad in ["13-2019", "June 2019", "2019", ""] {
        let body = json!({"total_orders": [], "total_connections": [], "total_orders_by_month": {bad: {}}});
        assert_eq!(
            totals::parse(body.to_string().as_bytes()).err().unwrap().field,
            "total_orders_by_month",
            "{bad}"
        );
    }
}

#[test]
fn totals_of_nothing_are_maps_also_where_they_are_sent_as_empty_lists() {
    let body =
        br#"{"total_orders":[],"total_connections":[],"total_orders_by_month":[],"total_connections_by_month":[]}"#;
    assert_eq!(
        given(totals::parse(body)),
        json!({"total_orders": {}, "total_connections": {}, "total_orders_by_month": {}, "total_connections_by_month": {}})
    );
}

// ---- Types ------------------------------------------------------------------------------------------------------------

#[test]
fn ids_are_read_as_numbers_and_as_digits_and_given_as_int_where_they_fit() {
    for (sent, expected) in [
        (json!(42), json!(42)),
        (json!("42"), json!(42)),
        (json!(18_734_003_407_356_u64), json!(18_734_003_407_356_u64)),
        (json!("9007199254740993"), json!(9_007_199_254_740_993_u64)),
        (json!("99999999999999999999"), json!("99999999999999999999")),
    ] {
        let mut order = sample_order();
        order["id"] = sent.clone();
        order["customer_id"] = sent.clone();
        let read = given(orders::parse_order(order.to_string().as_bytes()));
        assert_eq!((&read["id"], &read["customer_id"]), (&expected, &expected), "{sent}");
        let body = json!({"order_id": sent, "status": "cancelled"}).to_string();
        let order = Id::from_value(&sent).unwrap();
        assert_eq!(
            given(cancel::parse_answer(body.as_bytes(), &order))["order_id"],
            expected,
            "{sent}"
        );
    }
}

#[test]
fn fields_that_are_not_documented_are_no_error() {
    let mut order = sample_order();
    order["currency"] = json!({"code": "USD"});
    assert_eq!(
        keys(&given(orders::parse_order(order.to_string().as_bytes()))).len(),
        12
    );
}

#[test]
fn an_answer_with_a_wrong_type_names_the_field() {
    let mut order = sample_order();
    order["line_items"] = json!([{"name": "a"}, {"title": "b"}]);
    let body = json!([sample_order(), order]).to_string();
    assert_eq!(
        orders::parse_page(body.as_bytes()).err().unwrap().field,
        "[1].line_items[1].name"
    );
    let site = json!({"order_ids": {"completed": ["x"]}, "connections": []}).to_string();
    assert_eq!(
        sites::parse(site.as_bytes()).err().unwrap().field,
        "order_ids.completed[0]"
    );
    let package = json!({"name": "a", "products": [{"slug": "b"}]}).to_string();
    assert_eq!(
        products::parse_package(package.as_bytes()).err().unwrap().field,
        "products[0].name"
    );
}
