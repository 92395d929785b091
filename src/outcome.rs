//! What an answer, or its absence, means for a request: one table, after `host-plan-api.md`'s "Errors".

use secrecy::SecretString;
use serde_json::Value;

use crate::endpoints::Malformed;
use crate::error::{Error, Outcome, Result};
use crate::operation::{Credentials, Effect, Operation};
use crate::secret::redact;
use crate::transport::{Answer, Failure};

/// The most parameters that are named of those an answer complains about; no request has as many.
const MAX_PARAMS: usize = 8;

/// Passes a 2xx answer on and turns everything else into an error. `order` is what the request was about; `secrets` are
/// taken out of the service's own words.
///
/// # Errors
/// See the README's table of outcomes.
pub fn judge(
    operation: &Operation,
    order: &str,
    result: std::result::Result<Answer, Failure>,
    secrets: &[&SecretString],
) -> Result<Answer> {
    // A reason may have words of the other side.
    let said = |reason: &str| shortened(&redact(reason, secrets), 1000);
    let answer = match result {
        Ok(answer) => answer,
        Err(Failure::NotSent { reason, may_pass }) => {
            let advice = if may_pass { " It is safe to try again." } else { "" };
            return Err(Error::Connection {
                message: format!("Nothing was sent: {}.{advice}", said(&reason)),
                retryable: may_pass,
            });
        }
        Err(Failure::MaybeSent { reason }) => {
            return Err(match &operation.effect {
                Effect::Changes { unknown: advice, .. } => unknown(
                    &format!("The request may have been sent: {}.", said(&reason)),
                    advice,
                    order,
                    0,
                ),
                Effect::Reads => Error::Connection {
                    message: format!("WooCommerce.com did not answer: {}.", said(&reason)),
                    retryable: true,
                },
            });
        }
    };
    let status = answer.status;
    match &operation.effect {
        _ if (200..=299).contains(&status) => Ok(answer),
        Effect::Changes { unknown: advice, .. } if !is_refusal(&answer) => Err(unknown(
            &format!("WooCommerce.com failed with HTTP {status}."),
            advice,
            order,
            status,
        )),
        _ => Err(refused(operation, &answer, secrets)),
    }
}

/// Whether an answer says that nothing was created: a redirect, a 4xx in the words of the service, what a firewall or a
/// limit in front of it says, and a 503 in the words of the service that asks to wait. Any other may come after the order was
/// made: a 408 or 499, for instance, or a 503 with `Retry-After` and a page (Varnish's), from a proxy that had passed the
/// request on.
pub(crate) fn is_refusal(answer: &Answer) -> bool {
    match answer.status {
        300..=399 | 401 | 403 | 404 | 429 => true,
        400..=499 => rest_error(answer).is_some(),
        503 => answer.retry_after.is_some() && rest_error(answer).is_some(),
        _ => false,
    }
}

/// The body of a `WordPress` REST error.
fn rest_error(answer: &Answer) -> Option<Value> {
    serde_json::from_slice(&answer.body)
        .ok()
        .filter(|body: &Value| body.get("code").is_some_and(Value::is_string))
}

/// A 2xx answer that could not be understood. `order` and `secrets` as for [`judge`]: a field's path has names of the answer.
#[must_use]
pub fn unexpected(
    operation: &Operation,
    order: &str,
    answer: &Answer,
    malformed: &Malformed,
    secrets: &[&SecretString],
) -> Error {
    let said = |text: &str| short(&redact(text, secrets));
    let problem = match &answer.cut_off {
        Some(cut_off) => said(&cut_off.to_string()),
        None => said(&malformed.problem),
    };
    let (outcome, advice) = match &operation.effect {
        Effect::Changes { unknown, .. } => (Outcome::Unknown, about(unknown, order)),
        Effect::Reads => (Outcome::Refused, "Nothing was changed.".to_owned()),
    };
    Error::UnexpectedResponse {
        message: format!(
            "WooCommerce.com answered HTTP {}, but not as documented: {problem}. {advice}",
            answer.status
        ),
        http_status: answer.status,
        journal_file: None,
        field: said(&malformed.field),
        outcome,
    }
}

fn unknown(what_happened: &str, advice: &str, order: &str, http_status: u16) -> Error {
    Error::OutcomeUnknown {
        message: format!("{what_happened} {}", about(advice, order)),
        http_status,
        journal_file: None,
    }
}

fn about(advice: &str, order: &str) -> String {
    advice.replace("{order}", if order.is_empty() { "<order-id>" } else { order })
}

