//! Long pasts in few reads: of each step only a short window, and no step twice.

use std::collections::{BTreeMap, BTreeSet};

use gemba_learn::raster::Raster;
use gemba_plant::{Signal, SignalId};

use crate::Error;
use crate::node::Core;
use crate::similar::stored;

/// Of a longer step only so much in its middle is read, where something was measured there: a level needs no more.
const WINDOW_US: i64 = 600_000_000;
/// Steps of a past at most.
pub(super) const STEPS_MAX: usize = 2_000;

/// A signal from a moment on, in steps: signal, begin, length of a step (microseconds).
type Key = (SignalId, i64, i64);

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Sparse {
    known: BTreeMap<Key, Vec<f64>>,
    used: BTreeSet<Key>,
}

impl Sparse {
    /// The mean of each step of each signal, NaN where nothing was measured. Only whole steps may be asked: what was read
    /// stays.
    pub(super) fn read(
        &mut self,
        core: &Core,
        signals: &[Signal],
        (from, step, rows): (i64, i64, usize),
    ) -> Result<Vec<Vec<f64>>, Error> {
        let rows = rows.min(STEPS_MAX);
        let keys: Vec<Key> = signals.iter().map(|signal| (signal.id, from, step)).collect();
        self.used.extend(keys.iter().copied());
        let read = keys.iter().map(|key| self.known.get(key).map_or(0, Vec::len)).min().unwrap_or(0);
        let missing = rows.saturating_sub(read);
        if missing > 0 {
            let new = windows(core, signals, (from.saturating_add(step.saturating_mul(number(read))), step, missing))?;
            for (key, new) in keys.iter().zip(new) {
                let column = self.known.entry(*key).or_default();
                column.truncate(read);
                column.extend(new);
            }
        }
        let own = |key: &Key| self.known.get(key).map(|all| all.iter().take(rows).copied().collect());
        Ok(keys.iter().map(|key| own(key).unwrap_or_default()).collect())
    }

    /// Forgets what was not asked for since the last time.
    pub(super) fn forget(&mut self) {
        let used = std::mem::take(&mut self.used);
        self.known.retain(|key, _| used.contains(key));
    }
}

/// The means of steps, a column a signal: whole steps where they are short, else a window in the middle of each, and the whole step
/// of what was measured so slowly that the window holds none of it.
fn windows(core: &Core, signals: &[Signal], (from, step, rows): (i64, i64, usize)) -> Result<Vec<Vec<f64>>, Error> {
    if step <= WINDOW_US {
        let rasters = stored::read(core, signals, (from, step, rows), &|_| true)?;
        return Ok(rasters.iter().map(Raster::values).collect());
    }
    let mut columns = vec![Vec::with_capacity(rows); signals.len()];
    for row in 0..rows {
        let begin = from.saturating_add(step.saturating_mul(number(row)));
        let mut means = mean(core, signals, (begin.saturating_add((step - WINDOW_US) / 2), WINDOW_US))?;
        let slow: Vec<usize> = (0..means.len()).filter(|at| means.get(*at).is_some_and(|mean| mean.is_nan())).collect();
        let of: Vec<Signal> = slow.iter().filter_map(|at| signals.get(*at).cloned()).collect();
        for (at, whole) in slow.iter().zip(mean(core, &of, (begin, step))?) {
            if let Some(mean) = means.get_mut(*at) {
                *mean = whole;
            }
        }
        columns.iter_mut().zip(means).for_each(|(column, mean)| column.push(mean));
    }
    Ok(columns)
}

/// The mean of each signal over a stretch of time; NaN where nothing was measured.
fn mean(core: &Core, signals: &[Signal], (from, span): (i64, i64)) -> Result<Vec<f64>, Error> {
    if signals.is_empty() {
        return Ok(Vec::new());
    }
    let rasters = stored::read(core, signals, (from, span, 1), &|_| true)?;
    Ok(rasters.iter().map(|raster| raster.values().first().copied().unwrap_or(f64::NAN)).collect())
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
