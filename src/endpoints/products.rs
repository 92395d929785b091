//! `GET /info` and `GET /info/<slug>.json`: the package of the key, and one product of it. Read; v1.0 only.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Malformed;
use super::answer::{self, list, optional_text, text, unix_time};

/// A set of products that a key is for.
#[derive(Debug, Deserialize, Serialize)]
pub struct Package {
    /// Such as `wpcom_ecommerce`.
    pub name: String,
    /// For people.
    #[serde(default, deserialize_with = "text")]
    pub description: String,
    /// The products.
    #[serde(deserialize_with = "list")]
    pub products: Vec<Product>,
}

/// A product.
#[derive(Deserialize, Serialize)]
pub struct Product {
    /// Its name in addresses and files.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// `plugin` or `theme`, whatever form that came in.
    #[serde(rename = "type", default, deserialize_with = "product_type")]
    pub product_type: Option<ProductType>,
    /// The newest one.
    #[serde(default, deserialize_with = "optional_text")]
    pub version: Option<String>,
    /// A date: `2018-10-17`.
    #[serde(default, deserialize_with = "optional_text")]
    pub last_updated: Option<String>,
    /// Its midnight in UTC, as Unix time.
    #[serde(skip_deserializing)]
    pub last_updated_timestamp: Option<i64>,
    /// A signed address that expires.
    #[serde(default, deserialize_with = "optional_text")]
    pub download_link: Option<String>,
    /// The product's page.
    #[serde(default, deserialize_with = "optional_text")]
    pub homepage: Option<String>,
    /// Its documentation.
    #[serde(default, deserialize_with = "optional_text")]
    pub support_documentation: Option<String>,
}

/// What WordPress does with a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProductType {
    /// It is added.
    Plugin,
    /// It takes the place of another one.
    Theme,
}

/// Without the download link, which is as good as a password.
impl std::fmt::Debug for Product {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Product")
            .field("slug", &self.slug)
            .finish_non_exhaustive()
    }
}

/// Samples have `plugins` and `themes`, the text has `plugin` and `theme`.
fn product_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ProductType>, D::Error> {
    Ok(match Value::deserialize(deserializer)?.as_str() {
        Some("plugin" | "plugins") => Some(ProductType::Plugin),
        Some("theme" | "themes") => Some(ProductType::Theme),
        _ => None,
    })
}

/// Reads the answer of `GET /info`.
///
/// # Errors
/// [`Malformed`] if it is not the documented one.
pub fn parse_package(body: &[u8]) -> Result<Package, Malformed> {
    let mut package: Package = answer::parse(body)?;
    package.products.iter_mut().for_each(date);
    Ok(package)
}

/// Reads the answer of `GET /info/<slug>.json`.
///
/// # Errors
/// [`Malformed`] if it is not the documented one.
pub fn parse_product(body: &[u8]) -> Result<Product, Malformed> {
    let mut product: Product = answer::parse(body)?;
    date(&mut product);
    Ok(product)
}

fn date(product: &mut Product) {
    product.last_updated_timestamp = product.last_updated.as_deref().and_then(unix_time);
}
