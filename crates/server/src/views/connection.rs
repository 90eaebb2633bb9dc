//! Connections as the API shows them.

use gemba_connect::{ConnectionConfig, Rejected};
use gemba_node::ConnectionStatus;
use gemba_plant::port::Link;
use schemars::JsonSchema;
use serde::Serialize;

use crate::moment::Moment;

/// A connection and how it is.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ConnectionView {
    /// Its configured name.
    name: String,
    /// Its protocol.
    protocol: String,
    /// How the link is.
    link: Link,
    /// Signals bound to it.
    signals: usize,
    /// Whether what it sends and nobody has bound becomes a signal.
    registers: bool,
    /// Samples per second over the last ten seconds.
    rate_per_s: f64,
    /// Samples since the start.
    received: u64,
    /// What could not be used since the start.
    rejected: u64,
    /// Why, the latest reason first; the last 20.
    rejects: Vec<RejectView>,
    /// When it last delivered something.
    last_arrival: Option<Moment>,
    /// Gaps that are open now.
    gaps_open: usize,
    /// Its configuration; secrets are references (`file:`, `env:`), never the secret.
    config: ConnectionConfig,
}

impl ConnectionView {
    pub(crate) fn of(status: &ConnectionStatus) -> Self {
        Self {
            name: status.name.clone(),
            protocol: status.protocol.clone(),
            link: status.link.clone(),
            signals: status.signals,
            registers: status.registers,
            rate_per_s: status.rate_per_s,
            received: status.received,
            rejected: status.rejected,
            rejects: status.rejects.iter().map(RejectView::of).collect(),
            last_arrival: status.last_arrival.map(Moment),
            gaps_open: status.gaps_open,
            config: status.config.clone(),
        }
    }
}

/// Something that a connection could not take, by its reason.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RejectView {
    /// Why.
    why: String,
    /// What to do about it, where that is known; else empty.
    cure: String,
    /// The last that it happened to: an address, a topic, a line, a file; shortened.
    example: String,
    /// How often, since the start.
    count: u64,
    /// When last.
    last: Moment,
}

impl RejectView {
    fn of(reject: &Rejected) -> Self {
        let Rejected { why, cure, example, count, last } = reject.clone();
        Self { why, cure, example, count, last: last.into() }
    }
}
