//! What can go wrong, and what it means for the order.

use std::path::PathBuf;

use crate::ids::Id;

/// Whether WooCommerce.com may have processed a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing left this machine: safe to send again.
    NotSent,
    /// `WooCommerce.com` said no: nothing was created.
    Refused,
    /// It may have been processed: never to be sent again by itself.
    Unknown,
}

impl Outcome {
    /// The name that PHP code sees.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// A failed operation. No message holds a secret or a raw body.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An argument is wrong. Nothing was sent.
    #[error("{message}")]
    InvalidRequest {
        /// The field, as a path: `customer.email`, `products[1]`.
        field: String,
        /// What is wrong with it and what is wanted.
        message: String,
    },
    /// A request of a batch for a site that the batch had before. Nothing was sent for this one.
    #[error("url is that of an earlier request of this batch; nothing was sent for this one")]
    DuplicateSite,
    /// This machine could not do its part (journal, lock, runtime). Nothing was sent.
    #[error("{message}")]
    Local {
        /// What happened and what to do.
        message: String,
        /// Whether the same call may work later, without anybody changing anything.
        retryable: bool,
    },
    /// No connection was made. Nothing was sent.
    #[error("{message}")]
    Connection {
        /// What happened.
        message: String,
        /// Whether the same call may work later.
        retryable: bool,
    },
    /// `WooCommerce.com`, or what stands in front of it, refused the request.
    #[error("{message}")]
    Api {
        /// What happened and what to do.
        message: String,
        /// The HTTP status.
        http_status: u16,
        /// The `code` of the `WordPress` REST error, if there was one.
        api_code: Option<String>,
        /// The parameters the answer complains about, with its words where it gave some.
        api_params: Vec<(String, String)>,
        /// Seconds to wait, from `Retry-After`.
        retry_after: Option<u64>,
    },
    /// The request may have been processed.
    #[error("{message}")]
    OutcomeUnknown {
        /// What happened, that an order may exist, and how to find out.
        message: String,
        /// The HTTP status, 0 if no answer came.
        http_status: u16,
        /// The journal's record of the request, if a journal was kept.
        journal_file: Option<PathBuf>,
    },
    /// A 2xx answer that is not the documented one.
    #[error("{message}")]
    UnexpectedResponse {
        /// What happened, that an order may exist, and how to find out.
        message: String,
        /// The HTTP status.
        http_status: u16,
        /// The journal's record of the request, if a journal was kept.
        journal_file: Option<PathBuf>,
        /// The field of the answer that is missing or malformed; empty if the whole answer is.
        field: String,
        /// Unknown, or refused if the request only reads.
        outcome: Outcome,
    },
    /// The site was registered before: the one-time secret was not given again, and none is known here.
    #[error("{message}")]
    SecretUnavailable {
        /// What happened and what to do.
        message: String,
        /// The order that the answer named.
        order_id: Id,
        /// The site that the answer named.
        site_id: i64,
    },
    /// The site was registered before, and its secret has been removed from the journal since. Nothing was sent.
    #[error("{message}")]
    RegistrationClosed {
        /// What happened and what to do.
        message: String,
        /// The order, 0 if the journal does not know it.
        order_id: Id,
        /// The site, 0 if the journal does not know it.
        site_id: i64,
    },
    /// The caller's interrupt function asked to stop.
    #[error("{}", if *sent {
        "The call was interrupted after the request had been sent: what became of it is unknown here."
    } else {
        "The call was interrupted: nothing was changed."
    })]
    Interrupted {
        /// Whether the request may have been sent by then.
        sent: bool,
    },
}

impl Error {
    /// An argument that is wrong; the message names the field.
    pub fn invalid(field: impl Into<String>, problem: impl AsRef<str>) -> Self {
        let field = field.into();
        let message = format!("{field} {}", problem.as_ref());
        Self::InvalidRequest { field, message }
    }

    /// What this failure means for the order.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::InvalidRequest { .. }
            | Self::DuplicateSite
            | Self::Local { .. }
            | Self::Connection { .. }
            | Self::Interrupted { sent: false } => Outcome::NotSent,
            Self::Api { .. } | Self::SecretUnavailable { .. } | Self::RegistrationClosed { .. } => Outcome::Refused,
            Self::UnexpectedResponse { outcome, .. } => *outcome,
            Self::OutcomeUnknown { .. } | Self::Interrupted { sent: true } => Outcome::Unknown,
        }
    }

    /// Whether sending the same request again, later, is safe and may help.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Local { retryable, .. } | Self::Connection { retryable, .. } => *retryable,
            Self::Api { http_status, .. } => matches!(http_status, 408 | 429 | 503),
            Self::Interrupted { sent } => !sent,
            _ => false,
        }
    }
}

/// The result of everything that can fail with [`enum@Error`].
pub type Result<T> = std::result::Result<T, Error>;
