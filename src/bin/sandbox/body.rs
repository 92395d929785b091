//! The body of a request: its parameters, and what is wrong with them.

use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::exchange::Received;
use crate::parameters::{self, Problem, Problems};
use crate::rest_error::RestError;
use crate::site_address::{self, SiteAddress};

/// The parameters of a request whose required ones are there.
pub struct Body {
    parameters: Vec<(String, Value)>,
    problems: Problems,
}

impl Body {
    /// Refuses a body that is not JSON or lacks a required parameter, and notes unknown ones.
    pub fn read(request: &Received, required: &[&str], known: &[&str]) -> Result<Self, RestError> {
        let parameters: Vec<(String, Value)> = json(request)?.into_iter().collect();
        let is_there = |name: &&str| {
            parameters
                .iter()
                .any(|(known, value)| known == name && !value.is_null())
        };
        let missing: Vec<&str> = required.iter().copied().filter(|name| !is_there(name)).collect();
        if !missing.is_empty() {
            return Err(RestError::missing(&missing));
        }
        let mut problems = Problems::default();
        for (name, _) in &parameters {
            if !known.contains(&name.as_str()) {
                problems.add(name, Problem::unknown(name));
            }
        }
        Ok(Self { parameters, problems })
    }

    /// A parameter that is there and good; a bad one is noted. It can be taken once.
    pub fn take<T>(&mut self, name: &str, check: impl FnOnce(&str, Value) -> Result<T, Problem>) -> Option<T> {
        let index = self.parameters.iter().position(|(known, _)| known == name)?;
        let (_, value) = self.parameters.swap_remove(index);
        self.problems.check(name, check(name, value))
    }

    /// The parameters of a request about a site and an order, and of no other.
    pub fn url_and_order_id(request: &Received) -> Result<(SiteAddress, u64), RestError> {
        let names = ["url", "order_id"];
        let mut body = Self::read(request, &names, &names)?;
        let url = body.take("url", site_address::parse);
        let order_id = body.take("order_id", parameters::order_id);
        match (url, order_id) {
            (Some(url), Some(order_id)) if body.is_good() => Ok((url, order_id)),
            _ => Err(body.into()),
        }
    }

    /// Nothing has been noted.
    pub fn is_good(&self) -> bool {
        self.problems.is_empty()
    }
}

impl From<Body> for RestError {
    fn from(body: Body) -> Self {
        body.problems.into()
    }
}

/// As `WordPress` reads it: a body of another type has no parameters, and neither has JSON that is not an object.
fn json(Received { head, body }: &Received) -> Result<Map<String, Value>, RestError> {
    let content_type = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") || body.is_empty() {
        return Ok(Map::new());
    }
    let text = std::str::from_utf8(body)
        .map_err(|_| RestError::invalid_json(5, "Malformed UTF-8 characters, possibly incorrectly encoded"))?;
    match serde_json::from_str(text) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Ok(Map::new()),
        Err(_) => Err(RestError::invalid_json(4, "Syntax error")),
    }
}
