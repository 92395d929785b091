//! Removing from a batch's log what is not needed any more.

use std::path::Path;
use std::time::Duration;

use super::filters::Pruning;
use super::log::{BatchLog, Fate, may_go_on};
use super::log_file::LogFile;
use super::{State, folder};
use crate::error::{Error, Result};

/// Removes the secrets of registrations that were received, and the records of sites that were not registered; or forgets
/// sites altogether. Gives their number.
///
/// # Errors
/// [`Error::Local`] if there is no such folder, if another process keeps it for `timeout`, or if the log cannot be written;
/// nothing is changed then, unless the folder "cannot be synced". [`Error::Interrupted`] if `interrupted` says so.
pub fn prune(
    folder: &Path,
    pruning: &Pruning,
    timeout: Duration,
    interrupted: &mut dyn FnMut() -> bool,
) -> Result<u64> {
    folder::check(folder)?;
    if LogFile::read(folder)?.is_none() {
        return Ok(0);
    }
    let busy = |what: &str| Error::Local {
        message: format!(
            "A batch of this process {what} the journal {}. Prune it afterwards.",
            folder.display()
        ),
        retryable: true,
    };
    if BatchLog::of_this_process(folder).is_some() && pruning.forget && pruning.filters.has_state(State::Sent) {
        return Err(busy("has requests in flight that are noted in"));
    }
    let log = BatchLog::open(folder, timeout, interrupted)?;
    let mut log = log.try_borrow_mut().map_err(|_| busy("is writing"))?;
    let process = std::process::id();
    let mut looked_at = 0_u64;
    let mut pruned = 0;
    log.rewrite(&mut |log, site, text| {
        looked_at += 1;
        may_go_on(looked_at, process, interrupted)?;
        let mut record = log.record(site, text);
        if !pruning.filters.want(site, &record) {
            return Ok(Fate::Keep);
        }
        pruned += 1;
        if record.state == State::Received && !pruning.forget {
            record.close();
            return Ok(Fate::Become(Box::new(record)));
        }
        if record.may_hide_a_secret() {
            log.keep_aside("forgotten", text)
                .map_err(|error| log.unwritable(&error))?;
        }
        Ok(Fate::Remove)
    })?;
    Ok(pruned)
}

#[cfg(test)]
mod tests;
