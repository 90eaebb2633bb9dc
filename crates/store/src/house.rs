//! Keeping house: flush, compaction, retention, free space, damaged files; one after the other.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use gemba_plant::{Gap, GapReason, TimeRange, Timestamp};

use crate::believe::Believed;
use crate::disk::replace;
use crate::manifest::{Kind, Manifest, Part, last_bytes};
use crate::state::{Held, State};
use crate::store::Inner;
use crate::view::DAMAGED;
use crate::{Condition, Error};

/// How long a gap of retention may stand apart from the last and still be the same entry of the ledger.
const SAME_GAP: Duration = Duration::from_hours(48);
/// Source times this far ahead are no reason to call anything old.
const AHEAD: Duration = Duration::from_hours(24);
const DAY: Duration = Duration::from_hours(24);

/// What only the one who keeps house touches.
#[derive(Debug)]
pub(crate) struct House {
    /// As last written.
    pub(crate) manifest: Manifest,
    believed: Believed,
    last_look: Option<Instant>,
}

/// A change of the set of files.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    pub(crate) add: Vec<Part>,
    pub(crate) remove: Vec<u64>,
    /// The frozen rows are in `add`: the log is needed from here.
    pub(crate) log_from: Option<u64>,
}

impl House {
    pub(crate) fn new(manifest: Manifest, believed: Believed) -> Self {
        Self { manifest, believed, last_look: None }
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.manifest.next_file += 1;
        self.manifest.next_file
    }
}

impl Inner {
    pub(crate) fn house(&self) -> MutexGuard<'_, House> {
        self.house.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of the thread `store-keep`.
    pub(crate) fn keep_loop(&self) {
        let every = Duration::from_millis(self.config.maintain_every_ms);
        while self.queue.wait_for_keeping(every) {
            if let Err(error) = self.maintain() {
                tracing::error!(%error, "keeping the store; it is tried again");
            }
        }
    }

    pub(crate) fn maintain(&self) -> Result<(), Error> {
        let mut house = self.house();
        self.look_at_space();
        self.commit();
        self.set_damaged_aside(&mut house)?;
        self.resolve_late()?;
        let due = {
            let state = self.read();
            state.frozen.is_some() || self.flush_due(&state)
        };
        if due {
            self.flush_into(&mut house)?;
        }
        self.compact(&mut house)?;
        self.retain(&mut house)
    }

    pub(crate) fn flush(&self) -> Result<(), Error> {
        let mut house = self.house();
        self.flush_into(&mut house)
    }

    pub(crate) fn flush_due(&self, state: &State) -> bool {
        let old = state.oldest.is_some_and(|at| at.elapsed().as_secs() >= self.config.flush_after_s);
        old || state.hot.len() >= self.config.flush_rows || state.hot_media() >= self.config.flush_media_bytes
    }

    /// Writes the manifest with a change of files; then readers see it, and what is no longer needed goes.
    pub(crate) fn publish(&self, house: &mut House, turn: &Turn) -> Result<(), Error> {
        let mut manifest = house.manifest.clone();
        manifest.parts.retain(|part| !turn.remove.contains(&part.number));
        manifest.parts.extend(turn.add.iter().cloned());
        let last = {
            let state = self.read();
            manifest.positions.clone_from(&state.positions);
            manifest.gaps = state.ledger.all();
            last_bytes(state.hot.checkpoint())
        };
        manifest.log_from = turn.log_from.unwrap_or(manifest.log_from);
        let name = manifest.next_last();
        let path = self.dir.join(&name);
        let before = manifest.last.replace((name, crc32c::crc32c(&last)));
        replace(self.disk.as_ref(), &path, &last)
            .map_err(Error::file("writing last values", &path))
            .and_then(|()| manifest.stage(self.disk.as_ref(), &self.dir))
            .inspect_err(|_| self.discard(&turn.add))?;
        let written = Manifest::swap(self.disk.as_ref(), &self.dir);
        // Also after a failure: what the disk holds may be the new one, so its generation and numbers are spent.
        house.manifest.generation = manifest.generation;
        written?;
        house.manifest = manifest;
        self.turn_over(turn);
        if let Some((old, _)) = before
            && let Err(error) = self.disk.remove(&self.dir.join(&old))
        {
            tracing::debug!(%error, file = %old, "an old table of last values stays");
        }
        if let Some(number) = turn.log_from {
            let mut writer = self.writer();
            writer.log.remove_before(number);
            self.figures.wal_bytes.store(writer.log.bytes(), Ordering::Relaxed);
        }
        Ok(())
    }

    /// Removes files that no manifest will name, because what belongs to them could not be written: on a full disk every
    /// further try would leave as many.
    pub(crate) fn discard(&self, parts: &[Part]) {
        for part in parts {
            if let Err(error) = self.disk.remove(&self.dir.join(&part.name)) {
                tracing::warn!(%error, file = %part.name, "a lake file that does not count stays until the next start");
            }
        }
    }

