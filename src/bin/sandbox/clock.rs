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
