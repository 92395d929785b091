//! Registering one site: the request, and the journal before and after it.

use std::path::Path;

use bytes::Bytes;
use http::Request;
use secrecy::{ExposeSecret, SecretString};

use super::site_registration::{Failed, settle, when};
use super::{HostPlanClient, whole};
use crate::client::{Registered, SiteRegistration};
use crate::endpoints::ApiVersion;
use crate::endpoints::register::{RegisterRequest, RegisterResponse};
use crate::error::{Error, Outcome, Result};
use crate::fault_point::reach;
use crate::journal::{Record, SiteJournal};
use crate::operation::REGISTER;
use crate::outcome::{judge, unexpected};
use crate::secret::redact;
use crate::session::Session;
use crate::transport::{Answer, Failure};

/// What to do about an unknown outcome on a site.
const RECOVER: &str =
    "Run `wp wccom-host recover` on the site: it looks for the order, and closes the matter when you have decided.";

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
        request: RegisterRequest,
        locked: bool,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Registered> {
        self.config.key()?;
        let site = &SiteRegistration {
            request,
            options: self.config.site.clone(),
        };
        let Some(folder) = &self.config.journal else {
            return self
                .register_without_journal(site, interrupted)
                .map_err(|(error, _)| error);
        };
        let process = std::process::id();
        let journal = SiteJournal::open(folder, site.home_url()).map_err(nothing_sent)?;
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
            return site.earlier_run(record, |record| still_unknown(record, RECOVER, journal.file()));
        }

        let mut record = site.record();
        reach("before-sent");
        let reservation = journal.begin(&record).map_err(nothing_sent)?;
        reach("sent");
        let result = self.register_without_journal(site, interrupted);
        if std::process::id() != process {
            // A signal handler has forked, and this is the child: the request and the journal are its parent's.
            return result.map_err(|(error, _)| error);
        }
        settle(&mut record, &result);
        match result {
            Ok(mut registered) => {
                reach("answered");
                match journal.finish(reservation, &record) {
                    Ok(()) => registered.journaled = true,
                    Err(error) => registered.warnings.push(not_journaled(&error)),
                }
                reach("received");
                Ok(registered)
            }
            Err((error, _)) if error.outcome() == Outcome::Unknown => {
                // If this fails, the record "sent" stands, and says the same with fewer words.
                let _ = journal.finish(reservation, &record);
                Err(with_journal(error, journal.file()))
            }
            Err((error @ Error::SecretUnavailable { .. }, _)) => {
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

    fn register_without_journal(
        &self,
        site: &SiteRegistration,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> std::result::Result<Registered, Failed> {
        let sent = self
            .registration_request(site.request.api_version)
            .and_then(|mut http| {
                *http.body_mut() = site.request.body().into();
                Session::open(&self.config.network, &self.config.base_url)?.send(&REGISTER.effect, http, interrupted)
            });
        match sent {
            Ok(result) => self.registration_result(site, result),
            Err(error) => Err((error, None)),
        }
    }

    /// The request, but for its body.
    pub(crate) fn registration_request(&self, api_version: ApiVersion) -> Result<Request<Bytes>> {
        let url = self.url(&REGISTER, api_version, "");
        self.request(&REGISTER.method, &url, Some(Vec::new()))
    }

    /// What came back, as a registration or an error.
    pub(crate) fn registration_result(
        &self,
        site: &SiteRegistration,
        result: std::result::Result<Answer, Failure>,
    ) -> std::result::Result<Registered, Failed> {
        let mut secrets = site.request.secrets();
        secrets.extend(self.config.key());
        let answer = judge(&REGISTER, "", result, &secrets).map_err(|error| (error, None))?;
        let registered = match whole(&answer).and_then(RegisterResponse::parse) {
            Ok(response) => site.registered(response),
            Err(malformed) => Err(unexpected(&REGISTER, "", &answer, &malformed, &secrets)),
        };
        registered.map_err(|error| (error, Some(Box::new(redacted(answer, &secrets)))))
    }
}

/// What is shorter is a placeholder for tests: it would be found in the names of fields, and within the secret that is kept.
const SHORTEST_SECRET: usize = 8;

/// An answer as the journal may keep it: what it repeats of the request is no secret of the site's.
fn redacted(mut answer: Answer, secrets: &[&SecretString]) -> Answer {
    let secrets: Vec<_> = secrets
        .iter()
        .copied()
        .filter(|secret| secret.expose_secret().len() >= SHORTEST_SECRET)
        .collect();
    answer.body = redact(&String::from_utf8_lossy(&answer.body), &secrets).into_bytes();
    answer
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

/// The caller's hands are then the only place where the secret is: better there than nowhere.
pub(crate) fn not_journaled(error: &Error) -> String {
    format!("If this registration is not saved now, its secret is lost: {error}")
}

/// What the journal says of a request whose outcome is unknown; `advice` is a sentence.
pub(crate) fn still_unknown(record: &Record, advice: &str, journal_file: &Path) -> Error {
    Error::OutcomeUnknown {
        message: format!(
            "Nothing was sent now: a registration of {}{} has an unknown outcome, so that an order may exist. {advice}",
            record.home_url,
            when(record, " begun at "),
        ),
        http_status: record.http_status,
        journal_file: Some(journal_file.to_owned()),
    }
}

pub(crate) fn with_journal(error: Error, journal_file: &Path) -> Error {
    let journal_file = Some(journal_file.to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_answer_loses_what_it_repeats_and_no_part_of_its_own_secret() {
        let answer = |body: &str| Answer {
            status: 200,
            retry_after: None,
            total: None,
            total_pages: None,
            body: body.as_bytes().to_vec(),
            cut_off: None,
        };
        let kept = |body, secrets: [&str; 2]| {
            let secrets = secrets.map(SecretString::from);
            String::from_utf8(redacted(answer(body), &secrets.each_ref()).body).unwrap()
        };
        let body = r#"{"access_token":"token-of-the-site","access_token_secret":"bake1","echo":"a key of 16 bytes"}"#;
        assert_eq!(kept(body, ["k", "token"]), body);
        assert_eq!(
            kept(body, ["a key of 16 bytes", "other-token"]),
            body.replace("a key of 16 bytes", "[redacted]")
        );
    }
}
