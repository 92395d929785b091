//! The shop's time, and how the API shows times.

use jiff::Timestamp;
use jiff::tz::Offset;

/// The documented samples show a shop two hours ahead of GMT.
pub const SHOP_TIME: Offset = Offset::constant(2);

/// This second.
pub fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default()
}

/// GMT, without saying so.
pub fn gmt(time: Timestamp) -> String {
    local(time, Offset::UTC)
}

/// The shop's own time, without a zone.
pub fn shop_time(time: Timestamp) -> String {
    local(time, SHOP_TIME)
}

fn local(time: Timestamp, offset: Offset) -> String {
    offset.to_datetime(time).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The shop's date, `2018-11-30`.
pub fn today() -> String {
    SHOP_TIME.to_datetime(now()).date().to_string()
}

/// The month in the shop's time, as it sorts and as the API writes it: `6-2019`.
pub fn month(time: Timestamp) -> ((i16, i8), String) {
    let date = SHOP_TIME.to_datetime(time).date();
    let (year, month) = (date.year(), date.month());
    ((year, month), format!("{month}-{year}"))
}
