//! Registering: the request, the journal before and after it, and the null-secret rule.

use secrecy::SecretString;
use serde_json::Value;

use super::{HostPlanClient, iso_8601, now, whole};
use crate::auth::{Auth, Registration, choose_secret};
use crate::endpoints::json;
use crate::endpoints::register::{RegisterRequest, RegisterResponse};
use crate::error::{Error, Outcome, Result};
use crate::fault_point::reach;
use crate::journal::{Record, SiteJournal, State};
use crate::operation::REGISTER;
use crate::outcome::{judge, unexpected};
use crate::session::Session;
use crate::site_url::SiteUrl;
use crate::transport::Answer;

/// A finished registration.
pub struct Registered {
    /// The connection to store.
    pub auth: Auth,
    /// The rest, as the caller gets it.
    pub registration: Value,
    /// Whether it was an earlier run that registered, and nothing was sent now.
    pub from_journal: bool,
    /// Whether the journal has it.
    pub journaled: bool,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl HostPlanClient {
    /// `POST /register`. With a journal: the lock of the site is taken, unless the caller holds it already
    /// (`locked`); what an earlier run left in the journal is the answer, without a request: a registration that was
    /// received, or the error of one whose outcome is unknown or that gave no secret.
    ///
    /// # Errors
    /// [`Error::outcome`] tells whether an order may exist. Where one does, or may, the journal holds a record, so that the
    /// next register makes no other.
    pub fn register(
        &self,
        request: &RegisterRequest,
        user_id: i64,
        locked: bool,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Registered> {
        let key = self.config.key()?;
        let Some(folder) = &self.config.journal else {
            return self
                .register_without_journal(request, key, user_id, interrupted)
                .map_err(|(error, _)| error);
        };
        let journal = SiteJournal::open(folder, self.home_url(request)).map_err(nothing_sent)?;
        let _lock = if locked {
            None
        } else {
            Some(
                journal
                    .lock(self.config.network.timeout, interrupted)
                    .map_err(nothing_sent)?,
            )
        };
        if let Some(record) = journal.read().map_err(nothing_sent)? {
            return self.earlier_run(record, &journal, request, user_id);
        }

        let process = std::process::id();
        let mut record = self.record(request);
        reach("before-sent");
        let reservation = journal.begin(&record).map_err(nothing_sent)?;
        reach("sent");
        let result = self.register_without_journal(request, key, user_id, interrupted);
        if std::process::id() != process {
            // A signal handler has forked, and this is the child: the request and the journal are its parent's.
            return result.map_err(|(error, _)| error);
        }
        match result {
            Ok(mut registered) => {
                reach("answered");
                record.state = State::Received;
                record.auth = Some(registered.auth.clone());
                record.registration = Some(registered.registration.clone());
                if let Err(error) = journal.finish(reservation, &record) {
                    // The caller's hands are now the only place where the secret is: better there than nowhere.
                    registered.journaled = false;
                    registered.warnings.push(format!(
                        "If this registration is not saved now, its secret is lost: {error}"
                    ));
                }
                reach("received");
                Ok(registered)
            }
            Err((error, answer)) if error.outcome() == Outcome::Unknown => {
                record.reason = Some(error.to_string());
                if let Some(answer) = answer {
                    record.http_status = answer.status;
                    record.answer = Some(String::from_utf8_lossy(&answer.body).into_owned());
                }
                // If this fails, the record "sent" stands, and says the same with fewer words.
                let _ = journal.finish(reservation, &record);
                Err(with_journal(error, &journal))
            }
            Err((error @ Error::SecretUnavailable { .. }, Some(answer))) => {
                record.state = State::SecretUnavailable;
                record.registration = json(&answer.body).ok().map(without_credentials);
                record.answer = Some(String::from_utf8_lossy(&answer.body).into_owned());
                // If this fails, the record "sent" stands, and stops the next register as well.
                let _ = journal.finish(reservation, &record);
                Err(error)
            }
            Err((error, _)) => {
                // If this fails, the record stands, and the next register stops where this one could have gone on.
                let _ = journal.close();
                Err(error)
            }
        }
    }

    /// What an earlier run has left in the journal, without a request.
    fn earlier_run(
        &self,
        record: Record,
        journal: &SiteJournal,
        request: &RegisterRequest,
        user_id: i64,
    ) -> Result<Registered> {
        let registered = match record {
            Record {
                state: State::Received,
                auth: Some(auth),
                registration,
                ..
            } => Registered {
                auth,
                registration: registration.unwrap_or_default(),
                from_journal: true,
                journaled: true,
                warnings: Vec::new(),
            },
            // The secret may be known by now, from a backup of the site.
            Record {
                state: State::SecretUnavailable,
                answer: Some(ref answer),
                ..
            } => {
                let response =
                    RegisterResponse::parse(answer.as_bytes()).map_err(|_| still_unknown(&record, journal))?;
                Registered {
                    from_journal: true,
                    ..self.registered(response, request, user_id)?
                }
            }
            record => return Err(still_unknown(&record, journal)),
        };
        Ok(registered)
    }

    /// A failure comes with the answer, if there was one.
    fn register_without_journal(
        &self,
        request: &RegisterRequest,
        key: &SecretString,
        user_id: i64,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> std::result::Result<Registered, (Error, Option<Box<Answer>>)> {
        let mut secrets = request.secrets();
        secrets.push(key);
        let sent = self
            .request(&REGISTER, request.api_version, "", Some(request.body()))
            .and_then(|http| {
                Session::open(&self.config.network, &self.config.base_url)?
                    .send(&REGISTER.effect, http, interrupted)
                    .and_then(|result| judge(&REGISTER, "", result, &secrets))
            });
        let answer = sent.map_err(|error| (error, None))?;
        let parsed = whole(&answer).and_then(RegisterResponse::parse);
        let response = match parsed {
            Ok(response) => response,
            Err(malformed) => return Err((unexpected(&REGISTER, "", &answer, malformed), Some(Box::new(answer)))),
        };
        self.registered(response, request, user_id)
            .map_err(|error| (error, Some(Box::new(answer))))
    }

    fn registered(&self, response: RegisterResponse, request: &RegisterRequest, user_id: i64) -> Result<Registered> {
        let (access_token_secret, secret_kept) = choose_secret(&response, self.config.current_auth.clone())?;
        let registration = Registration {
            customer_id: response.customer_id,
            order_id: response.order_id,
            site_id: response.site_id,
            secret_kept,
            api_version: request.api_version.as_str().to_owned(),
            url: request.url.wire().to_owned(),
        };
        Ok(Registered {
            auth: Auth {
                access_token: response.access_token,
                access_token_secret,
                site_id: response.site_id,
                user_id,
                updated: now(),
                url: self.home_url(request).given().to_owned(),
            },
            registration: serde_json::to_value(registration).unwrap_or_default(),
            from_journal: false,
            journaled: self.config.journal.is_some(),
            warnings: request.url.warning().into_iter().collect(),
        })
    }

    fn home_url<'a>(&'a self, request: &'a RegisterRequest) -> &'a SiteUrl {
        self.config.home_url.as_ref().unwrap_or(&request.url)
    }

    fn record(&self, request: &RegisterRequest) -> Record {
        Record {
            state: State::Sent,
            auth: None,
            registration: None,
            url: request.url.wire().to_owned(),
            home_url: self.home_url(request).given().to_owned(),
            api_version: request.api_version.as_str().to_owned(),
            email: request.email().map(str::to_owned),
            started: now(),
            http_status: 0,
            reason: None,
            answer: None,
        }
    }
}

fn nothing_sent(error: Error) -> Error {
    match error {
        Error::Local { message, retryable } => Error::Local {
            message: format!("Nothing was sent. {message}"),
            retryable,
        },
        other => other,
    }
}

/// The numbers of an answer.
fn without_credentials(mut answer: Value) -> Value {
    if let Value::Object(fields) = &mut answer {
        fields.retain(|name, _| matches!(name.as_str(), "customer_id" | "order_id" | "site_id"));
    }
    answer
}

fn still_unknown(record: &Record, journal: &SiteJournal) -> Error {
    Error::OutcomeUnknown {
        message: format!(
            "Nothing was sent now: a registration of {}{} has an unknown outcome, so that an order may exist. \
             Run `wp wccom-host recover` on the site: it looks for the order, and closes the matter when you have decided.",
            record.home_url,
            if record.started > 0 {
                format!(" begun at {}", iso_8601(record.started))
            } else {
                String::new()
            },
        ),
        http_status: record.http_status,
        journal_file: Some(journal.file().to_owned()),
    }
}

fn with_journal(error: Error, journal: &SiteJournal) -> Error {
    let journal_file = Some(journal.file().to_owned());
    match error {
        Error::OutcomeUnknown {
            message, http_status, ..
        } => Error::OutcomeUnknown {
            message,
            http_status,
            journal_file,
        },
        Error::UnexpectedResponse {
            message,
            http_status,
            field,
            outcome,
            ..
        } => Error::UnexpectedResponse {
            message,
            http_status,
            journal_file,
            field,
            outcome,
        },
        other => other,
    }
}
