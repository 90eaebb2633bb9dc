//! From bindings to monitored items.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::{SignalId, SignalKind};
use opcua::client::UARequest;
use opcua::client::services::{CreateMonitoredItems, CreateSubscription};
use opcua::types::{
    DataChangeFilter, DataChangeTrigger, ExtensionObject, MonitoredItemCreateRequest, MonitoringMode,
    MonitoringParameters, NodeId, StatusCode, TimestampsToReturn,
};

use super::config::{Config, Deadband, Trigger};
use super::limits::{Limits, too_much, value_of};
use super::line::Line;
use crate::Error;

/// The most items in one subscription: servers divide their work by subscription.
const ITEMS_MAX: usize = 10_000;
/// The most values in one publish response: some hundred kilobytes.
const VALUES_MAX: u32 = 10_000;
/// How often the server at least shows a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);
/// How long the server keeps a subscription that nobody asks for.
const LIFETIME: Duration = Duration::from_mins(1);
/// `DeadbandType` (OPC 10000-4 §7.22.2): none, absolute and percent.
const NO_DEADBAND: u32 = 0;
/// See [`NO_DEADBAND`].
const ABSOLUTE: u32 = 1;
/// See [`NO_DEADBAND`].
const PERCENT: u32 = 2;

/// A node that is watched.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The signal; none for a companion that only tells a sampling rate.
    pub(super) signal: Option<SignalId>,
    /// How it behaves.
    pub(super) kind: SignalKind,
    /// The node.
    pub(super) node: NodeId,
}

/// How long the server may show no sign of life before it counts as lost.
pub(super) fn patience(config: &Config) -> Duration {
    let interval = Duration::from_millis(config.publishing_interval_ms);
    SIGN_OF_LIFE.max(interval) * 3 + Duration::from_millis(config.timeout_ms)
}

/// Subscriptions of a session: the one that takes more items.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    open: Option<Open>,
    /// How many were made.
    made: usize,
}

/// A subscription, and how many items it holds.
#[derive(Clone, Copy, Debug)]
struct Open {
    id: u32,
    used: usize,
}

/// A place where items come from and refusals go to.
pub(super) struct Order<'a> {
    /// What is configured.
    pub(super) config: &'a Config,
    /// What the server takes at once.
    pub(super) limits: Limits,
}

impl Subscriptions {
    /// How many were made.
    pub(super) fn count(&self) -> usize {
        self.made
    }

    /// Watches some nodes. Gives those that the server refused, each with its status: one bad node never costs
    /// another.
    ///
    /// # Errors
    /// When the session is lost, or the server refuses subscriptions at all.
    pub(super) async fn watch(
        &mut self,
        line: &mut Line,
        order: &Order<'_>,
        targets: &BTreeMap<u32, Target>,
    ) -> Result<BTreeMap<u32, StatusCode>, Error> {
        let mut refused = self.add(line, order, targets, true).await?;
        let plain: BTreeMap<u32, Target> = targets
            .iter()
            .filter(|(handle, _)| refused.get(handle).copied().is_some_and(filtered_out))
            .map(|(h, t)| (*h, t.clone()))
            .collect();
        if !plain.is_empty() {
            refused.retain(|handle, _| !plain.contains_key(handle));
            refused.append(&mut self.add(line, order, &plain, false).await?);
        }
        Ok(refused)
    }

    async fn add(
        &mut self,
        line: &mut Line,
        order: &Order<'_>,
        targets: &BTreeMap<u32, Target>,
        filter: bool,
    ) -> Result<BTreeMap<u32, StatusCode>, Error> {
        let mut todo: Vec<MonitoredItemCreateRequest> =
            targets.iter().map(|(handle, target)| request(order.config, *handle, target, filter)).collect();
        // `fit` shrinks to fill a subscription to its last place, `most` to what the server takes at once
        let (mut refused, mut most, mut fit) = (BTreeMap::new(), order.limits.items, order.limits.items);
        while !todo.is_empty() {
            let open = match self.open(line, order).await? {
                Ok(open) => open,
                Err(code) => {
                    refused.extend(todo.iter().map(|item| (item.requested_parameters.client_handle, code)));
                    break;
                }
            };
            let room = ITEMS_MAX.saturating_sub(open.used).max(1);
            let chunk: Vec<_> = todo.iter().take(most.min(fit).min(room)).cloned().collect();
            let session = Arc::clone(&line.session);
            let create = CreateMonitoredItems::new(open.id, &session)
                .timestamps_to_return(TimestampsToReturn::Both)
                .items_to_create(chunk.clone())
                .send(session.channel());
            match line.try_ask(create).await? {
                Ok(created) => {
                    let codes =
                        created.results.iter().map(|r| (r.requested_parameters.client_handle, r.result.status_code));
                    refused.extend(codes.filter(|(_, code)| !code.is_good()));
                    self.open = Some(Open { used: open.used + chunk.len(), ..open });
                    todo.drain(..chunk.len());
                }
                Err(error) if too_much(error.status()) && chunk.len() > 1 => most = chunk.len() / 2,
                Err(error) if is_full(error.status()) && chunk.len() > 1 => fit = chunk.len() / 2,
                Err(error) if is_full(error.status()) && open.used > 0 => {
                    self.open = None;
                    fit = most;
                }
                Err(error) if is_full(error.status()) => {
                    refused
                        .extend(todo.drain(..).map(|item| (item.requested_parameters.client_handle, error.status())));
                }
                Err(error) => return Err(line.refused("watching values", &error)),
            }
        }
        Ok(refused)
    }

