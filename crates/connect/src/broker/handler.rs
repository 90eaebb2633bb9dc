//! Holds the acknowledgement of a message back until it is stored.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock, Weak};

use mqtt5::QoS;
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::{BrokerEventHandler, ClientPublishEvent, PublishAction};
use mqtt5::packet::publish::PublishPacket;

use super::door::OURSELVES;
use super::receipts::Receipts;
use super::{Acknowledge, RECEIPT};

/// Called by the broker for every message before it is acknowledged.
pub(crate) struct Handler {
    acknowledge: Acknowledge,
    receipts: Arc<Receipts>,
    router: OnceLock<Weak<MessageRouter>>,
}

impl Handler {
    /// Before the broker exists.
    pub(crate) fn new(acknowledge: Acknowledge, receipts: Arc<Receipts>) -> Self {
        Self { acknowledge, receipts, router: OnceLock::new() }
    }

    /// Once the broker exists.
    pub(crate) fn attach(&self, router: &Arc<MessageRouter>) {
        self.router.get_or_init(|| Arc::downgrade(router));
    }

    async fn hold(&self, event: ClientPublishEvent) -> PublishAction {
        let at_once = self.acknowledge == Acknowledge::Received
            || event.qos == QoS::AtMostOnce
            || event.user_id.as_deref() == Some(OURSELVES);
        let Some(router) = self.router.get().and_then(Weak::upgrade).filter(|_| !at_once) else {
            return PublishAction::Continue;
        };
        let Some(pending) = self.receipts.open(&event.topic).await else { return PublishAction::Continue };
        router.route_message(&with_receipt(&event, &pending.id), Some(&event.client_id)).await;
        drop(router);
        if pending.done.await.is_err() {
            tracing::debug!("the receipts are gone; the broker is ending");
        }
        PublishAction::Handled
    }
}

/// The message as it came, with its receipt.
fn with_receipt(event: &ClientPublishEvent, receipt: &str) -> PublishPacket {
    let mut packet = PublishPacket::new(event.topic.to_string(), event.payload.clone(), event.qos)
        .with_retain(event.retain)
        .with_user_property(RECEIPT.into(), receipt.into());
    if let Some(topic) = &event.response_topic {
        packet = packet.with_response_topic(topic.to_string());
    }
    if let Some(data) = &event.correlation_data {
        packet = packet.with_correlation_data(data.to_vec());
    }
    packet
}

impl BrokerEventHandler for Handler {
    fn on_client_publish<'a>(
        &'a self,
        event: ClientPublishEvent,
    ) -> Pin<Box<dyn Future<Output = PublishAction> + Send + 'a>> {
        Box::pin(self.hold(event))
    }
}
