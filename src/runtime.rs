//! A runtime that drives one future at a time, in short slices, so that the caller can look for interrupts in between.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Result};

/// How long a slice is: also how long a signal waits for its handler.
pub const SLICE: Duration = Duration::from_millis(50);

/// A fresh current-thread runtime.
///
/// # Errors
/// [`Error::Local`] if it cannot be made.
pub fn start() -> Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Local {
            message: format!("Nothing was sent: no runtime could be made on this machine: {error}"),
            retryable: true,
        })
}

/// Runs `future`. Between slices `interrupted` is asked whether to stop; then the future is dropped and the result is
/// `None`. It is `None` too in a child that a signal handler has forked: sockets and epoll belong to the parent's call, and
/// the future is left as it is, since dropping it would end that.
pub fn drive<F: Future>(runtime: &Runtime, future: F, interrupted: &mut dyn FnMut() -> bool) -> Option<F::Output> {
    let process = std::process::id();
    let mut future = Box::pin(future);
    loop {
        match runtime.block_on(async { tokio::time::timeout(SLICE, future.as_mut()).await }) {
            Ok(output) => return Some(output),
            Err(_slice_is_over) => {
                let stop = interrupted();
                if std::process::id() != process {
                    std::mem::forget(future);
                    return None;
                }
                if stop {
                    return None;
                }
            }
        }
    }
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
        let output = drive(&start().unwrap(), future, &mut || {
            slices.set(slices.get() + 1);
            false
        });
        assert_eq!(output, Some(7));
    }

    #[test]
    fn stops_when_it_is_interrupted() {
        assert_eq!(
            drive(&start().unwrap(), std::future::pending::<()>(), &mut || true),
            None
        );
    }
}
