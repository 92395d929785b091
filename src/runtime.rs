//! Drives one call to its end in short slices, so that the caller can look for interrupts in between.

use std::time::Duration;

use crate::error::{Error, Result};

/// How long a slice is: also how long a signal waits for its handler.
const SLICE: Duration = Duration::from_millis(50);

/// Runs `future` on a fresh current-thread runtime. Between slices `interrupted` is asked whether to stop; then the
/// future is dropped and the result is `None`.
///
/// The runtime never outlives the call: one that is shared over `fork` lets a child receive its parent's answers.
///
/// # Errors
/// [`Error::Local`] if the runtime cannot be made.
pub fn drive<F: Future>(future: F, interrupted: &mut dyn FnMut() -> bool) -> Result<Option<F::Output>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Local {
            message: format!("Nothing was sent: no runtime could be made on this machine: {error}"),
            retryable: true,
        })?;
    let process = std::process::id();
    let mut future = Box::pin(future);
    let output = loop {
        match runtime.block_on(async { tokio::time::timeout(SLICE, future.as_mut()).await }) {
            Ok(output) => break Some(output),
            Err(_slice_is_over) => {
                let stop = interrupted();
                if std::process::id() != process {
                    // A signal handler has forked, and this is the child: sockets and epoll belong to the parent's call, which
                    // dropping them here would end.
                    std::mem::forget((future, runtime));
                    return Ok(None);
                }
                if stop {
                    break None;
                }
            }
        }
    };
    drop(future);
    // A plain drop would wait for a DNS lookup that is stuck.
    runtime.shutdown_background();
    Ok(output)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn gives_the_output_of_a_future_that_takes_several_slices() {
        let slices = Cell::new(0);
        let future = async {
            while slices.get() < 3 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            7
        };
        let output = drive(future, &mut || {
            slices.set(slices.get() + 1);
            false
        });
        assert_eq!(output.unwrap(), Some(7));
    }

    #[test]
    fn stops_when_it_is_interrupted() {
        assert_eq!(drive(std::future::pending::<()>(), &mut || true).unwrap(), None);
    }
}
