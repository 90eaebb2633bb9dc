//! What the house is told about a link that polls or listens: values, gaps, stale and bad marks.

use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::{Arrival, Clock, Link, Position};
use gemba_plant::{Batch, Gap, GapReason, Payload, TimeRange, Timestamp};

use crate::feed::Outlet;
use crate::{Error, Setting, Staleness};

/// The link's state as the house knows it. Every method gives None when nobody listens any more.
pub(crate) struct Report {
    stale: Staleness,
    /// Since when the link is lost, and why it was.
    lost: Option<(Timestamp, String)>,
    last: Option<Timestamp>,
    /// When the source was first read: from then on it should deliver.
    began: Timestamp,
    connection: String,
    clock: Arc<dyn Clock>,
    bad_after: Duration,
    /// The status that marks of loss carry, in the protocol's own codes.
    status: u32,
    outlet: Outlet,
}

impl Report {
    /// Nothing known yet.
    pub(crate) fn new(setting: &Setting, status: u32, outlet: Outlet) -> Self {
        Self {
            stale: Staleness::new(),
            lost: None,
            last: None,
            began: setting.clock.now(),
            connection: setting.name.clone(),
            clock: Arc::clone(&setting.clock),
            bad_after: setting.bad_after,
            status,
            outlet,
        }
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Since when the link is lost.
    pub(crate) fn lost_since(&self) -> Option<Timestamp> {
        self.lost.as_ref().map(|(since, _)| *since)
    }

    /// Values came: they, and the gap before them if there was one. `most` is how long the last values may lie
    /// back without that being a gap of our own making (we did not take data); none where values come unasked.
    pub(crate) async fn deliver(
        &mut self,
        payloads: Vec<Payload>,
        gaps: Vec<Gap>,
        most: Option<Duration>,
    ) -> Option<()> {
        self.tell(payloads, gaps, (most, Position::default())).await
    }

    /// Values came unasked, under a position that is committed once they are on disk.
    pub(crate) async fn deliver_at(
        &mut self,
        payloads: Vec<Payload>,
        gaps: Vec<Gap>,
        position: Position,
    ) -> Option<()> {
        self.tell(payloads, gaps, (None, position)).await
    }

    async fn tell(
        &mut self,
        payloads: Vec<Payload>,
        mut gaps: Vec<Gap>,
        (most, position): (Option<Duration>, Position),
    ) -> Option<()> {
        self.outlet.link(Link::Up);
        let now = self.clock.now();
        if let Some((from, why)) = self.lost.take() {
            gaps.push(self.gap((from, now), GapReason::ConnectionLost, why));
        } else if let Some(last) = self.last.filter(|last| most.is_some_and(|most| now.since(*last) > most)) {
            gaps.push(self.gap(
                (last, now),
                GapReason::Dropped,
                "polls were left out because data was not taken".into(),
            ));
        }
        self.last = Some(now);
        for payload in &payloads {
            if let Payload::Samples(batch) = payload {
                self.stale.seen(batch);
            }
        }
        self.send(payloads, gaps, position).await
    }

    /// The device showed that it is there, without values.
    pub(crate) async fn alive(&mut self) -> Option<()> {
        if self.lost.is_some() {
            return self.deliver(Vec::new(), Vec::new(), None).await;
        }
        self.outlet.link(Link::Up);
        self.last = Some(self.clock.now());
        Some(())
    }

    /// Values are overdue, the link may still be there: stale.
    pub(crate) async fn slow(&mut self) -> Option<()> {
        let marks = self.stale.lost(self.clock.now(), self.status);
        self.marks(marks, Vec::new()).await
    }

    /// The link is lost: stale at once, and an open gap from the last sign of life on.
    pub(crate) async fn lost(&mut self, error: &Error) -> Option<()> {
        self.outlet.link(Link::down(error));
        let now = self.clock.now();
        let mut gaps = Vec::new();
        if self.lost.is_none() {
            let (from, why) = (self.last.unwrap_or(self.began), error.to_string());
            gaps.push(self.gap((from, Timestamp::MAX), GapReason::ConnectionLost, why.clone()));
            self.lost = Some((from, why));
        }
        let marks = self.stale.lost(now, self.status);
        self.marks(marks, gaps).await
    }

    /// Called now and then while the link is away: bad once that has lasted.
    pub(crate) async fn overdue(&mut self) -> Option<()> {
        let marks = self.stale.overdue(self.clock.now(), self.bad_after, self.status);
        self.marks(marks, Vec::new()).await
    }

    /// A line of the gap ledger for this connection.
    pub(crate) fn gap(&self, (from, to): (Timestamp, Timestamp), reason: GapReason, note: String) -> Gap {
        Gap::new(&self.connection, TimeRange::new(from, to), reason, note)
    }

    async fn marks(&self, marks: Batch, gaps: Vec<Gap>) -> Option<()> {
        let payloads = if marks.is_empty() { Vec::new() } else { vec![Payload::Samples(marks)] };
        self.send(payloads, gaps, Position::default()).await
    }

    async fn send(&self, payloads: Vec<Payload>, gaps: Vec<Gap>, position: Position) -> Option<()> {
        if payloads.is_empty() && gaps.is_empty() {
            return Some(());
        }
        self.outlet.send(Arrival { payloads, gaps, position, ..Arrival::default() }).await
    }
}
