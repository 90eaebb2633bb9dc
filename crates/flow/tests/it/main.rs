//! The engine from outside.

mod order;
mod pipeline;
mod props;
mod replay;
mod runner;
mod support;
