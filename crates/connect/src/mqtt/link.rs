//! The task that keeps a session alive: connect, listen, acknowledge, back off, come back.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gemba_plant::Timestamp;
use gemba_plant::port::{Clock, Link, told};
use mqtt5::packet::disconnect::DisconnectPacket;
use mqtt5::packet::puback::PubAckPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;
use mqtt5::{Packet, QoS};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};

use super::Version;
use super::dial::STEP_MAX;
use super::session::{Plan, Reader, Session, Writer, granted, is_unknown_version};
use super::unsettled::{Seen, Unsettled};
use super::wire::{Frame, Publish};
use crate::broker::Registration;
use crate::{Backoff, Error};

/// Messages waiting for the source at once. Together with [`WAITING_KIB`] the bound of memory.
const WAITING_MAX: usize = 256;
/// KiB of payload waiting for the source at once; beyond it the socket is not read, so the broker waits.
const WAITING_KIB: u32 = 16 * 1024;
/// Orders from the source waiting for the link at once.
const ORDERS_MAX: usize = 256;
/// A link that was up for this long starts the back-off anew when it is lost.
const STEADY: Duration = Duration::from_secs(10);

/// What the link tells the source.
#[derive(Debug)]
pub(crate) enum Event {
    /// Connected and subscribed.
    Up {
        /// Since when; the same time as in the will.
        at: Timestamp,
        /// Whether the broker kept our session.
        resumed: bool,
    },
    /// The broker kept our session: what it held for us follows, before or after [`Event::Up`].
    Resumed,
    /// A message.
    Message(Message),
    /// A message that could not be taken off the wire.
    Refused {
        /// Its topic.
        topic: String,
        /// What was wrong.
        why: String,
        /// To acknowledge it.
        receipt: Option<Receipt>,
    },
    /// The link is lost, or could not be made.
    Down {
        /// When that was noticed.
        at: Timestamp,
        /// When the broker last showed that it is there; none when it never did.
        heard: Option<Timestamp>,
        /// Why.
        why: String,
    },
}

/// A message as it came.
#[derive(Debug)]
pub(crate) struct Message {
    /// Its topic.
    pub(crate) topic: String,
    /// Its bytes.
    pub(crate) payload: Bytes,
    /// Whether the broker had kept it.
    pub(crate) retained: bool,
    /// To acknowledge it; none when nobody waits for that.
    pub(crate) receipt: Option<Receipt>,
    /// Its share of the memory that may wait, given back when it is dropped.
    pub(crate) share: Option<OwnedSemaphorePermit>,
}

/// The right to acknowledge a message, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Which session of the broker it belongs to.
    pub(crate) session: u64,
    /// The packet identifier.
    pub(crate) packet_id: u16,
    /// What the embedded broker waits for, see [`crate::broker`].
    pub(crate) embedded: Option<String>,
}

/// What the source tells the link.
#[derive(Debug)]
pub(crate) enum Order {
    /// These messages are on disk.
    Settle(Vec<Receipt>),
    /// Say this.
    Publish(Publish),
}

/// The words the broker says for us when we are gone; told the time of connecting.
pub(crate) type LastWords = Arc<dyn Fn(Timestamp) -> Publish + Send + Sync>;

/// What the link is made of.
pub(crate) struct Parts {
    /// The connection's name, for the spread of the back-off and the log.
    pub(crate) name: String,
    /// Whom to connect to and how.
    pub(crate) plan: Plan,
    /// The will.
    pub(crate) last_words: Option<LastWords>,
    /// For the times of loss and return.
    pub(crate) clock: Arc<dyn Clock>,
    /// Our place at the embedded broker.
    pub(crate) embedded: Option<Registration>,
}

/// The source's end of the link. Dropping it hangs up, and the broker says our last words.
pub(crate) struct LinkHandle {
    /// What happens.
    pub(crate) events: mpsc::Receiver<Event>,
    orders: mpsc::Sender<Order>,
    state: watch::Receiver<Link>,
    task: tokio::task::JoinHandle<()>,
}

