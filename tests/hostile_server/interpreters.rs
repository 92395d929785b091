//! What is made of an answer, without the network: any status, any body, every operation.

use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Value, json};
use wccom_host::client::{Registered, SiteRegistration};
use wccom_host::config::{Config, SiteOptions};
use wccom_host::endpoints::install::InstallRequest;
use wccom_host::endpoints::register::RegisterResponse;
use wccom_host::endpoints::update_connected_site::UpdateConnectedSiteRequest;
use wccom_host::endpoints::update_url::UpdateUrlRequest;
use wccom_host::endpoints::{self, Malformed, cancel, orders, products, sites, totals};
use wccom_host::error::{Error, Outcome, Result};
use wccom_host::ids::Id;
use wccom_host::operation::{Effect, Operation, REGISTER, VERIFY};
use wccom_host::outcome::{judge, unexpected};
use wccom_host::transport::{Answer, CutOff, Failure, MAX_BODY};

use super::bodies;
use super::cases::Cases;
use super::choices::Choices;
use super::documented::{ACCESS_TOKEN, ACCESS_TOKEN_SECRET, OPERATIONS, REGISTERED};
use super::expected::{self, Expected, Received, check_words};
use super::support::KEY;
use super::support::client::{TOKEN, object, request};

const STATUSES: [u16; 40] = [
    200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 201, 202, 204, 206, 299, 300, 302, 304, 400, 400, 400,
    401, 403, 404, 405, 408, 409, 418, 422, 429, 451, 499, 500, 502, 503, 503, 504, 520,
];

/// What came, as the transport gives it.
struct Came {
    status: u16,
    retry_after: Option<u64>,
    body: Vec<u8>,
    cut_off: Option<CutOff>,
    /// There was no answer.
    failure: Option<Failure>,
}

impl std::fmt::Debug for Came {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.body[..self.body.len().min(2000)].escape_ascii();
        let Self {
            status,
            retry_after,
            body,
            cut_off,
            failure,
        } = self;
        write!(
            f,
            "{status} {retry_after:?} {cut_off:?} {failure:?}, {} bytes: {shown}",
            body.len()
        )
    }
}

fn came(choices: &mut Choices, documented: &str) -> Came {
    let status = if choices.one_in(10) {
        100 + u16::try_from(choices.below(900)).unwrap()
    } else {
        choices.of(&STATUSES)
    };
    let cut_off = match choices.below(30) {
        27 => Some(CutOff::TooLarge),
        28 => Some(CutOff::BrokenOff(said(choices))),
        29 => Some(CutOff::Late("1 s".to_owned())),
        _ => None,
    };
    let failure = match choices.below(40) {
        38 => Some(Failure::MaybeSent { reason: said(choices) }),
        39 => Some(Failure::NotSent {
            reason: said(choices),
            may_pass: choices.one_in(2),
        }),
        _ => None,
    };
    let mut body = bodies::body(choices, documented);
    body.truncate(MAX_BODY);
    Came {
        status,
        retry_after: choices.one_in(3).then(|| choices.of(&[0, 7, u64::MAX])),
        body,
        cut_off,
        failure,
    }
}

/// The reason for an end may have words of the other side.
fn said(choices: &mut Choices) -> String {
    let text = choices.of(&["reset", KEY, TOKEN, "\u{1b}[2J", ""]);
    text.repeat(choices.size(20_000))
}

impl Came {
    fn result(&self) -> std::result::Result<Answer, Failure> {
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(Answer {
                status: self.status,
                retry_after: self.retry_after,
                total: None,
                total_pages: None,
                body: self.body.clone(),
                cut_off: self.cut_off.clone(),
            }),
        }
    }

    fn received(&self) -> Received<'_> {
        Received {
            status: self.status,
            retry_after: self.retry_after.is_some(),
            body: &self.body,
            is_whole: self.cut_off.is_none(),
        }
    }
}

/// As the client does it.
fn read<T>(
    operation: &Operation,
    came: &Came,
    parse: impl FnOnce(&[u8]) -> std::result::Result<T, Malformed>,
) -> Result<T> {
    let (key, token) = (SecretString::from(KEY), SecretString::from(TOKEN));
    let answer = judge(operation, "2666932", came.result(), &[&token, &key])?;
    let parsed = match &answer.cut_off {
        Some(problem) => Err(Malformed::answer(problem.to_string())),
        None => parse(&answer.body),
    };
    parsed.map_err(|malformed| unexpected(operation, "2666932", &answer, &malformed, &[&token, &key]))
}

