//! Stored waveforms in order of the time of their last sample: how replay and backtest read them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gemba_plant::{SignalId, TimeRange, Timestamp, Waveform};

use crate::lake::media::{Medium, read_media};
use crate::manifest::Kind;
use crate::row::Key;
use crate::state::State;
use crate::{Error, FileMeta, Store};

/// Waveforms are read by windows of this length, so that a long range needs no more memory than a short one.
const WINDOW: Duration = Duration::from_hours(1);

/// Walks through what is stored, window by window.
pub(crate) struct Waves<'a> {
    store: &'a Store,
    signals: Vec<SignalId>,
    ids: BTreeSet<u32>,
    at: Timestamp,
    end: Timestamp,
    /// Begun in an earlier window, not over before the next.
    held: Vec<Waveform>,
    ready: std::vec::IntoIter<Waveform>,
}

impl<'a> Waves<'a> {
    pub(crate) fn new(store: &'a Store, signals: &[SignalId], range: TimeRange) -> Self {
        let ids = signals.iter().map(|id| id.get()).collect();
        let ready = Vec::new().into_iter();
        Self { store, signals: signals.to_vec(), ids, at: range.from, end: range.to, held: Vec::new(), ready }
    }

    /// The next one; none at the end.
    pub(crate) fn next_wave(&mut self) -> Result<Option<Waveform>, Error> {
        loop {
            if let Some(wave) = self.ready.next() {
                return Ok(Some(wave));
            }
            let mut waves = std::mem::take(&mut self.held);
            let next = self.next_data();
            if next.is_none() && waves.is_empty() {
                return Ok(None);
            }
            let until = next.map_or(self.end, |from| from.plus(WINDOW).min(self.end));
            if let Some(from) = next {
                waves.extend(self.read(TimeRange::new(from, until))?);
            }
            self.at = until;
            waves.sort_by_key(|wave| (last_of(wave), wave.signal));
            // what ends later may be overtaken by one that begins in the next window
            let over = if next.is_none() { waves.len() } else { waves.partition_point(|wave| last_of(wave) < until) };
            self.held = waves.split_off(over);
            self.ready = waves.into_iter();
        }
    }

    /// Where there may be a waveform, at or after where we stand.
    fn next_data(&self) -> Option<Timestamp> {
        if self.at >= self.end {
            return None;
        }
        let rest = TimeRange::new(self.at, self.end);
        let state = self.store.inner().read();
        let files = files(&state, &self.signals, rest).map(|file| file.range.from.max(self.at));
        let inside = |(signal, time): &Key| {
            let time = Timestamp::from_micros(*time);
            (self.ids.contains(signal) && rest.contains(time)).then_some(time)
        };
        let hot = hot(&state).filter_map(|(key, _)| inside(key));
        files.chain(hot).min()
    }

    /// Those that begin in a window; where one was delivered again the latest counts.
    fn read(&self, window: TimeRange) -> Result<Vec<Waveform>, Error> {
        let (files, hot) = {
            let state = self.store.inner().read();
            let files: Vec<FileMeta> = files(&state, &self.signals, window).cloned().collect();
            (files, hot(&state).map(|(_, wave)| wave.clone()).collect::<Vec<_>>())
        };
        let mut found: BTreeMap<Key, Waveform> = BTreeMap::new();
        let mut keep = |wave: Waveform| {
            let (id, time, _) = wave.facts();
            if self.ids.contains(&id) && window.contains(wave.start) {
                found.insert((id, time), wave);
            }
        };
        for file in &files {
            read_media(file, None, window, &mut keep)?;
        }
        hot.into_iter().for_each(keep);
        Ok(found.into_values().collect())
    }
}

fn files<'a>(state: &'a State, signals: &'a [SignalId], range: TimeRange) -> impl Iterator<Item = &'a FileMeta> {
    state.files(Kind::Waveforms).map(|held| &held.meta).filter(move |meta| meta.may_hold(Some(signals), range))
}

/// Those in memory, the older first.
fn hot(state: &State) -> impl Iterator<Item = (&Key, &Waveform)> {
    state.frozen.iter().flat_map(|bundle| &bundle.waves).chain(&state.waves)
}

/// The time of the last sample.
fn last_of(wave: &Waveform) -> Timestamp {
    let seconds = wave.samples.len().saturating_sub(1) as f64 / wave.rate_hz;
    Duration::try_from_secs_f64(seconds).map_or(wave.start, |length| wave.start.plus(length))
}