impl LinkHandle {
    /// Starts the task. Must be called inside a Tokio runtime.
    pub(crate) fn start(parts: Parts) -> Self {
        let (events, source_events) = mpsc::channel(WAITING_MAX);
        let (source_orders, orders) = mpsc::channel(ORDERS_MAX);
        let (state, source_state) = watch::channel(Link::Connecting);
        let room = Arc::new(Semaphore::new(WAITING_KIB as usize));
        let backoff = Backoff::new(&parts.name);
        let unsettled = Unsettled::default();
        let task = Task { parts, events, orders, state, room, backoff, unsettled, level: None, heard: None };
        let task = tokio::spawn(task.run());
        Self { events: source_events, orders: source_orders, state: source_state, task }
    }

    /// Gives an order; waits when the link has too many already.
    pub(crate) async fn order(&self, order: Order) {
        if self.orders.send(order).await.is_err() {
            tracing::debug!("the link has ended; an order is dropped");
        }
    }

    /// How the link is.
    pub(crate) fn state(&self) -> Link {
        self.state.borrow().clone()
    }
}

impl Drop for LinkHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Task {
    parts: Parts,
    events: mpsc::Sender<Event>,
    orders: mpsc::Receiver<Order>,
    state: watch::Sender<Link>,
    room: Arc<Semaphore>,
    backoff: Backoff,
    unsettled: Unsettled,
    level: Option<u8>,
    /// When the broker of this session was last heard.
    heard: Option<Instant>,
}

impl Task {
    /// Until the source is dropped.
    async fn run(mut self) {
        while !self.events.is_closed() {
            let began = Instant::now();
            let error = match self.once().await {
                Ok(()) => return,
                Err(error) => error,
            };
            if began.elapsed() >= STEADY {
                self.backoff.reset();
            }
            tracing::warn!(connection = %self.parts.name, "{}", told(&error));
            let at = self.parts.clock.now();
            let heard = self.heard.take().map(|heard| at.minus(heard.elapsed()));
            self.state.send_replace(Link::down(&error));
            if self.events.send(Event::Down { at, heard, why: error.to_string() }).await.is_err() {
                return;
            }
            self.wait().await;
        }
    }

    /// Sits the back-off out; receipts are taken meanwhile, so that the source never waits for the network.
    async fn wait(&mut self) {
        let nap = tokio::time::sleep(self.backoff.next_wait());
        let Self { parts, orders, unsettled, .. } = self;
        meanwhile(nap, parts, orders, unsettled).await;
    }

    /// One session, from connecting to its loss. Ends well only when the source is gone.
    async fn once(&mut self) -> Result<(), Error> {
        let at = self.parts.clock.now();
        let Self { parts, orders, unsettled, level, .. } = self;
        let Some(session) = meanwhile(connect(parts, *level, at), parts, orders, unsettled).await else {
            return Ok(());
        };
        *level = session.as_ref().ok().map(|session| session.protocol);
        let mut session = session?;
        self.heard = Some(Instant::now());
        session.subscribe(&self.parts.plan).await?;
        self.unsettled.begin(session.resumed);
        let (protocol, resumed, peer) = (session.protocol, session.resumed, session.peer.clone());
        let (reader, writer) = session.split();
        let live = Live { task: self, reader, writer, protocol, peer, next_id: 2 };
        live.serve(Event::Up { at, resumed }, resumed).await
    }
}

/// Waits for `work` while there is no link; receipts are noted, words fall on the floor. None when the source is gone.
async fn meanwhile<T>(
    work: impl Future<Output = T>,
    parts: &Parts,
    orders: &mut mpsc::Receiver<Order>,
    unsettled: &mut Unsettled,
) -> Option<T> {
    tokio::pin!(work);
    loop {
        let order = tokio::select! {
            done = &mut work => return Some(done),
            order = orders.recv() => order?,
        };
        if let Order::Settle(receipts) = order {
            for receipt in receipts {
                parts.stored(&receipt);
                unsettled.settle_later(&receipt);
            }
        }
    }
}

