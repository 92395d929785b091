//! What the causes of an error tell.

use std::error::Error as StdError;

/// The innermost cause, which says most; the outer ones repeat the URL.
pub(super) fn reason(error: &Cause) -> String {
    causes(error)
        .last()
        .map_or_else(|| "unknown cause".to_owned(), ToString::to_string)
}

/// Whether the service says so: streams above the last one that a GOAWAY names (RFC 9113, 6.8; nginx sends it after each
/// 1,000 requests), and a refused stream (8.7). Both errors come from the other side only for streams that it has not begun.
pub(super) fn was_not_processed(error: &h2::Error) -> bool {
    let reason = error.reason();
    error.is_remote()
        && ((error.is_go_away() && reason == Some(h2::Reason::NO_ERROR))
            || (error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM)))
}

pub(super) fn is_about_tls(error: &Cause) -> bool {
    causes(error).any(<Cause>::is::<rustls::Error>)
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
