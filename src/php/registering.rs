//! `wccom_host_version()`, and the functions around a registration but for its journal.

use ext_php_rs::types::{ZendHashTable, Zval};

use super::arguments::{Arguments, converted};
use super::{convert, interrupt, locks, registration_arrays, wordpress};
use crate::client::HostPlanClient;
use crate::endpoints::register::{RegisterRequest, checked_credential, credential};
use crate::error::Result;
use crate::fields::Fields;
use crate::journal::SiteJournal;
use crate::signature;

pub(super) fn version(_arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    converted(result.set_string(crate::VERSION, false))
}

pub(super) fn register(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    // What an earlier call has left there is gone, whatever happens.
    arguments.assign(2, ZendHashTable::new())?;
    let mut config = arguments.config(1)?;
    let request = RegisterRequest::new(arguments.map(0)?, config.api_version)?;
    config.site.user_id = config.site.user_id.or_else(wordpress::user_id);
    // A variable that cannot take the rest of the registration must say so before there is one.
    arguments.assign(2, ZendHashTable::new())?;
    let locked = match &config.journal {
        Some(folder) => {
            let site = config.site.home_url.as_ref().unwrap_or(&request.url);
            locks::still_holds(&SiteJournal::at(folder, site), config.network.timeout)?
        }
        None => false,
    };
    let registered = HostPlanClient::new(config).register(request, locked, &mut interrupt::pending)?;

    result.set_hashtable(converted(registration_arrays::auth(&registered.auth))?);
    arguments.assign(2, converted(registration_arrays::rest(&registered))?)
}

pub(super) fn check(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    config.key()?;
    let request = RegisterRequest::new(arguments.map(0)?, config.api_version)?;
    let warnings: Vec<String> = request.url.warning().into_iter().collect();
    *result = converted(convert::serialized(&warnings))?;
    Ok(())
}

pub(super) fn verify(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let mut auth = Fields::new("auth.", arguments.map(0)?);
    let token = credential(&mut auth, "access_token")?;
    let secret = credential(&mut auth, "access_token_secret")?;
    let me = HostPlanClient::new(arguments.config(1)?).verify(&token, &secret, &mut interrupt::pending)?;
    *result = converted(convert::zval(&me))?;
    Ok(())
}

pub(super) fn lookup(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let home_url = arguments.url(0, "home_url")?;
    let orders = HostPlanClient::new(arguments.config(1)?).lookup(&home_url, &mut interrupt::pending)?;
    *result = converted(convert::serialized(&orders))?;
    Ok(())
}

pub(super) fn same_site(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    result.set_bool(arguments.url(0, "url")?.same_site(&arguments.url(1, "other_url")?));
    Ok(())
}

pub(super) fn sign_url(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let url = arguments.url(0, "url")?;
    let secret = checked_credential("access_token_secret", arguments.text(1))?;
    converted(result.set_string(&signature::of_url(&url, &secret), false))
}
