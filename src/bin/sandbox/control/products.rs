//! New products, and new versions of products.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Mistake, bad_request, parse};
use crate::app::App;
use crate::clock::today;
use crate::package_file;
use crate::parameters::is_slug;
use crate::rest_error::answer;
use crate::state::products::{Kind, Product};

/// A product; everything but the slug can be left out, and stays as it is then.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publication {
    slug: String,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    version: Option<String>,
    last_updated: Option<String>,
    file_size: Option<usize>,
    code: Option<String>,
    in_package: Option<bool>,
}

/// `POST /_sandbox/products`: one, or a list. What is not known yet is added to the package.
pub async fn publish(State(app): State<Arc<App>>, body: Bytes) -> Result<Response, Mistake> {
    let publications: Vec<Publication> = if body.trim_ascii_start().starts_with(b"[") {
        parse(&body)?
    } else {
        vec![parse(&body)?]
    };
    publications.iter().try_for_each(check)?;
    let mut state = app.state();
    let mut products: Vec<Value> = Vec::new();
    for publication in publications {
        if let Some(product) = state.products.known(&publication.slug) {
            let mut published = product.clone();
            apply(publication, &mut published)?;
            *product = published;
            products.push(product.describe());
        }
    }
    Ok(answer(&json!({ "products": products })))
}

fn check(publication: &Publication) -> Result<(), Mistake> {
    if !is_slug(&publication.slug) {
        return Err(bad_request(&"slug has the letters a to z, digits, - and _"));
    }
    let texts = [&publication.name, &publication.version, &publication.last_updated];
    if texts
        .into_iter()
        .flatten()
        .any(|text| text.is_empty() || text.contains(char::is_control))
    {
        return Err(bad_request(&"name, version and last_updated are one line each"));
    }
    Ok(())
}

fn apply(publication: Publication, product: &mut Product) -> Result<(), Mistake> {
    product.is_in_package = publication.in_package.unwrap_or(true);
    if let Some(name) = publication.name {
        product.name = name;
    }
    if let Some(kind) = publication.kind {
        product.kind = kind;
    }
    if let Some(version) = publication.version {
        product.version = version;
        product.last_updated = today();
    }
    if let Some(last_updated) = publication.last_updated {
        product.last_updated = last_updated;
    }
    if let Some(code) = publication.code {
        product.code = code;
    }
    if let Some(size) = publication.file_size {
        let smallest = package_file::smallest(product).map_err(|error| bad_request(&error))?;
        if !(smallest..=package_file::MAX_SIZE).contains(&size) {
            let message = format!("file_size is from {smallest} to {} bytes", package_file::MAX_SIZE);
            return Err(bad_request(&message));
        }
        product.file_size = Some(size);
    }
    Ok(())
}
