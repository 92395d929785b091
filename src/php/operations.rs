//! The functions of the other operations of the API: each checks its arguments, calls the core, and gives what that gave.

use ext_php_rs::types::Zval;
use serde::Serialize;

use super::arguments::{Arguments, converted};
use super::{convert, interrupt};
use crate::client::HostPlanClient;
use crate::endpoints::install::InstallRequest;
use crate::endpoints::orders::Order;
use crate::endpoints::slug::Slug;
use crate::endpoints::update_connected_site::UpdateConnectedSiteRequest;
use crate::endpoints::update_url::UpdateUrlRequest;
use crate::error::Result;

pub(super) fn cancel(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let order_id = arguments.id(0, "order_id")?;
    give(
        result,
        &client(arguments, 1)?.cancel(&order_id, &mut interrupt::pending)?,
    )
}

pub(super) fn update_url(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let config = arguments.config(1)?;
    let request = UpdateUrlRequest::new(arguments.map(0)?, config.api_version)?;
    give(
        result,
        &HostPlanClient::new(config).update_url(&request, &mut interrupt::pending)?,
    )
}

pub(super) fn update_connected_site(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let request = UpdateConnectedSiteRequest::new(arguments.map(0)?)?;
    give(
        result,
        &client(arguments, 1)?.update_connected_site(&request, &mut interrupt::pending)?,
    )
}

pub(super) fn install(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let request = InstallRequest::new(arguments.map(0)?)?;
    give(
        result,
        &client(arguments, 1)?.install(&request, &mut interrupt::pending)?,
    )
}

pub(super) fn package(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    give(result, &client(arguments, 0)?.package(&mut interrupt::pending)?)
}

pub(super) fn product(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let slug = Slug::parse("slug", arguments.text(0))?;
    give(result, &client(arguments, 1)?.product(&slug, &mut interrupt::pending)?)
}

pub(super) fn order(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let order_id = arguments.id(0, "order_id")?;
    let give = |order: Order| convert::serialized(&order);
    *result = converted(client(arguments, 1)?.order(&order_id, give, &mut interrupt::pending)?)?;
    Ok(())
}

pub(super) fn order_connections(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let order_id = arguments.id(0, "order_id")?;
    give(
        result,
        &client(arguments, 1)?.order_connections(&order_id, &mut interrupt::pending)?,
    )
}

pub(super) fn site(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    let site_id = arguments.id(0, "site_id")?;
    give(result, &client(arguments, 1)?.site(&site_id, &mut interrupt::pending)?)
}

pub(super) fn totals(arguments: &mut Arguments, result: &mut Zval) -> Result<()> {
    give(result, &client(arguments, 0)?.totals(&mut interrupt::pending)?)
}

fn client(arguments: &Arguments, options: usize) -> Result<HostPlanClient> {
    arguments.config(options).map(HostPlanClient::new)
}

fn give(result: &mut Zval, answer: &impl Serialize) -> Result<()> {
    *result = converted(convert::serialized(answer))?;
    Ok(())
}
