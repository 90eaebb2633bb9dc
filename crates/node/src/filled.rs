//! Gaps that are filled later: what a broker, a device or a writer kept while nobody listened comes with times of its own.
//! The ledger then says how much of a gap came after all; how much is still missing nobody can know.

use std::time::Duration;

use gemba_plant::port::Arrival;
use gemba_plant::{Batch, Gap, GapReason, Payload, Quality, TimeRange, Timestamp};

/// Gaps of a connection that are looked at, the newest.
const GAPS_MAX: usize = 16;
/// How long after its end a gap of an earlier run is still looked at: longer than brokers keep sessions.
const KEPT: Duration = Duration::from_hours(24 * 31);

/// The closed gaps of a connection that may still be filled.
#[derive(Debug, Default)]
pub(crate) struct Filled(Vec<Gap>);

impl Filled {
    /// Those of earlier runs, as they stand in the ledger.
    pub(crate) fn of(connection: &str, ledger: impl IntoIterator<Item = Gap>, now: Timestamp) -> Self {
        let mut filled = Self::default();
        for gap in ledger.into_iter().filter(|gap| gap.connection == connection && now.since(gap.range.to) < KEPT) {
            filled.note(&gap);
        }
        filled
    }

    /// Takes note of the gaps of an arrival that have closed, counts what it brings for those that are known, and lets it
    /// bring their new entries in the ledger along.
    pub(crate) fn take(&mut self, arrival: &mut Arrival) {
        for gap in &arrival.gaps {
            self.note(gap);
        }
        let Some(end) = self.0.iter().map(|gap| gap.range.to).max() else { return };
        for gap in &mut self.0 {
            let came: u64 =
                arrival.payloads.iter().chain(&arrival.backlog).map(|payload| inside(gap, payload, end)).sum();
            if came == 0 {
                continue;
            }
            gap.filled = gap.filled.saturating_add(came);
            match arrival.gaps.iter_mut().find(|told| same(told, gap)) {
                Some(told) => told.filled = gap.filled,
                None => arrival.gaps.push(gap.clone()),
            }
        }
    }

    fn note(&mut self, gap: &Gap) {
        let kind = matches!(gap.reason, GapReason::ConnectionLost | GapReason::NotRunning | GapReason::Paused);
        if gap.is_open() || !kind || gap.signal.is_some() || !gap.part.is_empty() {
            return;
        }
        if self.0.iter().any(|known| same(known, gap)) {
            return;
        }
        if self.0.len() >= GAPS_MAX {
            self.0.remove(0);
        }
        self.0.push(gap.clone());
    }
}

fn same(one: &Gap, other: &Gap) -> bool {
    (one.range.from, one.reason, one.signal, &one.part) == (other.range.from, other.reason, other.signal, &other.part)
}

/// How much of a payload lies in a gap. Nearly all data is younger than `end`, where the last gap ends.
fn inside(gap: &Gap, payload: &Payload, end: Timestamp) -> u64 {
    match payload {
        Payload::Samples(batch) if batch.times().iter().all(|time| *time >= end.micros()) => 0,
        Payload::Samples(batch) => measured(batch, gap.range),
        Payload::Waveform(wave) => u64::from(gap.range.contains(wave.start)),
        Payload::Frame(frame) => u64::from(gap.range.contains(frame.time)),
    }
}

/// Samples in a range; marks of a lost link are none.
fn measured(batch: &Batch, range: TimeRange) -> u64 {
    let marks = Quality::Stale as u8;
    let rows = batch.times().iter().zip(batch.qualities());
    rows.filter(|(time, quality)| **quality != marks && range.contains(Timestamp::from_micros(**time))).count() as u64
}

#[cfg(test)]
mod tests {
    use gemba_plant::{Sample, SignalId};

    use super::*;

    fn gap(from: i64, to: i64) -> Gap {
        let range = TimeRange::new(Timestamp::from_secs(from), Timestamp::from_secs(to));
        Gap::new("line", range, GapReason::ConnectionLost, "cable")
    }

    fn arrival(times: &[i64], gaps: Vec<Gap>) -> Arrival {
        let row = |at: &i64| Sample::good(SignalId::new(1), Timestamp::from_secs(*at), 1.0);
        let rows: Vec<Sample> = times.iter().map(row).collect();
        Arrival { payloads: vec![Payload::Samples(Batch::from_rows(&rows))], gaps, ..Arrival::default() }
    }

    fn told(arrival: &Arrival) -> Vec<(i64, u64)> {
        arrival.gaps.iter().map(|gap| (gap.range.from.micros() / 1_000_000, gap.filled)).collect()
    }

    #[test]
    fn what_comes_later_is_counted_in_the_gap_it_belongs_to() {
        let old = Gap { filled: 2, ..gap(10, 20) };
        let open = Gap { range: TimeRange::new(Timestamp::from_secs(70), Timestamp::MAX), ..gap(70, 80) };
        let mut filled = Filled::of(
            "line",
            [old, open, Gap::new("other", gap(0, 9).range, GapReason::NotRunning, "")],
            Timestamp::from_secs(90),
        );
        let mut first = arrival(&[5, 12, 19, 20, 25, 40], vec![gap(30, 50)]);
        filled.take(&mut first);
        assert_eq!(told(&first), [(30, 1), (10, 4)]);
        let mut second = arrival(&[49, 50, 60], Vec::new());
        filled.take(&mut second);
        assert_eq!(told(&second), [(30, 2)]);
        let mut news = arrival(&[61, 62], Vec::new());
        filled.take(&mut news);
        assert!(news.gaps.is_empty());
    }

    #[test]
    fn marks_of_the_loss_fill_nothing() {
        let stale = Sample { quality: Quality::Stale, ..Sample::good(SignalId::new(1), Timestamp::from_secs(31), 1.0) };
        let payloads = vec![Payload::Samples(Batch::from_rows(&[stale]))];
        let mut marks = Arrival { payloads, gaps: vec![gap(30, 50)], ..Arrival::default() };
        Filled::default().take(&mut marks);
        assert_eq!(told(&marks), [(30, 0)]);
    }

    #[test]
    fn only_the_newest_gaps_are_looked_at() {
        let ledger = (0..100).map(|i| gap(i * 10, i * 10 + 5));
        assert_eq!(Filled::of("line", ledger, Timestamp::from_secs(1000)).0.len(), GAPS_MAX);
        assert!(Filled::of("line", [gap(0, 1)], Timestamp::from_secs(90 * 86_400)).0.is_empty());
    }
}
