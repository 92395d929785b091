//! `POST /register`: registers a plan for a site. Creates an order; there is no idempotency key.
//!
//! Source: the public partner documentation (Automattic/host-partner-documentation, `woocommerce/`, at 7dd39d0).

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::slug::{self, Slug};
use super::{ApiVersion, Malformed, answer};
use crate::error::{Error, Result};
use crate::fields::{Fields, type_name};
use crate::ids::Id;
use crate::secret;
use crate::site_url::SiteUrl;

/// The most `metadata` entries that are sent.
pub const MAX_METADATA: usize = 64;

/// A checked registration.
pub struct RegisterRequest {
    /// The version of the API that it is for.
    pub api_version: ApiVersion,
    /// The site's address.
    pub url: SiteUrl,
    wpcom_access_token: Option<SecretString>,
    customer: Option<Customer>,
    products: Vec<String>,
    metadata: Map<String, Value>,
}

/// As it is sent, in the order of the documentation.
#[derive(Serialize)]
struct Body<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<&'a Customer>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    wpcom_access_token: &'a Option<SecretString>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    products: &'a [String],
    #[serde(skip_serializing_if = "Map::is_empty")]
    metadata: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct Customer {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exposed")]
    wpcom_access_token: Option<SecretString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wpcom_user_id: Option<i64>,
}

impl RegisterRequest {
    /// Checks the documented body. A `customer` without a `wpcom_access_token` beside it selects v1.0, unless
    /// `api_version` says otherwise.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] that names the field. Nothing has been sent.
    pub fn new(request: Map<String, Value>, api_version: Option<ApiVersion>) -> Result<Self> {
        Self::of(Fields::new("", request), api_version)
    }

    /// The same, where other fields have been taken out before.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] that names the field. Nothing has been sent.
    pub fn of(mut fields: Fields, api_version: Option<ApiVersion>) -> Result<Self> {
        fields.refuse_unknown(&["url", "wpcom_access_token", "customer", "products", "metadata"])?;
        let url = SiteUrl::required(&mut fields)?;
        let wpcom_access_token = token(&mut fields)?;
        let customer = fields.map("customer")?.map(Customer::new).transpose()?;
        let api_version = api_version.unwrap_or(match (&customer, &wpcom_access_token) {
            (Some(_), None) => ApiVersion::V1,
            _ => ApiVersion::V2,
        });
        match api_version {
            ApiVersion::V2 => require_for_v2(wpcom_access_token.as_ref())?,
            ApiVersion::V1 => require_for_v1(wpcom_access_token.as_ref(), customer.as_ref())?,
        }
        Ok(Self {
            api_version,
            url,
            wpcom_access_token,
            customer,
            products: products(&mut fields)?,
            metadata: metadata(&mut fields)?,
        })
    }

    /// The customer's e-mail address, by which the order can be found again.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        let from_metadata = self.metadata.get("customer_email").and_then(Value::as_str);
        from_metadata.or_else(|| self.customer.as_ref().and_then(|customer| customer.email.as_deref()))
    }

    /// The customer's tokens, so that they can be taken out of other people's texts.
    #[must_use]
    pub fn secrets(&self) -> Vec<&SecretString> {
        let in_customer = self
            .customer
            .as_ref()
            .and_then(|customer| customer.wpcom_access_token.as_ref());
        self.wpcom_access_token.iter().chain(in_customer).collect()
    }

    /// The body, in the order of the documentation.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let body = Body {
            url: self.url.wire(),
            customer: self.customer.as_ref(),
            wpcom_access_token: &self.wpcom_access_token,
            products: &self.products,
            metadata: &self.metadata,
        };
        // Texts and numbers can be written as JSON.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