impl Parts {
    /// Tells the embedded broker that a message is on disk.
    fn stored(&self, receipt: &Receipt) {
        if let (Some(place), Some(id)) = (&self.embedded, &receipt.embedded) {
            place.stored(id);
        }
    }
}

/// Opens a session at the newest protocol level that the broker knows; `level` is the one that worked last.
async fn connect(parts: &Parts, level: Option<u8>, at: Timestamp) -> Result<Session, Error> {
    let plan = &parts.plan;
    let will = parts.last_words.as_ref().map(|words| words(at));
    let levels: &[u8] = match (plan.version, level) {
        (Version::V5, _) | (Version::Auto, Some(5)) => &[5],
        (Version::V311, _) => &[4],
        (Version::Auto, Some(_)) => &[4, 5],
        (Version::Auto, None) => &[5, 4],
    };
    let addresses = plan.peer.resolve().await?;
    let mut failed = None;
    for &level in levels {
        let stream = plan.peer.secure(plan.peer.tcp(&addresses).await?).await?;
        match Session::sign_in(plan, stream, level, will.as_ref()).await {
            Ok(session) => return Ok(session),
            Err(error) if is_unknown_version(&error) => failed = failed.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    Err(failed.unwrap_or_else(|| plan.peer.late("CONNECT")))
}

/// A session while it lasts.
struct Live<'a> {
    task: &'a mut Task,
    reader: Reader,
    writer: Writer,
    protocol: u8,
    peer: String,
    next_id: u16,
}

impl Live<'_> {
    /// Moves messages up and orders down until the link is lost. Reads only while there is room above: a slow
    /// disk slows the broker down instead of filling memory.
    async fn serve(mut self, up: Event, resumed: bool) -> Result<(), Error> {
        let keep_alive = Duration::from_secs(self.task.parts.plan.keep_alive_s.into());
        let mut beat = tokio::time::interval(keep_alive / 2);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut up = Some(up);
        let mut waiting = resumed.then_some(Event::Resumed);
        let mut heard = Instant::now();
        let answer_by = heard + STEP_MAX;
        let (events, share) = (self.task.events.clone(), Arc::clone(&self.task.room));
        loop {
            let reading = waiting.is_none();
            tokio::select! {
                biased;
                order = self.task.orders.recv() => match order {
                    Some(order) => self.obey(order).await?,
                    None => return Ok(()),
                },
                room = room(&events, &share, waiting.as_ref()), if !reading => {
                    let Some((place, share)) = room else { return Ok(()) };
                    if let Some(event) = waiting.take() {
                        place.send(event.with_room(share));
                    }
                    heard = Instant::now();
                }
                _ = beat.tick() => {
                    if reading && heard.elapsed() > keep_alive * 3 / 2 {
                        let secs = keep_alive.as_secs() * 3 / 2;
                        return Err(Error::TimedOut { peer: self.peer, doing: "a sign of life".into(), secs });
                    }
                    self.writer.send(&Packet::PingReq).await?;
                }
                frame = self.reader.next(), if reading => {
                    let frame = frame?;
                    heard = Instant::now();
                    self.task.heard = Some(heard);
                    waiting = self.take(frame, &mut up).await?;
                }
                () = tokio::time::sleep_until(answer_by), if reading && up.is_some() => {
                    return Err(self.task.parts.plan.peer.late("SUBSCRIBE"));
                }
            }
        }
    }

    /// What to hand up for a frame, if anything.
    async fn take(&mut self, frame: Frame, up: &mut Option<Event>) -> Result<Option<Event>, Error> {
        match frame {
            Frame::Packet(Packet::Publish(publish)) => {
                let embedded = publish.properties.get_user_property_value(crate::broker::RECEIPT).map(str::to_owned);
                let packet_id = publish.packet_id.filter(|_| publish.qos == QoS::AtLeastOnce);
                let Some(receipt) = self.receipt(packet_id, publish.dup, embedded).await? else { return Ok(None) };
                let (topic, payload, retained) = (publish.topic_name, publish.payload, publish.retain);
                Ok(Some(Event::Message(Message { topic, payload, retained, receipt, share: None })))
            }
            Frame::Refused { topic, packet_id, why } => {
                let Some(receipt) = self.receipt(packet_id, false, None).await? else { return Ok(None) };
                Ok(Some(Event::Refused { topic, why, receipt }))
            }
            Frame::Packet(Packet::SubAck(answer)) => {
                granted(&self.peer, &self.task.parts.plan.filters, &answer)?;
                self.task.state.send_replace(Link::Up);
                if let Some(place) = &self.task.parts.embedded {
                    place.ready();
                }
                Ok(up.take())
            }
            Frame::Packet(Packet::Disconnect(DisconnectPacket { reason_code, .. })) => Err(self.hung_up(reason_code)),
            Frame::Packet(_) => Ok(None),
        }
    }

    /// The broker said goodbye.
    fn hung_up(&self, reason: ReasonCode) -> Error {
        let peer = self.peer.clone();
        let why = format!("the broker hung up: {reason:?}");
        if reason != ReasonCode::SessionTakenOver {
            return Error::Connect { peer, why };
        }
        let name = &self.task.parts.plan.client_id;
        let cure = format!("another client calls itself {name}: write another access.client_id here or there");
        Error::Refused { peer, why, cure }
    }

    /// The receipt of a message; the outer none means that we have that message already.
    async fn receipt(
        &mut self,
        packet_id: Option<u16>,
        again: bool,
        embedded: Option<String>,
    ) -> Result<Option<Option<Receipt>>, Error> {
        let Some(packet_id) = packet_id else { return Ok(Some(None)) };
        match self.task.unsettled.see(packet_id, again) {
            Seen::New(session) => Ok(Some(Some(Receipt { session, packet_id, embedded }))),
            Seen::OnItsWay => Ok(None),
            Seen::Stored => {
                self.writer.send(&Packet::PubAck(PubAckPacket::new(packet_id))).await?;
                Ok(None)
            }
        }
    }

    /// Does what the source wants.
    async fn obey(&mut self, order: Order) -> Result<(), Error> {
        match order {
            Order::Settle(receipts) => {
                for receipt in &receipts {
                    self.task.parts.stored(receipt);
                    if self.task.unsettled.settle(receipt) {
                        self.writer.queue(&Packet::PubAck(PubAckPacket::new(receipt.packet_id)))?;
                    }
                }
                self.writer.flush().await
            }
            Order::Publish(publish) => {
                self.next_id = self.next_id.checked_add(1).unwrap_or(2);
                self.writer.send(&publish.packet(self.protocol, self.next_id)).await
            }
        }
    }
}

impl Event {
    fn with_room(mut self, share: OwnedSemaphorePermit) -> Self {
        if let Self::Message(message) = &mut self {
            message.share = Some(share);
        }
        self
    }

    /// KiB that it holds, at least one.
    fn kib(&self) -> u32 {
        let bytes = if let Self::Message(message) = self { message.payload.len() + message.topic.len() } else { 0 };
        u32::try_from(bytes / 1024).unwrap_or(u32::MAX).saturating_add(1).min(WAITING_KIB)
    }
}

/// Room for an event above; none when the source is gone.
async fn room<'a>(
    events: &'a mpsc::Sender<Event>,
    room: &Arc<Semaphore>,
    waiting: Option<&Event>,
) -> Option<(mpsc::Permit<'a, Event>, OwnedSemaphorePermit)> {
    let kib = waiting.map_or(1, Event::kib);
    let place = events.reserve().await.ok()?;
    let share = Arc::clone(room).acquire_many_owned(kib).await.ok()?;
    Some((place, share))
}
