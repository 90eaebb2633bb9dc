//! The source of every protocol that lives on an MQTT broker.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::{Arrival, BoxFault, Clock, Link, Position, Source, Way};
use gemba_plant::{TimeRange, Timestamp};

use super::harvest::{Harvest, Rejects, gap};
use super::link::{Event, LinkHandle, Message, Order, Parts, Receipt};
use crate::{Setting, Staleness};

/// How often things that depend on time alone are looked after: bad marks, gap lines, rebirth requests.
const TICK: Duration = Duration::from_millis(250);
/// Messages in one arrival.
const MESSAGES_MAX: usize = 4096;

/// Turns messages into rows. Pure: told the time, says what to publish instead of publishing.
pub(crate) trait Interpreter: Send {
    /// A message.
    fn message(&mut self, now: Timestamp, message: &Message, out: &mut Harvest, rejects: &mut Rejects);

    /// What the broker held for us follows; `away` is how long it had to, when that is known.
    fn resumed(&mut self, _now: Timestamp, _away: Option<Duration>) {}

    /// The link is up; `at` is the time in our will.
    fn up(&mut self, _at: Timestamp, _out: &mut Harvest) {}

    /// The link is lost.
    fn down(&mut self, _at: Timestamp, _out: &mut Harvest) {}

    /// Time passes.
    fn tick(&mut self, _now: Timestamp, _out: &mut Harvest, _rejects: &mut Rejects) {}
}

/// A source on an MQTT broker.
pub(crate) struct PubSub<I> {
    interpreter: I,
    connection: String,
    clock: Arc<dyn Clock>,
    bad_after: Duration,
    parts: Option<Parts>,
    link: Option<LinkHandle>,
    harvest: Harvest,
    receipts: Vec<Receipt>,
    rejects: Rejects,
    stale: Staleness,
    /// When the source was first read: from then on it should deliver.
    began: Option<Timestamp>,
    /// The begin of the open gap, and why it opened.
    lost: Option<(Timestamp, String)>,
    held: Option<Event>,
    uncommitted: VecDeque<(u64, Vec<Receipt>)>,
    handed: u64,
}

impl<I: Interpreter> PubSub<I> {
    /// Ready to connect on the first [`Source::next`].
    pub(crate) fn new(interpreter: I, parts: Parts, setting: &Setting) -> Self {
        Self {
            interpreter,
            connection: setting.name.clone(),
            clock: Arc::clone(&setting.clock),
            bad_after: setting.bad_after,
            parts: Some(parts),
            link: None,
            harvest: Harvest::default(),
            receipts: Vec::new(),
            rejects: Rejects::new(&setting.name, setting.memory.clone()),
            stale: Staleness::new(),
            began: None,
            lost: None,
            held: None,
            uncommitted: VecDeque::new(),
            handed: 0,
        }
    }

    /// The next arrival. Everything taken from the link lies in `self` at each await, so dropping this loses nothing.
    async fn gather(&mut self) -> Option<Arrival> {
        if let Some(parts) = self.parts.take() {
            self.began = Some(self.clock.now());
            self.link = Some(LinkHandle::start(parts));
        }
        loop {
            self.speak().await?;
            if let Some(arrival) = self.hand_over() {
                return Some(arrival);
            }
            self.settle_unwanted().await?;
            match self.next_event().await {
                Ok(Some(event)) => {
                    self.take(event);
                    self.take_waiting();
                }
                Ok(None) => return None,
                Err(_elapsed) => {}
            }
            self.tick();
        }
    }

    async fn next_event(&mut self) -> Result<Option<Event>, tokio::time::error::Elapsed> {
        if let Some(event) = self.held.take() {
            return Ok(Some(event));
        }
        let Some(link) = &mut self.link else { return Ok(None) };
        tokio::time::timeout(TICK, link.events.recv()).await
    }

    /// What waits already comes along; nobody waits for more. The loss of the link begins an arrival of its own,
    /// so that the last news are known before they are marked stale.
    fn take_waiting(&mut self) {
        for _ in 1..MESSAGES_MAX {
            if self.harvest.is_full() {
                return;
            }
            match self.link.as_mut().map(|link| link.events.try_recv()) {
                Some(Ok(event @ Event::Down { .. })) => {
                    self.held = Some(event);
                    return;
                }
                Some(Ok(event)) => self.take(event),
                _ => return,
            }
        }
    }

