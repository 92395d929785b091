//! The package of the key: the products of the documented samples, and a few more.

use crate::state::products::{Kind, Product};

/// The package's name, as documented.
pub const NAME: &str = "wpcom_ecommerce";
/// What it is for, as documented.
pub const DESCRIPTION: &str = "WordPress.com eCommerce Plan";

/// Above the numbers of the package.
pub const FIRST_OTHER_ID: u64 = 19_000;

/// Number, slug, name, type, version, date, page, and page of the documentation.
type Row = (
    u64,
    &'static str,
    &'static str,
    Kind,
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

/// The number of `dynamic-pricing` is documented, all others are made up.
#[rustfmt::skip]
const PRODUCTS: [Row; 11] = [
    (18_601, "woocommerce-shipping-usps", "USPS Shipping Method", Kind::Plugin, "4.4.19", "2018-10-17", "usps-shipping-method", Some("usps")),
    (18_602, "woocommerce-shipping-ups", "UPS Shipping Method", Kind::Plugin, "3.2.14", "2018-10-30", "ups-shipping-method", Some("usps")),
    (18_603, "woocommerce-shipping-royalmail", "Royal Mail", Kind::Plugin, "2.5.11", "2018-10-16", "royal-mail", None),
    (18_604, "woocommerce-shipping-australia-post", "Australia Post Shipping Method", Kind::Plugin, "2.4.7", "2018-09-27", "australia-post-shipping-method", Some("australia")),
    (18_605, "woocommerce-shipping-canada-post", "Canada Post Shipping Method", Kind::Plugin, "2.5.7", "2018-10-17", "canada-post-shipping-method", Some("candada-post")),
    (18_606, "facebook-for-woocommerce", "Facebook for WooCommerce", Kind::Plugin, "1.9.8", "2018-11-30", "facebook", Some("facebook")),
    (18_607, "woocommerce-product-addons", "Product Add-Ons", Kind::Plugin, "3.0.4", "2018-11-21", "product-add-ons", Some("product-add-ons")),
    (18_608, "woocommerce-bookings", "WooCommerce Bookings", Kind::Plugin, "1.15.4", "2019-06-12", "woocommerce-bookings", Some("woocommerce-bookings-documentation")),
    (18_643, "dynamic-pricing", "Dynamic Pricing", Kind::Plugin, "3.1.13", "2019-02-14", "dynamic-pricing", Some("woocommerce-dynamic-pricing")),
    (18_609, "galleria", "Galleria", Kind::Theme, "2.2.17", "2018-08-13", "galleria", Some("galleria")),
    (18_610, "artificer", "Artificer", Kind::Theme, "1.5.2", "2019-03-05", "artificer", None),
];

/// The package as it is at the start.
pub fn products() -> Vec<Product> {
    let product = |(id, slug, name, kind, version, last_updated, page, documentation): Row| Product {
        name: name.to_owned(),
        kind,
        version: version.to_owned(),
        last_updated: last_updated.to_owned(),
        homepage: format!("https://woocommerce.test/products/{page}/"),
        support_documentation: documentation.map(|page| format!("http://docs.woocommerce.test/document/{page}")),
        is_in_package: true,
        ..Product::new(id, slug)
    };
    PRODUCTS.map(product).into()
}
