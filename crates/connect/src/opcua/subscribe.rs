//! From bindings to monitored items.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gemba_plant::{SignalId, SignalKind};
use opcua::client::{MonitoredItemMap, OnSubscriptionNotificationCore};
use opcua::types::{
    DataChangeFilter, DataChangeTrigger, ExtensionObject, MonitoredItemCreateRequest, MonitoringMode,
    MonitoringParameters, NodeId, NotificationMessage, StatusCode, TimestampsToReturn,
};

use super::config::{Config, Deadband};
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
/// `DeadbandType` (OPC 10000-4 §7.22.2): absolute and percent.
const ABSOLUTE: u32 = 1;
/// See [`ABSOLUTE`].
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

/// Messages that came and that nobody has taken yet. Bounded: only filled while the session is driven, and the
/// session is driven only by the task that empties it after every step.
#[derive(Clone, Default)]
pub(super) struct Inbox(Arc<Mutex<Vec<NotificationMessage>>>);

impl Inbox {
    /// What came since the last call.
    pub(super) fn take(&self) -> Vec<NotificationMessage> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl OnSubscriptionNotificationCore for Inbox {
    fn on_subscription_notification(&mut self, notification: NotificationMessage, _items: MonitoredItemMap<'_>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(notification);
    }
}

/// How long the server may show no sign of life before it counts as lost.
pub(super) fn patience(config: &Config) -> Duration {
    let interval = Duration::from_millis(config.publishing_interval_ms);
    SIGN_OF_LIFE.max(interval) * 3 + Duration::from_millis(config.timeout_ms)
}

/// Subscriptions of a session: which take more items.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    /// The last one made, and how many more items it takes.
    open: Option<(u32, usize)>,
}

/// A place where items come from and refusals go to.
pub(super) struct Order<'a> {
    /// What is configured.
    pub(super) config: &'a Config,
    /// What the server takes at once.
    pub(super) limits: Limits,
    /// Where notifications go.
    pub(super) inbox: Inbox,
}

impl Subscriptions {
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
        let (mut refused, mut most) = (BTreeMap::new(), order.limits.items);
        while !todo.is_empty() {
            let (id, room) = self.room(line, order).await?;
            let chunk: Vec<_> = todo.iter().take(most.min(room)).cloned().collect();
            let session = Arc::clone(&line.session);
            let create = session.create_monitored_items(id, TimestampsToReturn::Both, chunk.clone());
            match line.try_ask(create).await? {
                Ok(results) => {
                    let codes =
                        results.iter().map(|item| (item.requested_parameters.client_handle, item.result.status_code));
                    refused.extend(codes.filter(|(_, code)| !code.is_good()));
                    self.open = Some((id, room.saturating_sub(chunk.len())));
                    todo.drain(..chunk.len());
                }
                Err(error) if too_much(error.status()) && chunk.len() > 1 => most = chunk.len() / 2,
                Err(error) => return Err(line.refused("watching values", &error)),
            }
        }
        Ok(refused)
    }

    /// A subscription with room; made when there is none.
    async fn room(&mut self, line: &mut Line, order: &Order<'_>) -> Result<(u32, usize), Error> {
        if let Some((id, room)) = self.open.filter(|(_, room)| *room > 0) {
            return Ok((id, room));
        }
        let interval = Duration::from_millis(order.config.publishing_interval_ms);
        let times =
            |span: Duration| u32::try_from(span.as_millis() / interval.as_millis().max(1)).unwrap_or(u32::MAX).max(1);
        let (keep_alive, lifetime) = (times(SIGN_OF_LIFE), times(LIFETIME));
        let lifetime = lifetime.max(keep_alive.saturating_mul(3));
        let session = Arc::clone(&line.session);
        let create =
            session.create_subscription(interval, lifetime, keep_alive, VALUES_MAX, 0, true, order.inbox.clone());
        let id = line.ask("a subscription", create).await?;
        self.open = Some((id, ITEMS_MAX));
        Ok((id, ITEMS_MAX))
    }
}

fn request(config: &Config, handle: u32, target: &Target, filter: bool) -> MonitoredItemCreateRequest {
    let measured = matches!(target.kind, SignalKind::Gauge | SignalKind::Counter);
    MonitoredItemCreateRequest {
        item_to_monitor: value_of(&target.node),
        monitoring_mode: MonitoringMode::Reporting,
        requested_parameters: MonitoringParameters {
            client_handle: handle,
            sampling_interval: config.sampling_interval_ms as f64,
            filter: config.deadband.filter(|_| filter && measured).map_or_else(ExtensionObject::null, deadband),
            queue_size: config.queue_size,
            discard_oldest: true,
        },
    }
}

fn deadband(deadband: Deadband) -> ExtensionObject {
    let (deadband_type, deadband_value) = match deadband {
        Deadband::Absolute(value) => (ABSOLUTE, value),
        Deadband::Percent(value) => (PERCENT, value),
    };
    ExtensionObject::from_message(DataChangeFilter {
        trigger: DataChangeTrigger::StatusValue,
        deadband_type,
        deadband_value,
    })
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
