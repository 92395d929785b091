//! The package, its products, and new versions of them.

use serde_json::{Value, json};

use crate::http::{Answer, assert_refused, get, post};
use crate::support::{Sandbox, control_request};

fn products(sandbox: &Sandbox) -> Vec<Value> {
    match get(sandbox, "v1.0/info").json()["products"].take() {
        Value::Array(products) => products,
        other => panic!("not a list: {other}"),
    }
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn publish(sandbox: &Sandbox, publication: &Value) -> (u16, Value) {
    let control_url = sandbox.ready()["control_url"].as_str().unwrap();
    let (status, answer) = control_request(control_url, "POST", "/products", publication);
    (status, serde_json::from_str(&answer).unwrap())
}

#[test]
fn the_package_is_as_documented() {
    let sandbox = Sandbox::start();
    let package = get(&sandbox, "v1.0/info").json();
    assert_eq!(names(&package), ["name", "description", "products"]);
    assert_eq!(
        (&package["name"], &package["description"]),
        (&json!("wpcom_ecommerce"), &json!("WordPress.com eCommerce Plan"))
    );
    let products = products(&sandbox);
    let usps = &products[0];
    assert_eq!(
        names(usps),
        [
            "name",
            "type",
            "version",
            "last_updated",
            "download_link",
            "slug",
            "homepage",
            "support_documentation"
        ]
    );
    let mut usps = usps.clone();
    usps.as_object_mut().unwrap().remove("download_link");
    assert_eq!(
        usps,
        json!({
            "name": "USPS Shipping Method",
            "type": "plugins",
            "version": "4.4.19",
            "last_updated": "2018-10-17",
            "slug": "woocommerce-shipping-usps",
            "homepage": "https://woocommerce.test/products/usps-shipping-method/",
            "support_documentation": "http://docs.woocommerce.test/document/usps",
        })
    );
    let royal_mail = products.iter().find(|product| product["name"] == "Royal Mail").unwrap();
    assert!(!names(royal_mail).contains(&"support_documentation"));
    let count = |wanted: &str| products.iter().filter(|product| product["type"] == wanted).count();
    assert!(count("plugins") >= 6 && count("themes") >= 2);
    assert_eq!(count("plugins") + count("themes"), products.len());
}

#[test]
fn types_can_be_singular() {
    let sandbox = Sandbox::start_with(&["--product-types", "singular"]);
    let products = products(&sandbox);
    assert!(
        products
            .iter()
            .all(|product| product["type"] == "plugin" || product["type"] == "theme")
    );
}

#[test]
fn one_product_is_the_same_without_its_type() {
    let sandbox = Sandbox::start();
    for mut product in products(&sandbox) {
        let slug = product["slug"].as_str().unwrap().to_owned();
        let mut one = get(&sandbox, &format!("v1.0/info/{slug}.json")).json();
        let mut without_type = names(&product);
        without_type.retain(|name| *name != "type");
        assert_eq!(names(&one), without_type);
        product.as_object_mut().unwrap().remove("type");
        for product in [&mut product, &mut one] {
            // A second later it would be another link.
            let link = product["download_link"].take();
            assert!(
                link.as_str()
                    .unwrap()
                    .contains(&format!("-packages/{slug}/{slug}.zip?"))
            );
        }
        assert_eq!(one, product);
    }
}

#[test]
fn what_the_package_does_not_have_is_not_found() {
    let sandbox = Sandbox::start();
    let ordered = json!({ "url": "https://example.com", "wpcom_access_token": "t", "products": ["only-ordered"] });
    post(&sandbox, "v2.0/register", &ordered);
    let info = |file: &str| get(&sandbox, &format!("v1.0/info/{file}"));
    assert_refused(&info("unheard-of.json"), 404, "rest_product_invalid_slug");
    assert_refused(&info("only-ordered.json"), 404, "rest_product_invalid_slug");
    assert_refused(&info("galleria"), 404, "rest_no_route");
    assert_refused(&get(&sandbox, "v2.0/info"), 404, "rest_no_route");
}

#[test]
fn a_new_version_and_a_new_product_can_be_published() {
    let sandbox = Sandbox::start();
    let version = json!([
        { "slug": "galleria", "version": "3.0" },
        { "slug": "woocommerce-gift-cards", "version": "1.2", "last_updated": "2020-01-02", "type": "plugin" },
        { "slug": "artificer", "in_package": false },
    ]);
    let (status, answer) = publish(&sandbox, &version);
    assert_eq!((status, &answer["products"][0]["version"]), (200, &json!("3.0")));
    let products = products(&sandbox);
    let find = |slug: &str| products.iter().find(|product| product["slug"] == slug);
    let galleria = find("galleria").unwrap();
    assert_eq!(galleria["version"], "3.0");
    assert!(galleria["last_updated"].as_str().unwrap() > "2026");
    let added = find("woocommerce-gift-cards").unwrap();
    assert_eq!(
        (&added["name"], &added["version"], &added["last_updated"]),
        (&json!("WooCommerce Gift Cards"), &json!("1.2"), &json!("2020-01-02"))
    );
    assert!(find("artificer").is_none());

    sandbox.reset();
    let old: Answer = get(&sandbox, "v1.0/info/galleria.json");
    assert_eq!(old.json()["version"], "2.2.17");
}

#[test]
fn a_publication_that_cannot_be_is_refused_in_words() {
    let sandbox = Sandbox::start();
    let before = sandbox.state()["products"].take();
    for (publication, word) in [
        (json!({ "version": "1" }), "slug"),
        (json!({ "slug": "../galleria" }), "slug"),
        (json!({ "slug": "galleria", "version": "" }), "version"),
        (json!({ "slug": "galleria", "name": "a\nWoo: 1:2" }), "name"),
        (json!({ "slug": "galleria", "type": "plugins" }), "plugins"),
        (json!({ "slug": "galleria", "file_size": 1 }), "file_size"),
        (json!({ "slug": "galleria", "file_size": 1_u64 << 40 }), "file_size"),
        (json!({ "slug": "galleria", "colour": "red" }), "colour"),
    ] {
        let (status, answer) = publish(&sandbox, &publication);
        assert_eq!(status, 400, "{publication}");
        assert!(answer["error"].as_str().unwrap().contains(word), "{answer}");
    }
    assert_eq!(sandbox.state()["products"], before);
}