    /// Lets readers see the files as the manifest on disk has them.
    fn turn_over(&self, turn: &Turn) {
        let mut state = self.write();
        state.epoch += 1;
        state.held.retain(|held| {
            let gone = turn.remove.contains(&held.part.number);
            if gone {
                held.meta.live.doomed.store(true, Ordering::Release);
            }
            !gone
        });
        state.held.extend(turn.add.iter().map(|part| Held::new(&self.disk, &self.dir, part.clone())));
        let mut flushed = state.frozen.take_if(|_| turn.log_from.is_some()).and_then(Arc::into_inner);
        if let Some(bundle) = &mut flushed {
            state.hot.reuse(&mut bundle.samples);
        }
        self.count(&state);
        drop(state);
        drop(flushed);
        self.queue.wake();
    }

    /// Looks at the free space; stops or goes on accepting.
    pub(crate) fn look_at_space(&self) {
        let free = match self.disk.free_bytes(&self.dir) {
            Ok(free) => free,
            Err(error) => {
                tracing::warn!(%error, "asking for free space");
                return;
            }
        };
        self.figures.disk_free.store(free, Ordering::Release);
        let now = self.clock.now();
        let condition = self.queue.lock().condition;
        if free < self.reserve() && condition == Condition::Accepting {
            tracing::error!(
                free,
                reserve = self.reserve(),
                "the disk is full; nothing is accepted until there is space"
            );
            self.begin_full_spell(now);
            self.queue.set(Condition::DiskFull, Some(format!("{free} bytes free, {} in reserve", self.reserve())));
        }
        // A little more than the reserve, so that it does not go back and forth.
        if condition == Condition::DiskFull && free >= self.reserve() + self.reserve() / 8 {
            self.queue.set(Condition::Accepting, None);
        }
        self.note_space(now);
    }

    /// Remembers since when the disk is full, until the ledger has it.
    pub(crate) fn begin_full_spell(&self, now: Timestamp) {
        self.full_since.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(now);
    }

    /// Keeps the ledger in step with the condition. Also a spell that began and ended between two steps, or that was too
    /// full for its own note, gets its line, at the latest when it is over.
    fn note_space(&self, now: Timestamp) {
        let (full, idle) = {
            let waiting = self.queue.lock();
            (waiting.condition == Condition::DiskFull, waiting.bytes == 0)
        };
        let open = self.read().ledger.closed("", GapReason::DiskFull, now);
        let why = "the disk was full, nothing was accepted";
        let gap = |from: Timestamp, to: Timestamp| Gap::new("", TimeRange::new(from, to), GapReason::DiskFull, why);
        let since = {
            let mut since = self.full_since.lock().unwrap_or_else(PoisonError::into_inner);
            if full { *since } else { since.take() }
        };
        let note = match (full, open.is_empty()) {
            // While the log cannot be written at all, the note would be repeated with each step: it must not pile up.
            (true, true) if idle => vec![gap(since.unwrap_or(now), Timestamp::MAX)],
            (true, _) => return,
            (false, false) => open,
            (false, true) => since.map(|from| gap(from, now.max(from))).into_iter().collect(),
        };
        if !note.is_empty()
            && let Err(error) = self.note(note)
        {
            tracing::debug!(%error, "noting the full disk");
        }
    }

    /// Takes files whose checksum was found wrong out of the lake, with a line in the gap ledger.
    fn set_damaged_aside(&self, house: &mut House) -> Result<(), Error> {
        let damaged: Vec<Held> = {
            let state = self.read();
            state
                .held
                .iter()
                .filter(|held| held.meta.live.checked.load(Ordering::Acquire) == DAMAGED)
                .cloned()
                .collect()
        };
        for held in damaged {
            let note = format!("{} did not match its checksum and was set aside", held.part.name);
            let gap = Gap { lost: held.part.rows, ..Gap::new("", held.part.range, GapReason::Corrupt, note) };
            drop(self.note(vec![gap])?);
            let name = held.part.name.replace('/', "-");
            if let Err(error) = self.disk.rename(&held.meta.path, &self.dir.join("quarantine").join(name)) {
                tracing::debug!(%error, file = %held.part.name, "a damaged file could not be kept");
            }
            tracing::error!(file = %held.part.name, rows = held.part.rows, "a damaged lake file was set aside");
            self.figures.quarantined.fetch_add(1, Ordering::Relaxed);
            self.publish(house, &Turn { remove: vec![held.part.number], ..Turn::default() })?;
        }
        Ok(())
    }