fn is_as_expected(result: &Result<Registered>, came: &Came, stored: Option<(&str, &str)>) -> bool {
    let outcome = result.as_ref().err().map(Error::outcome);
    match &came.failure {
        Some(Failure::NotSent { .. }) => return outcome == Some(Outcome::NotSent),
        Some(Failure::MaybeSent { .. }) => return outcome == Some(Outcome::Unknown),
        None => {}
    }
    match (result, expected::of_register(&came.received(), stored)) {
        (Ok(registered), Expected::Registered(secret)) => registered.auth.access_token_secret == secret,
        (Err(Error::SecretUnavailable { .. }), Expected::SecretUnavailable) => true,
        (Err(Error::Api { .. }), Expected::Refused) => true,
        (Err(Error::OutcomeUnknown { .. }), Expected::Unknown) => !(200..=299).contains(&came.status),
        (Err(Error::UnexpectedResponse { .. }), Expected::Unknown) => {
            (200..=299).contains(&came.status) && outcome == Some(Outcome::Unknown)
        }
        _ => false,
    }
}

#[test]
fn a_register_ends_as_the_table_says_whatever_the_answer_is() {
    let cases = Cases {
        name: "register_interpreted",
        count: 8_000,
        bytes: 200,
        memory: 96 * 1024 * 1024,
    };
    let stored = [None, Some((ACCESS_TOKEN, "stored")), Some(("other", "stored"))];
    cases.check(
        |choices| (choices.of(&stored), came(choices, REGISTERED)),
        |(stored, came), client| {
            let current = stored.map(|(token, secret)| json!({"access_token": token, "access_token_secret": secret}));
            let options = object(json!({"key": KEY, "current_auth": current}));
            let site = SiteRegistration {
                request: request(),
                options: Config::new(options, |_| None, |_| None).unwrap().site,
            };
            let result = client
                .does(|| read(&REGISTER, came, RegisterResponse::parse).and_then(|response| site.registered(response)));
            if let Err(error) = &result {
                check_words(error, &came.body)?;
            }
            if is_as_expected(&result, came, *stored) {
                return Ok(());
            }
            let expected = expected::of_register(&came.received(), *stored);
            Err(format!(
                "{:?} instead of {expected:?}",
                result.map(|registered| registered.auth.site_id)
            ))
        },
    );
}

#[test]
fn every_other_operation_ends_as_the_table_says_whatever_the_answer_is() {
    let cases = Cases {
        name: "operations_interpreted",
        count: 8_000,
        bytes: 200,
        memory: 96 * 1024 * 1024,
    };
    cases.check(
        |choices| {
            let which = 1 + choices.below(OPERATIONS.len() - 1);
            (which, came(choices, OPERATIONS[which].1))
        },
        |(which, came), client| {
            let (operation, _) = OPERATIONS[*which];
            let result = client.does(|| interpreted(*which, operation, came));
            match &result {
                Ok(value) => {
                    if came.failure.is_some() || came.cut_off.is_some() || !(200..=299).contains(&came.status) {
                        return Err(format!("{value} out of this"));
                    }
                    // What is said of a connection is passed on as it came.
                    if std::ptr::eq(operation, &raw const VERIFY) {
                        Ok(())
                    } else {
                        is_strict(value)
                    }
                }
                Err(error) => {
                    check_words(error, &came.body)?;
                    let outcome = allowed(operation, came);
                    (error.outcome() == outcome)
                        .then_some(())
                        .ok_or_else(|| format!("{:?} instead of {outcome:?}", error.outcome()))
                }
            }
        },
    );
}

/// What a failure of an operation may say.
fn allowed(operation: &Operation, came: &Came) -> Outcome {
    match (&operation.effect, &came.failure) {
        (_, Some(Failure::NotSent { .. })) => Outcome::NotSent,
        // Nothing was changed, and it can be asked again.
        (Effect::Reads, Some(Failure::MaybeSent { .. })) => Outcome::NotSent,
        (Effect::Reads, None) => Outcome::Refused,
        (Effect::Changes { .. }, Some(Failure::MaybeSent { .. })) => Outcome::Unknown,
        (Effect::Changes { .. }, None) if expected::is_refused(&came.received()) => Outcome::Refused,
        (Effect::Changes { .. }, None) => Outcome::Unknown,
    }
}