    /// A subscription with room; made when there is none. The inner error is the server's refusal of one more.
    async fn open(&mut self, line: &mut Line, order: &Order<'_>) -> Result<Result<Open, StatusCode>, Error> {
        if let Some(open) = self.open.filter(|open| open.used < ITEMS_MAX) {
            return Ok(Ok(open));
        }
        let interval = Duration::from_millis(order.config.publishing_interval_ms);
        let times =
            |span: Duration| u32::try_from(span.as_millis() / interval.as_millis().max(1)).unwrap_or(u32::MAX).max(1);
        let keep_alive = times(SIGN_OF_LIFE);
        let lifetime = times(LIFETIME).max(keep_alive.saturating_mul(3));
        let session = Arc::clone(&line.session);
        // unknown to the stack's session, so that its own loop asks for nothing and acknowledges nothing
        let create = CreateSubscription::new(&session)
            .publishing_interval(interval)
            .max_lifetime_count(lifetime)
            .max_keep_alive_count(keep_alive)
            .max_notifications_per_publish(VALUES_MAX)
            .send(session.channel());
        match line.try_ask(create).await? {
            Ok(created) => {
                self.made += 1;
                let open = Open { id: created.subscription_id, used: 0 };
                self.open = Some(open);
                Ok(Ok(open))
            }
            Err(error) if self.made > 0 => Ok(Err(error.status())),
            Err(error) => Err(line.refused("a subscription", &error)),
        }
    }
}

/// Whether a subscription takes no more items.
const fn is_full(code: StatusCode) -> bool {
    matches!(code, StatusCode::BadTooManyMonitoredItems)
}

fn request(config: &Config, handle: u32, target: &Target, filter: bool) -> MonitoredItemCreateRequest {
    let measured = matches!(target.kind, SignalKind::Gauge | SignalKind::Counter);
    MonitoredItemCreateRequest {
        item_to_monitor: value_of(&target.node),
        monitoring_mode: MonitoringMode::Reporting,
        requested_parameters: MonitoringParameters {
            client_handle: handle,
            sampling_interval: config.sampling_interval_ms as f64,
            filter: if filter && measured { changes(config) } else { ExtensionObject::null() },
            queue_size: config.queue_size,
            discard_oldest: true,
        },
    }
}

/// Which changes are wanted; null where that is what every server does anyway.
fn changes(config: &Config) -> ExtensionObject {
    let (deadband_type, deadband_value) = match config.deadband {
        None if config.trigger == Trigger::Value => return ExtensionObject::null(),
        None => (NO_DEADBAND, 0.0),
        Some(Deadband::Absolute(value)) => (ABSOLUTE, value),
        Some(Deadband::Percent(value)) => (PERCENT, value),
    };
    let trigger = match config.trigger {
        Trigger::Value => DataChangeTrigger::StatusValue,
        Trigger::Timestamp => DataChangeTrigger::StatusValueTimestamp,
    };
    ExtensionObject::from_message(DataChangeFilter { trigger, deadband_type, deadband_value })
}

/// Whether the server refused the dead band, not the node.
const fn filtered_out(code: StatusCode) -> bool {
    matches!(
        code,
        StatusCode::BadMonitoredItemFilterUnsupported
            | StatusCode::BadMonitoredItemFilterInvalid
            | StatusCode::BadFilterNotAllowed
            | StatusCode::BadDeadbandFilterInvalid
    )
}