fn refused(operation: &Operation, answer: &Answer, secrets: &[&SecretString]) -> Error {
    let status = answer.status;
    let body = rest_error(answer).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(|text| short(&redact(text, secrets)));
    let api_code = body.get("code").and_then(text);
    let api_params = params(&body)
        .into_iter()
        .map(|(name, words)| (short(&redact(&name, secrets)), short(&redact(&words, secrets))))
        .collect::<Vec<_>>();
    let retry_after = answer.retry_after;

    let code = api_code.as_deref().map(|code| format!(" {code}")).unwrap_or_default();
    let words = body
        .get("message")
        .and_then(text)
        .map(|words| format!(": {}", without_full_stop(&words)))
        .unwrap_or_default();
    let params: String = api_params
        .iter()
        .map(|(name, words)| {
            if words.is_empty() {
                name.clone()
            } else {
                format!("{name}: {}", without_full_stop(words))
            }
        })
        .fold(String::new(), |all, param| all + " (" + &param + ")");
    let message = format!(
        "WooCommerce.com refused the request with HTTP {status}{code}{words}{params}. {}{}",
        match &operation.effect {
            Effect::Changes { refused, .. } => format!("{refused} "),
            Effect::Reads => String::new(),
        },
        advice(&operation.credentials, status, retry_after, api_code.is_some())
    );
    Error::Api {
        message,
        http_status: status,
        api_code,
        api_params,
        retry_after,
    }
}

fn advice(credentials: &Credentials, status: u16, retry_after: Option<u64>, is_rest_error: bool) -> String {
    match (status, retry_after) {
        (300..=399, _) => "Redirects are not followed, so that credentials go nowhere else: check the address.".to_owned(),
        (408 | 429 | 503, Some(seconds)) => format!("Wait {seconds} s and try again."),
        (408 | 429 | 503, None) | (500..=599, _) => "Wait a minute and try again.".to_owned(),
        (401 | 403, _) if !is_rest_error => "The answer came from in front of the service, such as a firewall: check whether this machine's address is blocked.".to_owned(),
        (401 | 403, _) => match credentials {
            Credentials::Key => "Check the key: it must be that of the plan's package.".to_owned(),
            Credentials::KeyAndConnection => "Check the key: it must be that of the plan's package; and with API version v1.0 \
                 the site's connection."
                .to_owned(),
            Credentials::Connection => "The connection is not accepted.".to_owned(),
        },
        (404, _) if is_rest_error => "WooCommerce.com does not know it: check the number or name, and the key.".to_owned(),
        (404, _) => "Check the address and the API version.".to_owned(),
        _ => "Correct the request and try again.".to_owned(),
    }
}

/// `data.params`: a list of names in one kind of `WordPress` error, names with words in the other.
fn params(body: &Value) -> Vec<(String, String)> {
    match body.pointer("/data/params") {
        Some(Value::Array(names)) => names
            .iter()
            .filter_map(Value::as_str)
            .map(|name| (name.to_owned(), String::new()))
            .take(MAX_PARAMS)
            .collect(),
        Some(Value::Object(map)) => map
            .iter()
            .map(|(name, words)| (name.clone(), words.as_str().unwrap_or_default().to_owned()))
            .take(MAX_PARAMS)
            .collect(),
        _ => Vec::new(),
    }
}

fn without_full_stop(text: &str) -> &str {
    text.trim_end_matches('.')
}

/// A line that fits a terminal, whatever a server puts into it.
fn short(text: &str) -> String {
    shortened(text, 300)
}