    /// Removes what the rules of age and size no longer keep: whole files, the oldest first.
    fn retain(&self, house: &mut House) -> Result<(), Error> {
        let elapsed = house.last_look.replace(Instant::now()).map_or(Duration::ZERO, |at| at.elapsed());
        let now = house.believed.tell(self.clock.now(), elapsed);
        house.manifest.believed_now = now.micros();
        let old = self.too_old(house, now);
        let old = if old.is_empty() { self.too_many(house) } else { old };
        let (Some(from), Some(to)) =
            (old.iter().map(|part| part.range.from).min(), old.iter().map(|part| part.range.to).max())
        else {
            return Ok(());
        };
        let rows = old.iter().map(|part| part.rows).sum();
        drop(self.note(vec![self.retention_gap(TimeRange::new(from, to), rows)])?);
        self.publish(house, &Turn { remove: old.iter().map(|part| part.number).collect(), ..Turn::default() })
    }

    fn too_old(&self, house: &House, now: Timestamp) -> Vec<Part> {
        let Some(days) = self.config.retention_days else { return Vec::new() };
        // Age is judged by the data too: when nothing newer has come, nothing is deleted for a clock's sake.
        let ends = house.manifest.parts.iter().map(|part| part.range.to);
        let newest = ends.filter(|to| *to <= now.plus(AHEAD)).max().unwrap_or(now);
        let keep_from = now.min(newest).minus(DAY.saturating_mul(days));
        house.manifest.parts.iter().filter(|part| part.range.to <= keep_from).cloned().collect()
    }

    fn too_many(&self, house: &House) -> Vec<Part> {
        let Some(gb) = self.config.retention_gb else { return Vec::new() };
        beyond(house.manifest.parts.clone(), u64::from(gb) * 1_000_000_000)
    }

    /// The entry of the ledger for what is removed: the last one, made longer, where they meet.
    fn retention_gap(&self, range: TimeRange, rows: u64) -> Gap {
        let near = TimeRange::new(range.from.minus(SAME_GAP), range.to.plus(SAME_GAP));
        let known = self.read().ledger.in_range(near).into_iter().find(|gap| gap.reason == GapReason::Retention);
        let before = known.filter(|gap| gap.range.from <= range.from);
        let range = TimeRange::new(
            before.as_ref().map_or(range.from, |gap| gap.range.from),
            before.as_ref().map_or(range.to, |gap| gap.range.to.max(range.to)),
        );
        let lost = rows + before.map_or(0, |gap| gap.lost);
        Gap { lost, ..Gap::new("", range, GapReason::Retention, "removed by the retention rule") }
    }

    /// The files that may be merged: of one kind, day and level, enough of them, none too large.
    pub(crate) fn mergeable(&self) -> Option<Vec<Held>> {
        let state = self.read();
        let mut groups: BTreeMap<(Kind, i64, u32), Vec<&Held>> = BTreeMap::new();
        for held in &state.held {
            if held.part.bytes <= self.config.compact_bytes_max {
                groups.entry((held.part.kind, held.part.day, held.part.level)).or_default().push(held);
            }
        }
        let mut full = groups.into_values().filter(|group| group.len() >= self.config.compact_files);
        full.find(|group| self.fits(group)).map(|group| group.into_iter().cloned().collect())
    }

    /// Media are merged in memory, so only as much as a flush holds.
    fn fits(&self, group: &[&Held]) -> bool {
        let bytes: u64 = group.iter().map(|held| held.part.bytes).sum();
        let samples = group.first().is_some_and(|held| held.part.kind == Kind::Samples);
        samples || bytes <= self.config.flush_media_bytes as u64
    }
}

/// The oldest files, without which the others take no more than `limit` bytes.
fn beyond(mut parts: Vec<Part>, limit: u64) -> Vec<Part> {
    parts.sort_by_key(|part| (part.day, part.number));
    let mut bytes: u64 = parts.iter().map(|part| part.bytes).sum();
    let gone = parts.into_iter().take_while(|part| {
        let over = bytes > limit;
        bytes = bytes.saturating_sub(part.bytes);
        over
    });
    gone.collect()
}

#[cfg(test)]
mod tests {
    use gemba_plant::SignalId;

    use super::*;
    use crate::manifest::Kind;

    #[test]
    fn the_oldest_days_go_until_the_rest_fits() {
        let part = |number, day, bytes| Part {
            kind: Kind::Samples,
            name: String::new(),
            number,
            day,
            rows: 1,
            bytes,
            crc: 0,
            range: TimeRange::ALL,
            signal_min: SignalId::new(0),
            signal_max: SignalId::new(0),
            level: 0,
        };
        let parts = vec![part(4, 9, 300), part(1, 8, 300), part(3, 7, 300), part(2, 7, 300)];
        let gone = |limit| beyond(parts.clone(), limit).iter().map(|part| part.number).collect::<Vec<_>>();
        assert_eq!(gone(1_200), Vec::<u64>::new());
        assert_eq!(gone(1_199), [2]);
        assert_eq!(gone(600), [2, 3]);
        assert_eq!(gone(0), [2, 3, 1, 4]);
    }
}
