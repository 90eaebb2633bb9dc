//! Points in time as the API writes them.

pub(crate) use gemba_node::Moment;
