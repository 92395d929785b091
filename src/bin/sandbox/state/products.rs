//! Products: the package, and whatever else was ordered.

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::clock;
use crate::hex::hex;
use crate::state::package;

/// What a product is.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An extension.
    Plugin,
    /// A theme.
    Theme,
}

impl Kind {
    /// One of them.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plugin => "plugin",
            Self::Theme => "theme",
        }
    }
}

/// A product that can be bought.
#[derive(Clone)]
pub struct Product {
    /// Its number, the same for the sandbox's life.
    pub id: u64,
    /// What it is called in addresses, and the name of its folder on a site.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Plugin or theme.
    pub kind: Kind,
    /// The latest version.
    pub version: String,
    /// The day of that version, `2018-11-30`.
    pub last_updated: String,
    /// Where it is described.
    pub homepage: String,
    /// Where it is explained; not every product has that.
    pub support_documentation: Option<String>,
    /// Whether it belongs to the package of the key; anything else was only ordered by its name.
    pub is_in_package: bool,
    /// The length of its zip file in bytes, if one was asked for.
    pub file_size: Option<usize>,
    /// PHP at the end of its main file.
    pub code: String,
}

impl Product {
    /// One that nobody has described.
    pub fn new(id: u64, slug: &str) -> Self {
        Self {
            id,
            slug: slug.to_owned(),
            name: title(slug),
            kind: Kind::Plugin,
            version: "1.0.0".to_owned(),
            last_updated: clock::today(),
            homepage: format!("https://woocommerce.test/products/{slug}/"),
            support_documentation: None,
            is_in_package: false,
            file_size: None,
            code: String::new(),
        }
    }

    /// The second half of the header `Woo`.
    pub fn file_id(&self) -> String {
        let hash = hex(&Sha256::digest(&self.slug));
        hash.chars().take(32).collect()
    }

    /// For the control API.
    pub fn describe(&self) -> Value {
        json!({
            "slug": self.slug,
            "name": self.name,
            "type": self.kind.name(),
            "version": self.version,
            "last_updated": self.last_updated,
            "product_id": self.id,
            "in_package": self.is_in_package,
            "file_size": self.file_size,
        })
    }
}

/// All products.
pub struct Products(Vec<Product>);

impl Default for Products {
    fn default() -> Self {
        Self(package::products())
    }
}

impl Products {
    /// In the package's order, then as they were ordered.
    pub fn iter(&self) -> impl Iterator<Item = &Product> {
        self.0.iter()
    }

    /// The slugs of the package.
    pub fn package(&self) -> Vec<String> {
        let in_package = self.0.iter().filter(|product| product.is_in_package);
        in_package.map(|product| product.slug.clone()).collect()
    }

    /// The product with this slug.
    pub fn get(&self, slug: &str) -> Option<&Product> {
        self.0.iter().find(|product| product.slug == slug)
    }

    /// The product with this number.
    pub fn by_id(&self, id: u64) -> Option<&Product> {
        self.0.iter().find(|product| product.id == id)
    }

    /// The product with this slug, which is added if unknown.
    pub fn known(&mut self, slug: &str) -> Option<&mut Product> {
        let known = self.0.iter().position(|product| product.slug == slug);
        let index = known.unwrap_or(self.0.len());
        if known.is_none() {
            let id = package::FIRST_OTHER_ID + index as u64;
            self.0.push(Product::new(id, slug));
        }
        self.0.get_mut(index)
    }
}

/// `woocommerce-product-addons` is `WooCommerce Product Addons`.
fn title(slug: &str) -> String {
    let words = slug.split(['-', '_']).map(|word| match word {
        "woocommerce" => "WooCommerce".to_owned(),
        _ => word
            .chars()
            .take(1)
            .flat_map(char::to_uppercase)
            .chain(word.chars().skip(1))
            .collect(),
    });
    words.collect::<Vec<String>>().join(" ")
}
