//! The extension `wccom_host`: converts arguments and answers, maps errors to exceptions, and lets PHP's interrupts
//! through. The only place with unsafe code, and the only one that knows Zend.

mod convert;
mod exceptions;
mod functions;
mod ini;
mod interrupt;
mod locks;
mod module;
mod output_parameter;
mod sensitive;
mod wordpress;