fn shortened(text: &str, most: usize) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(most)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{ORDER, REGISTER};

    fn answer(status: u16, body: &str, retry_after: Option<u64>) -> Answer {
        Answer {
            status,
            retry_after,
            total: None,
            total_pages: None,
            body: body.as_bytes().to_vec(),
            cut_off: None,
        }
    }

    fn outcome(status: u16, body: &str, retry_after: Option<u64>) -> (Outcome, bool) {
        let error = judge(&REGISTER, "", Ok(answer(status, body, retry_after)), &[]).unwrap_err();
        (error.outcome(), error.retryable())
    }

    #[test]
    fn a_change_ends_as_the_documents_say() {
        let html = "<html>";
        let json = r#"{"code":"rest_forbidden","message":"No.","data":null}"#;
        for (status, body, retry_after, expected) in [
            (301, html, None, (Outcome::Refused, false)),
            (302, html, None, (Outcome::Refused, false)),
            (307, html, None, (Outcome::Refused, false)),
            (308, html, None, (Outcome::Refused, false)),
            (400, json, None, (Outcome::Refused, false)),
            (401, json, None, (Outcome::Refused, false)),
            (403, html, None, (Outcome::Refused, false)),
            (101, "", None, (Outcome::Unknown, false)),
            (400, html, None, (Outcome::Unknown, false)),
            (400, "{\"code\":", None, (Outcome::Unknown, false)),
            (408, html, None, (Outcome::Unknown, false)),
            (408, json, None, (Outcome::Refused, true)),
            (499, "", None, (Outcome::Unknown, false)),
            (600, json, None, (Outcome::Unknown, false)),
            (999, html, None, (Outcome::Unknown, false)),
            (404, json, None, (Outcome::Refused, false)),
            (409, json, None, (Outcome::Refused, false)),
            (429, html, None, (Outcome::Refused, true)),
            (429, html, Some(7), (Outcome::Refused, true)),
            (500, json, None, (Outcome::Unknown, false)),
            (502, html, None, (Outcome::Unknown, false)),
            (503, html, None, (Outcome::Unknown, false)),
            (503, html, Some(7), (Outcome::Unknown, false)),
            (503, json, None, (Outcome::Unknown, false)),
            (503, json, Some(7), (Outcome::Refused, true)),
            (504, html, None, (Outcome::Unknown, false)),
        ] {
            assert_eq!(outcome(status, body, retry_after), expected, "{status} {retry_after:?}");
        }
    }

    #[test]
    fn a_failed_read_is_never_an_unknown_order() {
        for status in [500, 502, 503, 504] {
            let error = judge(&ORDER, "", Ok(answer(status, "<html>", None)), &[]).unwrap_err();
            assert_eq!(error.outcome(), Outcome::Refused, "{status}");
        }
        let lost = judge(&ORDER, "", Err(Failure::MaybeSent { reason: "x".to_owned() }), &[]).unwrap_err();
        assert!(matches!(lost, Error::Connection { .. }));
    }

    #[test]
    fn reads_both_shapes_of_params() {
        let params = |body: &str| match judge(&REGISTER, "", Ok(answer(400, body, None)), &[]).unwrap_err() {
            Error::Api {
                api_params, api_code, ..
            } => (api_code.unwrap_or_default(), api_params),
            other => panic!("{other:?}"),
        };
        let (code, list) = params(
            r#"{"code":"rest_missing_callback_param","message":"Missing parameter(s): url","data":{"status":400,"params":["url"]}}"#,
        );
        assert_eq!(
            (code.as_str(), list),
            ("rest_missing_callback_param", vec![("url".to_owned(), String::new())])
        );
        let (code, map) = params(
            r#"{"code":"rest_invalid_param","message":"Invalid parameter(s): url","data":{"status":400,"params":{"url":"Bad URL."},"details":{}}}"#,
        );
        assert_eq!(
            (code.as_str(), map),
            ("rest_invalid_param", vec![("url".to_owned(), "Bad URL.".to_owned())])
        );
    }

    #[test]
    fn the_words_of_the_service_lose_secrets_control_characters_and_length() {
        let secret = SecretString::from("tok#en".to_owned());
        let body = format!(
            r#"{{"code":"x","message":"bad tok#en\u001b[31m {}","data":{{"params":{{"tok#en":"tok%23en"}}}}}}"#,
            "y".repeat(5000)
        );
        let message = judge(&REGISTER, "", Ok(answer(400, &body, None)), &[&secret])
            .unwrap_err()
            .to_string();
        assert!(
            !message.contains("tok#en") && !message.contains("tok%23en") && !message.contains('\u{1b}'),
            "{message}"
        );
        assert!(message.len() < 800, "{}", message.len());
    }

    #[test]
    fn what_the_other_side_can_put_into_a_reason_or_a_field_is_shown_without_secrets_and_short() {
        let secret = SecretString::from("tok#en".to_owned());
        let words = format!("tok#en\u{1b}[2J{}", "y".repeat(5000));
        let lost = || Err(Failure::MaybeSent { reason: words.clone() });
        let not_sent = |may_pass| {
            Err(Failure::NotSent {
                reason: words.clone(),
                may_pass,
            })
        };
        let judged = |operation, result| judge(operation, "", result, &[&secret]).unwrap_err();
        let malformed = Malformed::field(&words, "is missing");
        let cut_off = Answer {
            cut_off: Some(crate::transport::CutOff::BrokenOff(words.clone())),
            ..answer(200, "", None)
        };
        for error in [
            judged(&REGISTER, lost()),
            judged(&ORDER, lost()),
            judged(&REGISTER, not_sent(true)),
            judged(&REGISTER, not_sent(false)),
            unexpected(&REGISTER, "", &answer(200, "", None), &malformed, &[&secret]),
            unexpected(&REGISTER, "", &cut_off, &malformed, &[&secret]),
        ] {
            let text = format!("{error} {error:?}");
            assert!(
                !text.contains("tok#en") && !error.to_string().contains('\u{1b}'),
                "{text}"
            );
            assert!(text.len() < 4000, "{}", text.len());
        }
    }

    #[test]
    fn an_answer_that_complains_about_very_many_parameters_makes_a_short_error() {
        let names = (0..10_000).fold(String::new(), |names, number| names + &format!("\"p{number}\","));
        let body = format!(r#"{{"code":"x","message":"m","data":{{"params":[{names}"q"]}}}}"#);
        let error = judge(&REGISTER, "", Ok(answer(400, &body, None)), &[]).unwrap_err();
        assert!(
            matches!(&error, Error::Api { api_params, .. } if api_params.len() == 8),
            "{error:?}"
        );
        assert!(error.to_string().len() < 300, "{error}");
    }
}
