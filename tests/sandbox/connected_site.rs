//! A site that calls the helper API, as `WooCommerce` does it.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::http::{Answer, register, request, send};
use crate::support::Sandbox;

pub const HELPER: &str = "/wp-json/helper/1.0";

/// PHP's `json_encode()` of what goes over the wire here, which is ASCII: serde's, with escaped slashes.
pub fn sign(secret: &str, host: &str, request_uri: &str, method: &str) -> String {
    sign_data(
        secret,
        &json!({ "host": host, "request_uri": request_uri, "method": method }),
    )
}

fn sign_data(secret: &str, data: &Value) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(data.to_string().replace('/', "\\/").as_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

pub struct Site {
    pub token: String,
    pub secret: String,
}

/// Registers a site, with the whole package.
pub fn connected_site(sandbox: &Sandbox) -> Site {
    connected_site_at(sandbox, "https://example.com")
}

pub fn connected_site_at(sandbox: &Sandbox, url: &str) -> Site {
    let registered = register(sandbox, url);
    let text = |name: &str| registered[name].as_str().unwrap().to_owned();
    Site {
        token: text("access_token"),
        secret: text("access_token_secret"),
    }
}

impl Site {
    /// As `WooCommerce` sends it: token and signature in the headers and in the query.
    pub fn get(&self, sandbox: &Sandbox, path: &str) -> Answer {
        let signature = sign(&self.secret, "127.0.0.1", path, "GET");
        let separator = if path.contains('?') { '&' } else { '?' };
        let uri = format!("{path}{separator}token={}&signature={signature}", self.token);
        self.send(sandbox, &uri, &format!("X-Woo-Signature: {signature}"))
    }

    /// The same with a body, for a path below [`HELPER`]. `WooCommerce` does not say that it is JSON.
    pub fn post(&self, sandbox: &Sandbox, path: &str, body: &Value) -> Answer {
        let (path, body) = (format!("{HELPER}{path}"), body.to_string());
        let data = json!({ "host": "127.0.0.1", "request_uri": path, "method": "POST", "body": body });
        let signature = sign_data(&self.secret, &data);
        let headers = [
            &*format!("Authorization: Bearer {}", self.token),
            &*format!("X-Woo-Signature: {signature}"),
            "Content-Type: application/x-www-form-urlencoded",
        ];
        let uri = format!("{path}?token={}&signature={signature}", self.token);
        send(sandbox, &request("POST", &uri, &headers, &body)).unwrap()
    }

    pub fn send(&self, sandbox: &Sandbox, uri: &str, header: &str) -> Answer {
        send(
            sandbox,
            &request(
                "GET",
                uri,
                &[&format!("Authorization: Bearer {}", self.token), header],
                "",
            ),
        )
        .unwrap()
    }

    /// The site's subscriptions.
    pub fn subscriptions(&self, sandbox: &Sandbox) -> Vec<Value> {
        let answer = self.get(sandbox, &format!("{HELPER}/subscriptions"));
        assert_eq!(answer.status, 200);
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// The key of the first subscription to a product.
    pub fn product_key(&self, sandbox: &Sandbox, slug: &str) -> String {
        let subscriptions = self.subscriptions(sandbox);
        let of_product = subscriptions.iter().find(|item| item["product_slug"] == slug);
        of_product.expect(slug)["product_key"].as_str().unwrap().to_owned()
    }

    /// Activates the subscription to a product, as `WooCommerce` does when the plugin is activated.
    pub fn activate(&self, sandbox: &Sandbox, slug: &str) -> Answer {
        let key = self.product_key(sandbox, slug);
        self.post(sandbox, "/activate", &json!({ "product_key": key }))
    }
}
