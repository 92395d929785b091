//! When to end: SIGTERM, SIGINT, and the end of standard input if that was asked for.

use std::io::{self, Read};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// A future that completes when the sandbox should end.
pub fn watch(exit_with_stdin: bool) -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stdin_closed = exit_with_stdin.then(stdin_end);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = when(stdin_closed) => {}
        }
    })
}

/// A thread of its own, since tokio's standard input would hold up the end of the runtime until it is closed.
fn stdin_end() -> oneshot::Receiver<()> {
    let (closed, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut ignored = [0; 1024];
        while matches!(io::stdin().read(&mut ignored), Ok(1..)) {}
        let _ = closed.send(());
    });
    receiver
}

async fn when(closed: Option<oneshot::Receiver<()>>) {
    match closed {
        Some(receiver) => drop(receiver.await),
        None => std::future::pending().await,
    }
}
