//! The extension `wccom_host`: converts arguments and answers, maps errors to exceptions, and lets PHP's interrupts
//! through. The only place with unsafe code, and the only one that knows Zend.

mod allocator;
mod arguments;
mod array;
mod convert;
mod declarations;
mod environment;
mod exceptions;
mod functions;
mod ini;
mod interrupt;
mod journal;
mod journal_records;
mod kept_key;
mod locks;
mod module;
mod operations;
mod order_array;
mod orders;
mod output_parameter;
mod registering;
mod registering_many;
mod registration_arrays;
mod secret_variables;
mod types;
mod wordpress;
