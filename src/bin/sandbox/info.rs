//! `GET /v1.0/info`, and `/v1.0/info/<slug>.json`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::ProductTypes;
use crate::credentials::Partner;
use crate::origin::Origin;
use crate::rest_error::{RestError, answer};
use crate::state::package;
use crate::state::products::Product;

/// `GET /v1.0/info`
pub async fn package(_: Partner, State(app): State<Arc<App>>, Origin(origin): Origin) -> Response {
    let state = app.state();
    let products: Vec<Value> = state
        .products
        .iter()
        .filter(|product| product.is_in_package)
        .map(|product| {
            let plural = match app.product_types {
                ProductTypes::Plural => "s",
                ProductTypes::Singular => "",
            };
            describe(
                product,
                &app,
                &origin,
                Some(&format!("{}{plural}", product.kind.name())),
            )
        })
        .collect();
    answer(&json!({ "name": package::NAME, "description": package::DESCRIPTION, "products": products }))
}

/// `GET /v1.0/info/<slug>.json`, which has no `type`
pub async fn product(
    _: Partner,
    State(app): State<Arc<App>>,
    Origin(origin): Origin,
    Path(file): Path<String>,
) -> Result<Response, RestError> {
    let slug = file.strip_suffix(".json").ok_or_else(RestError::no_route)?;
    let state = app.state();
    let product = state.products.get(slug).filter(|product| product.is_in_package);
    let product = product.ok_or_else(RestError::no_product)?;
    Ok(answer(&describe(product, &app, &origin, None)))
}

fn describe(product: &Product, app: &App, origin: &str, product_type: Option<&str>) -> Value {
    let link = app.links.to(product, origin);
    let fields = [
        ("name", Some(product.name.as_str())),
        ("type", product_type),
        ("version", Some(&product.version)),
        ("last_updated", Some(&product.last_updated)),
        ("download_link", Some(&link)),
        ("slug", Some(&product.slug)),
        ("homepage", Some(&product.homepage)),
        ("support_documentation", product.support_documentation.as_deref()),
    ];
    let present = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
    Value::Object(present.collect())
}
