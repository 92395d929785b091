//! What the causes of an error tell.

use std::error::Error as StdError;

use super::tls_failure;

/// The beginning of what the client says of a proxy that does not pass it on: its type is not public.
const OF_THE_PROXY: &str = "tunnel error: ";
const CREDENTIALS_WANTED: &str = "proxy authorization required";
/// The beginning of what rustls says of an end that anybody in between can make.
const CUT_OFF: &str = "peer closed connection without sending TLS close_notify";

/// The innermost cause, which says most; the outer ones repeat the URL.
pub(super) fn reason(error: &Cause) -> String {
    match (of_tls(error), of_the_proxy(error)) {
        (Some(cause), _) => tls_failure::in_words(cause),
        (None, Some(cause)) => proxy_in_words(&cause),
        (None, None) => match innermost(error) {
            cause if cause.starts_with(CUT_OFF) => "it ended without the words that end TLS".to_owned(),
            cause => cause,
        },
    }
}

/// Whether the service says so: streams above the last one that a GOAWAY names (RFC 9113, 6.8; nginx sends it after each
/// 1,000 requests), and a refused stream (8.7). Both errors come from the other side only for streams that it has not begun.
pub(super) fn was_not_processed(error: &h2::Error) -> bool {
    let reason = error.reason();
    error.is_remote()
        && ((error.is_go_away() && reason == Some(h2::Reason::NO_ERROR))
            || (error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM)))
}

/// Whether a connection that was not made may be made a moment later. Neither a certificate nor a password changes until
/// then, and a proxy locks out who tries a wrong one again and again.
pub(super) fn may_pass(error: &Cause) -> bool {
    of_tls(error).is_none() && of_the_proxy(error).is_none_or(|cause| cause != CREDENTIALS_WANTED)
}

fn of_tls(error: &Cause) -> Option<&rustls::Error> {
    causes(error).find_map(<Cause>::downcast_ref)
}

fn of_the_proxy(error: &Cause) -> Option<String> {
    innermost(error).strip_prefix(OF_THE_PROXY).map(str::to_owned)
}

fn proxy_in_words(cause: &str) -> String {
    match cause {
        CREDENTIALS_WANTED => {
            "the proxy wants a user name and password, or other ones (HTTP 407): give them in the address of \
                               the proxy"
                .to_owned()
        }
        "unsuccessful" => "the proxy did not make the connection".to_owned(),
        "unexpected end of file" => "the proxy closed the connection without an answer".to_owned(),
        other => format!("the proxy did not make the connection ({other})"),
    }
}

fn innermost(error: &Cause) -> String {
    causes(error)
        .last()
        .map_or_else(|| "unknown cause".to_owned(), in_words)
}

/// Without what the other side may say in a GOAWAY, such as the request's own head.
fn in_words(error: &Cause) -> String {
    let ended = error.downcast_ref::<h2::Error>().filter(|error| error.is_go_away());
    match ended.and_then(h2::Error::reason) {
        Some(reason) => format!("connection error: {reason}"),
        None => error.to_string(),
    }
}

pub(super) type Cause = dyn StdError + 'static;

fn causes(error: &Cause) -> impl Iterator<Item = &Cause> {
    std::iter::successors(Some(error), |error| inner_cause(*error))
}

/// The source of an `io::Error` that wraps another error is that error's source, not the error itself.
fn inner_cause(error: &Cause) -> Option<&Cause> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}
