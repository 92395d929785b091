//! A runtime that drives one future at a time, in short slices, so that the caller can look for interrupts in between.

use std::pin::Pin;
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::error::{Error, Result};

/// How long a slice is: also how long a signal waits for its handler.
pub const SLICE: Duration = Duration::from_millis(50);

/// What each further thread begins with, which looks names up: for whom the process belongs to.
pub static ON_THREAD_START: OnceLock<fn()> = OnceLock::new();

/// A fresh current-thread runtime.
///
/// # Errors
/// [`Error::Local`] if it cannot be made.
pub fn start() -> Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .on_thread_start(|| {
            if let Some(begin) = ON_THREAD_START.get() {
                begin();
            }
        })
        .build()
        .map_err(|error| Error::Local {
            message: format!("Nothing was sent: no runtime could be made on this machine: {error}"),
            retryable: true,
        })
}

/// Runs `future`. Between slices `interrupted` is asked whether to stop; then the future is dropped and the result is
/// `None`, unless by then it is sent (`is_sent`), and its answer is here. It is `None` too in a child that a signal handler
/// has forked: sockets and epoll belong to the parent's call, and the future is left as it is, since dropping it would end
/// that.
pub fn drive<F: Future>(
    runtime: &Runtime,
    future: F,
    is_sent: &dyn Fn() -> bool,
    interrupted: &mut dyn FnMut() -> bool,
) -> Option<F::Output> {
    let process = std::process::id();
    let mut future = Box::pin(future);
    loop {
        match runtime.block_on(async { timeout(SLICE, future.as_mut()).await }) {
            Ok(output) => return Some(output),
            Err(_slice_is_over) => {
                let stop = interrupted();
                if std::process::id() != process {
                    std::mem::forget(future);
                    return None;
                }
                if stop {
                    // A handler may have taken its time: what came meanwhile is the only copy of a secret.
                    return is_sent().then(|| what_has_come(runtime, future.as_mut())).flatten();
                }
            }
        }
    }
}

/// What the future gives without waiting, in the turns that it takes from the socket to here.
fn what_has_come<F: Future>(runtime: &Runtime, mut future: Pin<&mut F>) -> Option<F::Output> {
    const TURNS: usize = 8;
    runtime.block_on(async {
        for _ in 0..TURNS {
            if let Ok(output) = timeout(Duration::ZERO, future.as_mut()).await {
                return Some(output);
            }
            yield_now().await;
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::task::Poll;

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
        let output = drive(&start().unwrap(), future, &|| false, &mut || {
            slices.set(slices.get() + 1);
            false
        });
        assert_eq!(output, Some(7));
    }

    #[test]
    fn stops_when_it_is_interrupted() {
        let never = std::future::pending::<()>();
        assert_eq!(drive(&start().unwrap(), never, &|| true, &mut || true), None);
    }

    #[test]
    fn takes_what_has_come_meanwhile_only_of_a_request_that_was_sent() {
        for is_sent in [true, false] {
            let has_come = Cell::new(false);
            let future = std::future::poll_fn(|_| if has_come.get() { Poll::Ready(7) } else { Poll::Pending });
            let output = drive(&start().unwrap(), future, &|| is_sent, &mut || {
                has_come.set(true);
                true
            });
            assert_eq!(output, is_sent.then_some(7));
        }
    }
}
