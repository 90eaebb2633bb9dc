//! What is gathered from messages until it is handed on.

use gemba_plant::port::{Arrival, Position};
use gemba_plant::{Batch, BatchBuilder, Gap, GapReason, Payload, Sample, TimeRange, Timestamp, Waveform};

use super::wire::Publish;
use crate::Memory;

/// Rows in one arrival: one group commit's worth; more wait for the next.
const ROWS_MAX: usize = 16_384;
/// Bytes of waveforms in one arrival.
const BYTES_MAX: usize = 4 << 20;

/// Rows, waveforms and gaps of one arrival, and what is to be said to the broker.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    rows: BatchBuilder,
    kept_rows: BatchBuilder,
    kept_waves: Vec<Payload>,
    others: Vec<Payload>,
    wave_bytes: usize,
    gaps: Vec<Gap>,
    /// What to publish.
    pub(crate) say: Vec<Publish>,
}

impl Harvest {
    /// Takes a sample.
    pub(crate) fn row(&mut self, row: Sample) {
        self.rows.push(row);
    }

    /// Takes a sample that the device kept while it could not deliver: no news.
    pub(crate) fn kept(&mut self, row: Sample) {
        self.kept_rows.push(row);
    }

    /// Takes such a waveform.
    pub(crate) fn kept_wave(&mut self, wave: Waveform) {
        self.wave_bytes += wave.samples.len() * 4;
        self.kept_waves.push(Payload::Waveform(wave));
    }

    /// Takes a waveform.
    pub(crate) fn wave(&mut self, wave: Waveform) {
        self.wave_bytes += wave.samples.len() * 4;
        self.others.push(Payload::Waveform(wave));
    }

    /// Takes a hole.
    pub(crate) fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// Takes marks of staleness, which are no news from the source.
    pub(crate) fn marks(&mut self, batch: Batch) {
        if !batch.is_empty() {
            self.others.push(Payload::Samples(batch));
        }
    }

    /// Whether the next message should wait for the next arrival.
    pub(crate) fn is_full(&self) -> bool {
        self.rows.len() + self.kept_rows.len() >= ROWS_MAX || self.wave_bytes >= BYTES_MAX
    }

    /// Whether there is nothing to store.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
            && self.kept_rows.is_empty()
            && self.kept_waves.is_empty()
            && self.others.is_empty()
            && self.gaps.is_empty()
    }

    /// Everything as an arrival, and the news in it once more (what was kept is none); empty afterwards but for what is to be said.
    pub(crate) fn finish(&mut self, position: Position) -> (Arrival, Batch) {
        self.wave_bytes = 0;
        let news = self.rows.finish();
        let mut payloads = std::mem::take(&mut self.others);
        if !news.is_empty() {
            payloads.insert(0, Payload::Samples(news.clone()));
        }
        let mut backlog = std::mem::take(&mut self.kept_waves);
        if !self.kept_rows.is_empty() {
            backlog.push(Payload::Samples(self.kept_rows.finish()));
        }
        (Arrival { payloads, backlog, gaps: std::mem::take(&mut self.gaps), position }, news)
    }
}

/// Counts what could not be read: one line in the ledger of gaps a minute, with examples.
#[derive(Debug)]
pub(crate) struct Rejects {
    connection: String,
    first: Option<Timestamp>,
    last: Timestamp,
    count: u64,
    examples: Vec<String>,
    memory: Memory,
}

impl Rejects {
    /// How long they are gathered before they are told.
    const EVERY: std::time::Duration = std::time::Duration::from_mins(1);
    /// Examples kept.
    const EXAMPLES: usize = 3;
    /// Characters of an example.
    const EXAMPLE_CHARS: usize = 200;

    /// None so far.
    pub(crate) fn new(connection: &str, memory: Memory) -> Self {
        let last = Timestamp::default();
        Self { connection: connection.into(), first: None, last, count: 0, examples: Vec::new(), memory }
    }

    /// Counts one.
    pub(crate) fn add(&mut self, now: Timestamp, what: &str, why: &str) {
        self.add_many(now, what, why, 1);
    }

    /// Counts several of one cause. What to do stands behind a semicolon in `why`, where it is known.
    pub(crate) fn add_many(&mut self, now: Timestamp, what: &str, why: &str, count: u64) {
        self.memory.reject(now, what, (why, count));
        self.first.get_or_insert(now);
        self.last = now;
        self.count = self.count.saturating_add(count);
        if self.examples.len() < Self::EXAMPLES {
            self.examples.push(format!("{what}: {why}").chars().take(Self::EXAMPLE_CHARS).collect());
        }
    }

    /// The line for the ledger once a minute has passed since the first.
    pub(crate) fn due(&mut self, now: Timestamp) -> Option<Gap> {
        let from = self.first.filter(|first| now.since(*first) >= Self::EVERY)?;
        let note =
            format!("{} messages or values could not be taken, such as {}", self.count, self.examples.join("; "));
        tracing::warn!(connection = %self.connection, "{note}");
        let range = TimeRange::new(from, Timestamp::from_micros(self.last.micros().saturating_add(1)));
        let gap = Gap { reason: GapReason::Malformed, lost: self.count, ..gap(&self.connection, range, note) };
        *self = Self::new(&self.connection, self.memory.clone());
        Some(gap)
    }
}

/// A hole of a whole connection.
pub(crate) fn gap(connection: &str, range: TimeRange, note: String) -> Gap {
    Gap::new(connection, range, GapReason::ConnectionLost, note)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_plant::SignalId;

    #[test]
    fn rejects_are_told_once_a_minute_with_their_number() {
        let mut rejects = Rejects::new("line", Memory::new());
        let at = Timestamp::from_secs;
        assert!(rejects.due(at(100)).is_none());
        for i in 0..50 {
            rejects.add(at(100 + i % 10), "plant/a", "empty");
        }
        assert!(rejects.due(at(159)).is_none());
        let gap = rejects.due(at(160)).unwrap();
        assert_eq!((gap.lost, gap.reason), (50, GapReason::Malformed));
        assert!(gap.note.contains("plant/a: empty"), "{}", gap.note);
        assert!(rejects.due(at(999)).is_none());
    }

    #[test]
    fn what_a_device_kept_is_stored_and_no_news() {
        let row = |value| Sample::good(SignalId::new(1), Timestamp::from_secs(1), value);
        let mut harvest = Harvest::default();
        harvest.kept(row(1.0));
        assert!(!harvest.is_empty());
        harvest.row(row(2.0));
        let (arrival, news) = harvest.finish(Position::default());
        let values = |payload: &Payload| match payload {
            Payload::Samples(batch) => batch.rows().map(|r| r.value).collect(),
            _ => Vec::new(),
        };
        assert_eq!(arrival.payloads.iter().map(values).collect::<Vec<_>>(), [[2.0]]);
        assert_eq!(arrival.backlog.iter().map(values).collect::<Vec<_>>(), [[1.0]]);
        assert_eq!(news.rows().map(|r| r.value).collect::<Vec<_>>(), [2.0]);
        assert!(harvest.is_empty());
    }
}