impl Customer {
    fn new(customer: Map<String, Value>) -> Result<Self> {
        let mut fields = Fields::new("customer.", customer);
        fields.refuse_unknown(&[
            "first_name",
            "last_name",
            "email",
            "wpcom_user_id",
            "wpcom_access_token",
        ])?;
        Ok(Self {
            first_name: name(&mut fields, "first_name")?,
            last_name: name(&mut fields, "last_name")?,
            email: email(&mut fields)?,
            wpcom_user_id: match fields.whole_number("wpcom_user_id")? {
                Some(0) => return Err(Error::invalid("customer.wpcom_user_id", "must be greater than 0")),
                other => other,
            },
            wpcom_access_token: token(&mut fields)?,
        })
    }
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn exposed<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    secret.as_ref().map(ExposeSecret::expose_secret).serialize(serializer)
}

fn require_for_v2(wpcom_access_token: Option<&SecretString>) -> Result<()> {
    match wpcom_access_token {
        Some(_) => Ok(()),
        None => Err(Error::invalid(
            "wpcom_access_token",
            "is missing; v2.0 wants the customer's WordPress.com access token",
        )),
    }
}

fn require_for_v1(top_level_token: Option<&SecretString>, customer: Option<&Customer>) -> Result<()> {
    if top_level_token.is_some() {
        return Err(Error::invalid("wpcom_access_token", "belongs into customer in v1.0"));
    }
    let Some(customer) = customer else {
        return Err(Error::invalid(
            "customer",
            "is missing; v1.0 wants an array with email, and wpcom_access_token or wpcom_user_id",
        ));
    };
    if customer.email.is_none() {
        return Err(Error::invalid(
            "customer.email",
            "is missing; v1.0 wants the customer's e-mail address",
        ));
    }
    if customer.wpcom_user_id.is_none() && customer.wpcom_access_token.is_none() {
        return Err(Error::invalid(
            "customer.wpcom_access_token",
            "is missing; v1.0 wants it, or wpcom_user_id",
        ));
    }
    Ok(())
}

fn token(fields: &mut Fields) -> Result<Option<SecretString>> {
    let path = fields.path("wpcom_access_token");
    fields
        .string("wpcom_access_token")?
        .map(|value| secret::access_token(&path, value))
        .transpose()
}

fn name(fields: &mut Fields, field: &str) -> Result<Option<String>> {
    match fields.string(field)? {
        Some(text) if text.chars().any(char::is_control) => Err(Error::invalid(
            fields.path(field),
            "holds a control character, such as a line end",
        )),
        other => Ok(other),
    }
}

fn email(fields: &mut Fields) -> Result<Option<String>> {
    let email = fields.string("email")?;
    if let Some(email) = &email {
        check_email(&fields.path("email"), email)?;
    }
    Ok(email)
}

/// One `@` with something on both sides; the service decides the rest.
fn check_email(field: &str, email: &str) -> Result<()> {
    let has_sides = email
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    if has_sides && !email.chars().any(|c| c.is_control() || c.is_whitespace()) {
        Ok(())
    } else {
        Err(Error::invalid(
            field,
            "must be an e-mail address, such as ada@example.com",
        ))
    }
}

fn products(fields: &mut Fields) -> Result<Vec<String>> {
    let Some(list) = fields.list("products")? else {
        return Ok(Vec::new());
    };
    if list.is_empty() {
        return Err(Error::invalid(
            "products",
            "is an empty list; name at least one slug, or leave it out for the whole plan",
        ));
    }
    let mut slugs: Vec<String> = Vec::with_capacity(list.len());
    for (index, value) in list.into_iter().enumerate() {
        let field = format!("products[{index}]");
        let Value::String(slug) = value else {
            return Err(Error::invalid(
                field,
                format!("{}, not {}", slug::WANTED, type_name(&value)),
            ));
        };
        let slug = Slug::parse(&field, slug)?.as_str().to_owned();
        if !slugs.contains(&slug) {
            slugs.push(slug);
        }
    }
    Ok(slugs)
}