    fn take(&mut self, event: Event) {
        let now = self.clock.now();
        match event {
            Event::Message(message) => {
                self.interpreter.message(now, &message, &mut self.harvest, &mut self.rejects);
                self.receipts.extend(message.receipt);
            }
            Event::Resumed => {
                let away = self.lost.as_ref().map(|(from, _)| now.since(*from));
                self.interpreter.resumed(now, away);
            }
            Event::Refused { topic, why, receipt } => {
                self.rejects.add(now, &topic, &why);
                self.receipts.extend(receipt);
            }
            Event::Up { at, resumed } => {
                self.found(now, resumed);
                self.interpreter.up(at, &mut self.harvest);
            }
            Event::Down { at, heard, why } => {
                self.lose(heard.or(self.began).unwrap_or(at), why);
                self.interpreter.down(at, &mut self.harvest);
                self.harvest.marks(self.stale.lost(at, 0));
            }
        }
    }

    /// The link is lost: an open gap, unless one is open already.
    fn lose(&mut self, from: Timestamp, why: String) {
        if self.lost.is_none() {
            self.harvest.gap(gap(&self.connection, TimeRange::new(from, Timestamp::MAX), why.clone()));
            self.lost = Some((from, why));
        }
    }

    /// The link is there again: the gap is closed. Whether the broker held anything for us is told by what follows.
    fn found(&mut self, now: Timestamp, resumed: bool) {
        let Some((from, why)) = self.lost.take() else { return };
        let kept = if resumed {
            "the broker kept our session, and what it held for us followed"
        } else {
            "the broker held nothing for us"
        };
        self.harvest.gap(gap(&self.connection, TimeRange::new(from, now), format!("{why}; {kept}")));
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        self.interpreter.tick(now, &mut self.harvest, &mut self.rejects);
        self.harvest.marks(self.stale.overdue(now, self.bad_after, 0));
        if let Some(gap) = self.rejects.due(now) {
            self.harvest.gap(gap);
        }
    }

    /// Publishes what the interpreter wants to say.
    async fn speak(&mut self) -> Option<()> {
        while let Some(publish) = self.harvest.say.first().cloned() {
            self.link.as_ref()?.order(Order::Publish(publish)).await;
            self.harvest.say.remove(0);
        }
        Some(())
    }

    /// What is gathered, as an arrival with a position.
    fn hand_over(&mut self) -> Option<Arrival> {
        if self.harvest.is_empty() {
            return None;
        }
        self.handed += 1;
        let (arrival, news) = self.harvest.finish(Position(self.handed.to_le_bytes().to_vec()));
        if !news.is_empty() {
            self.stale.seen(&news);
        }
        self.uncommitted.push_back((self.handed, std::mem::take(&mut self.receipts)));
        Some(arrival)
    }

    /// Messages that nobody wants stored are acknowledged with the arrival before them, or at once.
    async fn settle_unwanted(&mut self) -> Option<()> {
        if self.receipts.is_empty() {
            return Some(());
        }
        if let Some((_, receipts)) = self.uncommitted.back_mut() {
            receipts.append(&mut self.receipts);
            return Some(());
        }
        let receipts = self.receipts.clone();
        self.link.as_ref()?.order(Order::Settle(receipts)).await;
        self.receipts.clear();
        Some(())
    }

    async fn settle(&mut self, position: &Position) -> Result<(), BoxFault> {
        let Ok(bytes) = <[u8; 8]>::try_from(position.0.as_slice()) else { return Ok(()) };
        let upto = u64::from_le_bytes(bytes);
        while let Some((_, receipts)) = self.uncommitted.front().filter(|(number, _)| *number <= upto) {
            if let (Some(link), false) = (&self.link, receipts.is_empty()) {
                link.order(Order::Settle(receipts.clone())).await;
            }
            self.uncommitted.pop_front();
        }
        Ok(())
    }
}

impl<I: Interpreter> Source for PubSub<I> {
    fn next(&mut self) -> Way<'_, Option<Arrival>> {
        Box::pin(async move { Ok(self.gather().await) })
    }

    fn commit(&mut self, position: Position) -> Way<'_, ()> {
        Box::pin(async move { self.settle(&position).await })
    }

    fn link(&self) -> Link {
        self.link.as_ref().map_or(Link::Connecting, LinkHandle::state)
    }
}
