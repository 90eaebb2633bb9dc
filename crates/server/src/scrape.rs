//! Figures for Prometheus.

use std::sync::{Mutex, OnceLock, PoisonError};

use gemba_node::{FlowCounters, Node, NodeStatus};
use gemba_plant::port::Link;
use gemba_store::{Condition, Stats};
use metrics::gauge;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::Error;
use crate::listen::Places;
use crate::stream::Hub;

/// Bounds of histograms in seconds: half a millisecond to half a minute.
const SECONDS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The recorder is one for the whole process: the facade `metrics` is.
static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
/// Two servers in one process (tests) must not both install it.
static INSTALLING: Mutex<()> = Mutex::new(());

/// What gathers and prints figures.
#[derive(Clone, Debug)]
pub(crate) struct Scrape {
    handle: PrometheusHandle,
    places: Places,
}

impl Scrape {
    /// Installs the recorder of the process, or takes the one that is there.
    pub(crate) fn new(places: Places) -> Result<Self, Error> {
        let _turn = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = RECORDER.get() {
            return Ok(Self { handle: handle.clone(), places });
        }
        let failed = |why: String| Error::Metrics { why };
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)
            .map_err(|e| failed(e.to_string()))?
            .build_recorder();
        let handle = RECORDER.get_or_init(|| recorder.handle()).clone();
        metrics::set_global_recorder(recorder).map_err(|e| failed(e.to_string()))?;
        describe();
        Ok(Self { handle, places })
    }

    /// Lets histograms of the past be folded, so that they hold no more memory than their buckets.
    pub(crate) fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// The figures now, in Prometheus' text format.
    pub(crate) fn text(&self, node: &Node, hub: &Hub) -> String {
        node_figures(&node.status());
        let mut up = 0;
        for connection in node.connections().list() {
            let is_up = matches!(connection.link, Link::Up);
            up += usize::from(is_up);
            let name = connection.name;
            gauge!("gemba_connection_up", "connection" => name.clone(), "protocol" => connection.protocol)
                .set(f64::from(u8::from(is_up)));
            gauge!("gemba_connection_samples_per_second", "connection" => name.clone()).set(connection.rate_per_s);
            metrics::counter!("gemba_connection_samples_total", "connection" => name.clone())
                .absolute(connection.received);
            metrics::counter!("gemba_connection_rejected_total", "connection" => name).absolute(connection.rejected);
        }
        let (waiting, lost) = node.owed();
        gauge!("gemba_conclusions_waiting").set(waiting as f64);
        metrics::counter!("gemba_conclusions_lost_total").absolute(lost);
        gauge!("gemba_connections_up").set(up as f64);
        gauge!("gemba_http_connections").set(self.places.open() as f64);
        gauge!("gemba_stream_clients").set(hub.clients() as f64);
        self.handle.render()
    }
}

fn node_figures(status: &NodeStatus) {
    gauge!("gemba_samples_per_second").set(status.rate_per_s);
    gauge!("gemba_signals").set(status.signals as f64);
    gauge!("gemba_assets").set(status.assets as f64);
    gauge!("gemba_memory_bytes").set(status.memory_bytes as f64);
    for check in &status.checks {
        gauge!("gemba_check_ok", "check" => check.name.clone()).set(f64::from(u8::from(check.ok)));
    }
    store_figures(&status.store);
    flow_figures(&status.flow);
}

fn flow_figures(flow: &FlowCounters) {
    metrics::counter!("gemba_flow_delivered_total").absolute(flow.delivered);
    metrics::counter!("gemba_flow_late_total").absolute(flow.late);
    metrics::counter!("gemba_flow_ahead_total").absolute(flow.ahead);
    metrics::counter!("gemba_flow_duplicate_total").absolute(flow.duplicate);
    metrics::counter!("gemba_flow_forced_total").absolute(flow.forced);
    metrics::counter!("gemba_flow_skipped_total").absolute(flow.skipped);
}

fn describe() {
    metrics::describe_counter!("gemba_http_requests_total", "Requests by method, route and status.");
    metrics::describe_histogram!(
        "gemba_http_request_seconds",
        metrics::Unit::Seconds,
        "Time from request to the head of the answer."
    );
    metrics::describe_histogram!(
        "gemba_store_sync_seconds",
        metrics::Unit::Seconds,
        "Time to write and sync a group of appends to the log."
    );
    metrics::describe_counter!(
        "gemba_http_connections_refused_total",
        "Connections turned away because all places were taken."
    );
    metrics::describe_gauge!("gemba_http_connections", "HTTP connections that are open.");
    metrics::describe_gauge!("gemba_stream_clients", "Live streams that are open.");
    metrics::describe_gauge!("gemba_samples_per_second", "Samples per second over all connections.");
    metrics::describe_gauge!("gemba_signals", "Signals in the catalogue.");
    metrics::describe_gauge!("gemba_assets", "Assets in the catalogue.");
    metrics::describe_gauge!("gemba_memory_bytes", metrics::Unit::Bytes, "Resident memory.");
    metrics::describe_gauge!("gemba_check_ok", "1 while a check of the node is well.");
    metrics::describe_gauge!(
        "gemba_conclusions_waiting",
        "Findings and lines of the alarm journal that wait until the disk takes them."
    );
    metrics::describe_counter!("gemba_conclusions_lost_total", "Of those, how many were given up.");
    metrics::describe_counter!("gemba_flow_delivered_total", "Rows and waveforms that operators were given.");
    metrics::describe_counter!("gemba_flow_late_total", "Rows that came after their time had been judged.");
    metrics::describe_counter!("gemba_flow_ahead_total", "Rows set aside because their clock runs ahead.");
    metrics::describe_counter!("gemba_flow_duplicate_total", "Rows that came again.");
    metrics::describe_counter!(
        "gemba_flow_forced_total",
        "Times that an asset held too many rows to put them in order."
    );
    metrics::describe_counter!(
        "gemba_flow_skipped_total",
        "Rows that an operator missed while it rested after a fault."
    );
    metrics::describe_gauge!("gemba_connection_up", "1 while the link of a connection is up.");
    metrics::describe_gauge!("gemba_connection_samples_per_second", "Samples per second of a connection.");
    metrics::describe_counter!("gemba_connection_samples_total", "Samples of a connection since the start.");
    metrics::describe_counter!("gemba_connection_rejected_total", "What a connection sent and could not be used.");
}

fn store_figures(store: &Stats) {
    gauge!("gemba_store_samples").set(store.samples as f64);
    gauge!("gemba_store_hot_rows").set(store.hot_rows as f64);
    gauge!("gemba_store_bytes").set(store.bytes as f64);
    gauge!("gemba_store_files").set(store.files as f64);
    gauge!("gemba_store_wal_bytes").set(store.wal_bytes as f64);
    gauge!("gemba_store_unsynced_bytes").set(store.unsynced as f64);
    gauge!("gemba_store_disk_free_bytes").set(store.disk_free as f64);
    gauge!("gemba_store_accepting").set(f64::from(u8::from(store.state == Condition::Accepting)));
    metrics::counter!("gemba_store_rows_appended_total").absolute(store.appended);
    metrics::counter!("gemba_store_syncs_total").absolute(store.syncs);
    metrics::counter!("gemba_store_quarantined_total").absolute(store.quarantined);
    metrics::counter!("gemba_store_duplicates_dropped_total").absolute(store.duplicates_dropped);
}
