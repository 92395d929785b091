//! The registration of one site: what is asked for it, what becomes of its record, and what an answer or an earlier record
//! of the journal means.

use serde_json::Value;

use super::{iso_8601, now};
use crate::auth::{Auth, Details, Registration, choose_secret};
use crate::config::SiteOptions;
use crate::endpoints::json;
use crate::endpoints::register::{RegisterRequest, RegisterResponse};
use crate::error::{Error, Outcome, Result};
use crate::ids::Id;
use crate::journal::{Record, State};
use crate::site_url::SiteUrl;
use crate::transport::Answer;

/// What is asked for a site.
pub struct SiteRegistration {
    /// The request.
    pub request: RegisterRequest,
    /// What else is known of the site.
    pub options: SiteOptions,
}

/// A finished registration.
pub struct Registered {
    /// The connection to store.
    pub auth: Auth,
    /// The rest, as the caller gets it.
    pub registration: Details,
    /// Whether it was an earlier run that registered, and nothing was sent now.
    pub from_journal: bool,
    /// Whether the journal has it.
    pub journaled: bool,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// A registration that failed, with the answer if there was one.
pub type Failed = (Error, Option<Box<Answer>>);

impl SiteRegistration {
    /// The address that the journal knows the site by, and that the site stores.
    #[must_use]
    pub fn home_url(&self) -> &SiteUrl {
        self.options.home_url.as_ref().unwrap_or(&self.request.url)
    }

    /// The record of a request that is about to be sent.
    #[must_use]
    pub fn record(&self) -> Record {
        Record {
            state: State::Sent,
            auth: None,
            registration: None,
            url: self.request.url.wire().to_owned(),
            home_url: self.home_url().given().to_owned(),
            api_version: self.request.api_version.as_str().to_owned(),
            email: self.request.email().map(str::to_owned),
            started: now(),
            http_status: 0,
            reason: None,
            answer: None,
        }
    }

    /// The answer, with the secret by the null-secret rule.
    ///
    /// # Errors
    /// [`Error::SecretUnavailable`] if there is none.
    pub fn registered(&self, response: RegisterResponse) -> Result<Registered> {
        let (access_token_secret, secret_kept) = choose_secret(&response, self.options.current_auth.clone())?;
        let registration = Registration {
            customer_id: response.customer_id,
            order_id: response.order_id,
            site_id: response.site_id,
            secret_kept,
            api_version: self.request.api_version,
            url: self.request.url.wire().to_owned(),
        };
        Ok(Registered {
            auth: Auth {
                access_token: response.access_token,
                access_token_secret,
                site_id: response.site_id,
                user_id: self.options.user_id.unwrap_or(0),
                updated: now(),
                url: self.home_url().given().to_owned(),
            },
            registration: Details::Answered(registration),
            from_journal: false,
            journaled: false,
            warnings: self.request.url.warning().into_iter().collect(),
        })
    }

    /// What an earlier run has left in the journal, without a request.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`] if an order may exist, [`Error::SecretUnavailable`] if one does and its secret is not
    /// known here, [`Error::RegistrationClosed`] if it was known and has been removed.
    pub fn earlier_run(&self, record: Record, still_unknown: impl FnOnce(&Record) -> Error) -> Result<Registered> {
        match record {
            Record {
                state: State::Received,
                auth: Some(auth),
                registration,
                ..
            } => Ok(Registered {
                auth,
                registration: registration.unwrap_or(Details::Kept(Value::Null)),
                from_journal: true,
                journaled: true,
                warnings: Vec::new(),
            }),
            // The secret may be known by now, from a backup of the site.
            Record {
                state: State::SecretUnavailable,
                answer: Some(ref answer),
                ..
            } => match RegisterResponse::parse(answer.as_bytes()) {
                Ok(response) => self.registered(response).map(|registered| Registered {
                    from_journal: true,
                    journaled: true,
                    ..registered
                }),
                Err(_) => Err(still_unknown(&record)),
            },
            Record {
                state: State::Closed, ..
            } => Err(closed(&record)),
            record => Err(still_unknown(&record)),
        }
    }
}

/// Turns the record "sent" into what became of the request. An answer is kept where it may hold what cannot be had again.
pub(crate) fn settle(record: &mut Record, result: &std::result::Result<Registered, Failed>) {
    let keep = |answer: &Answer| Some(String::from_utf8_lossy(&answer.body).into_owned());
    match result {
        Ok(registered) => {
            record.state = State::Received;
            record.auth = Some(registered.auth.clone());
            record.registration = Some(registered.registration.clone());
        }
        Err((error, answer)) if error.outcome() == Outcome::Unknown => {
            record.reason = Some(error.to_string());
            if let Error::OutcomeUnknown { http_status, .. } = error {
                record.http_status = *http_status;
            }
            if let Some(answer) = answer {
                record.http_status = answer.status;
                record.answer = keep(answer);
            }
        }
        Err((Error::SecretUnavailable { .. }, Some(answer))) => {
            record.state = State::SecretUnavailable;
            record.registration = json(&answer.body).ok().map(|answer| without_credentials(answer).into());
            record.answer = keep(answer);
        }
        Err((error, _)) => {
            record.http_status = match error {
                Error::Api { http_status, .. } => *http_status,
                _ => 0,
            };
            record.state = match error.outcome() {
                Outcome::NotSent => State::NotSent,
                _ => State::Refused,
            };
            record.reason = Some(error.to_string());
        }
    }
}

/// The numbers of an answer.
fn without_credentials(mut answer: Value) -> Value {
    if let Value::Object(fields) = &mut answer {
        fields.retain(|name, _| matches!(name.as_str(), "customer_id" | "order_id" | "site_id"));
    }
    answer
}

/// A site that was registered, and whose secret has been removed from the journal since.
fn closed(record: &Record) -> Error {
    let registration = record.registration.as_ref().map(Details::to_value).unwrap_or_default();
    let number = |name| registration.get(name).and_then(Id::from_value);
    let order_id = number("order_id").unwrap_or(Id::Number(0));
    Error::RegistrationClosed {
        message: format!(
            "Nothing was sent: {} was registered before{}, with order {order_id}, and its secret has been removed from the journal since. \
             If the site is not connected, restore the secret from a backup of the site, or ask WooCommerce.com to reset its connection.",
            record.home_url,
            when(record, " at "),
        ),
        order_id,
        site_id: number("site_id").and_then(|id| id.as_i64()).unwrap_or(0),
    }
}

/// When the request was sent, with a word before it.
pub(super) fn when(record: &Record, word: &str) -> String {
    match record.started {
        started if started > 0 => format!("{word}{}", iso_8601(started)),
        _ => String::new(),
    }
}