fn metadata(fields: &mut Fields) -> Result<Map<String, Value>> {
    let map = fields.map("metadata")?.unwrap_or_default();
    if map.len() > MAX_METADATA {
        return Err(Error::invalid(
            "metadata",
            format!("has more than {MAX_METADATA} entries"),
        ));
    }
    for (name, value) in &map {
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(Error::invalid(
                "metadata",
                "has a name that is empty or holds a control character",
            ));
        }
        let field = || format!("metadata.{}", name.chars().take(64).collect::<String>());
        match value {
            Value::String(text) if text.contains('\0') => return Err(Error::invalid(field(), "holds a NUL character")),
            Value::String(text) if name == "customer_email" => check_email("metadata.customer_email", text)?,
            Value::String(_) => {}
            other => {
                return Err(Error::invalid(
                    field(),
                    format!("must be a string, not {}", type_name(other)),
                ));
            }
        }
    }
    Ok(map)
}

/// Whether a text can be an `access_token` or an `access_token_secret`: both travel in headers, or sign them. A `null` that
/// some script has turned into text is none.
#[must_use]
pub fn is_credential(text: &str) -> bool {
    !text.is_empty() && text != "null" && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Takes an `access_token` or an `access_token_secret` out.
///
/// # Errors
/// [`Error::InvalidRequest`] if it is missing or cannot be one.
pub fn credential(fields: &mut Fields, name: &str) -> Result<SecretString> {
    checked_credential(&fields.path(name), fields.string(name)?.unwrap_or_default())
}

/// Checks an `access_token` or an `access_token_secret`.
///
/// # Errors
/// [`Error::InvalidRequest`] for `field` if it is empty or cannot be one.
pub fn checked_credential(field: &str, text: String) -> Result<SecretString> {
    if is_credential(&text) {
        Ok(SecretString::from(text))
    } else if text.is_empty() {
        Err(Error::invalid(field, "is missing or empty: the site is not connected"))
    } else {
        Err(Error::invalid(
            field,
            "must consist of visible ASCII characters, and must not be null",
        ))
    }
}

/// The documented answer.
pub struct RegisterResponse {
    /// The customer at `WooCommerce.com`.
    pub customer_id: Id,
    /// The order that was made.
    pub order_id: Id,
    /// The site's token.
    pub access_token: String,
    /// The site's secret: only the first time that the plan is registered to the site.
    pub access_token_secret: Option<String>,
    /// The site at `WooCommerce.com`; `WooCommerce` wants an int.
    pub site_id: i64,
}

/// Its fields as they came.
#[derive(Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "answer::any")]
    customer_id: Option<Value>,
    #[serde(default, deserialize_with = "answer::any")]
    order_id: Option<Value>,
    #[serde(default, deserialize_with = "answer::any")]
    access_token: Option<Value>,
    #[serde(default, deserialize_with = "answer::any")]
    access_token_secret: Option<Value>,
    #[serde(default, deserialize_with = "answer::any")]
    site_id: Option<Value>,
}

impl RegisterResponse {
    /// Reads the body of a 2xx answer. Further fields are ignored.
    ///
    /// # Errors
    /// [`Malformed`] if it is not the documented answer.
    pub fn parse(body: &[u8]) -> std::result::Result<Self, Malformed> {
        let answer: Answer = match body.trim_ascii_start().first() {
            Some(b'{') => answer::parse(body)?,
            _ => return super::json(body).and(Err(Malformed::answer("it is not a JSON object"))),
        };
        let given = |name: &str, value: Option<Value>| value.ok_or_else(|| Malformed::field(name, "is missing"));
        let id = |name: &str, value| {
            Id::from_value(&given(name, value)?).ok_or_else(|| Malformed::field(name, "is not an identifier"))
        };
        let credential = |name: &str, value| match given(name, value)? {
            Value::String(text) if is_credential(&text) => Ok(text),
            _ => Err(Malformed::field(name, "is not a credential")),
        };
        Ok(Self {
            customer_id: id("customer_id", answer.customer_id)?,
            order_id: id("order_id", answer.order_id)?,
            access_token: credential("access_token", answer.access_token)?,
            access_token_secret: match answer.access_token_secret {
                Some(Value::Null) => None,
                value => Some(credential("access_token_secret", value)?),
            },
            site_id: id("site_id", answer.site_id)?
                .as_i64()
                .ok_or_else(|| Malformed::field("site_id", "does not fit an int"))?,
        })
    }
}

#[cfg(test)]
mod tests;