/// What the caller would get, as JSON.
fn interpreted(which: usize, operation: &Operation, came: &Came) -> Result<Value> {
    fn json<T: Serialize>(value: T) -> Value {
        serde_json::to_value(value).unwrap()
    }
    let order = Id::Number(2_666_932);
    let update = |fields: Value| UpdateUrlRequest::new(object(fields), None).unwrap();
    let moved = json!({"url": "https://example.com", "order_id": 2_666_932});
    match which {
        1 => read(operation, came, |body| cancel::parse_answer(body, &order)),
        2 => read(operation, came, |body| update(moved).parse_answer(body)),
        3 => {
            let signed = update(
                json!({"url": "https://example.com", "access_token": ACCESS_TOKEN, "access_token_secret": ACCESS_TOKEN_SECRET}),
            );
            read(operation, came, |body| signed.parse_answer(body))
        }
        4 => {
            let request = UpdateConnectedSiteRequest::new(object(moved)).unwrap();
            read(operation, came, |body| request.parse_answer(body))
        }
        5 => {
            let request = json!({"url": "https://example.com", "order_id": 2_666_932, "product_slug": "woo-x"});
            let request = InstallRequest::new(object(request)).unwrap();
            read(operation, came, |body| request.parse_answer(body))
        }
        6 => read(operation, came, |body| products::parse_package(body).map(json)),
        7 => read(operation, came, |body| products::parse_product(body).map(json)),
        8 => read(operation, came, |body| orders::parse_page(body).map(json)),
        9 => read(operation, came, |body| orders::parse_order(body).map(json)),
        10 => read(operation, came, |body| orders::parse_connections(body).map(json)),
        11 => read(operation, came, |body| sites::parse(body).map(json)),
        12 => read(operation, came, |body| totals::parse(body).map(json)),
        _ => read(operation, came, endpoints::json),
    }
}

/// "What they return is strict, whatever was sent."
fn is_strict(value: &Value) -> std::result::Result<(), String> {
    let Value::Object(fields) = value else {
        return value
            .as_array()
            .map_or(Ok(()), |items| items.iter().try_for_each(is_strict));
    };
    for (name, value) in fields {
        let is_good = match name.as_str() {
            "id" | "order_id" | "site_id" => is_id(value),
            "customer_id" | "request_id" | "product_id" => value.is_null() || is_id(value),
            "completed" | "cancelled" if value.is_array() => value.as_array().unwrap().iter().all(is_id),
            "type" => value.is_null() || value == "plugin" || value == "theme",
            "metadata" => value.is_object(),
            "success" => value.is_boolean(),
            "name" | "slug" | "url" | "site_url" => value.is_string(),
            "total_orders" | "total_connections" => are_counts(value),
            "total_orders_by_month" | "total_connections_by_month" => {
                let months = value.as_object().unwrap();
                months
                    .iter()
                    .all(|(month, counts)| is_month(month) && are_counts(counts))
            }
            "products" | "line_items" | "connections" | "order_ids" => return is_strict(value),
            _ => true,
        };
        if !is_good {
            return Err(format!("{name} is {value}"));
        }
    }
    Ok(())
}

fn is_id(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().is_some_and(|number| number > 0),
        other => expected::id(other).is_some_and(|digits| digits.parse::<i64>().is_err()),
    }
}

fn are_counts(value: &Value) -> bool {
    value.as_object().is_some_and(|counts| {
        counts
            .values()
            .all(|count| count.as_i64().is_some_and(|count| count >= 0))
    })
}

fn is_month(text: &str) -> bool {
    let month = text.get(5..).and_then(|month| month.parse().ok());
    text.len() == 7 && text.as_bytes()[4] == b'-' && matches!(month, Some(1..=12))
}

#[test]
fn a_large_or_deep_answer_takes_little_time_and_memory() {
    let cases = Cases {
        name: "large_answers",
        count: 20,
        bytes: 20,
        memory: 96 * 1024 * 1024,
    };
    cases.check(
        |choices| {
            let which = 1 + choices.below(OPERATIONS.len() - 1);
            let mut body = bodies::large(choices, OPERATIONS[which].1);
            body.truncate(MAX_BODY);
            let status = choices.of(&[200, 400, 404, 503]);
            (which, status, body)
        },
        |(which, status, body), client| {
            let came = Came {
                status: *status,
                retry_after: Some(1),
                body: body.clone(),
                cut_off: None,
                failure: None,
            };
            let long = std::time::Duration::from_secs(1);
            let result = client.does_within(long, || interpreted(*which, OPERATIONS[*which].0, &came))?;
            if let Err(error) = &result {
                check_words(error, body)?;
            }
            let site = SiteRegistration {
                request: request(),
                options: SiteOptions::default(),
            };
            let register = client.does_within(long, || {
                read(&REGISTER, &came, RegisterResponse::parse).and_then(|response| site.registered(response))
            })?;
            register.err().map_or(Ok(()), |error| check_words(&error, body))
        },
    );
}
