//! Products: the package, and whatever else was ordered.

use std::collections::HashMap;
use std::sync::Arc;

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
    pub slug: Arc<str>,
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
            slug: slug.into(),
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
        let hash = hex(&Sha256::digest(self.slug.as_bytes()));
        hash.chars().take(32).collect()
    }

    /// For the control API.
    pub fn describe(&self) -> Value {
        json!({
            "slug": &*self.slug,
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
pub struct Products {
    /// In the package's order, then as they were ordered.
    all: Vec<Product>,
    /// Their places there.
    by_slug: HashMap<Arc<str>, usize>,
}

impl Default for Products {
    fn default() -> Self {
        let all = package::products();
        let slugs = all.iter().map(|product| Arc::clone(&product.slug));
        let by_slug = slugs.zip(0..).collect();
        Self { all, by_slug }
    }
}

impl Products {
    /// In the package's order, then as they were ordered.
    pub fn iter(&self) -> impl Iterator<Item = &Product> {
        self.all.iter()
    }

    /// The slugs of the package.
    pub fn package(&self) -> Vec<Arc<str>> {
        let in_package = self.all.iter().filter(|product| product.is_in_package);
        in_package.map(|product| Arc::clone(&product.slug)).collect()
    }

    /// The slugs of these products, which are added if unknown.
    pub fn known_slugs(&mut self, slugs: &[String]) -> Vec<Arc<str>> {
        let known = slugs
            .iter()
            .filter_map(|slug| Some(Arc::clone(&self.known(slug)?.slug)));
        known.collect()
    }

    /// The product with this slug.
    pub fn get(&self, slug: &str) -> Option<&Product> {
        self.all.get(*self.by_slug.get(slug)?)
    }

    /// The product with this number.
    pub fn by_id(&self, id: u64) -> Option<&Product> {
        self.all.iter().find(|product| product.id == id)
    }

    /// The product with this slug, which is added if unknown.
    pub fn known(&mut self, slug: &str) -> Option<&mut Product> {
        let known = self.by_slug.get(slug).copied();
        let index = known.unwrap_or(self.all.len());
        if known.is_none() {
            let product = Product::new(package::FIRST_OTHER_ID + index as u64, slug);
            self.by_slug.insert(Arc::clone(&product.slug), index);
            self.all.push(product);
        }
        self.all.get_mut(index)
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
