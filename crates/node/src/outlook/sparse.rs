//! Long pasts in few reads: of each step only a short window, and no step twice.

use std::collections::{BTreeMap, BTreeSet};

use gemba_learn::raster::Raster;
use gemba_plant::{Signal, SignalId};

use crate::Error;
use crate::node::Core;
use crate::similar::stored;

/// Of a longer step only so much in its middle is read: a level needs no more.
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

/// The means of steps, a column a signal: whole steps where they are short, else a window in the middle of each.
fn windows(core: &Core, signals: &[Signal], (from, step, rows): (i64, i64, usize)) -> Result<Vec<Vec<f64>>, Error> {
    if step <= WINDOW_US {
        let rasters = stored::read(core, signals, (from, step, rows), &|_| true)?;
        return Ok(rasters.iter().map(Raster::values).collect());
    }
    let mut columns = vec![Vec::with_capacity(rows); signals.len()];
    for row in 0..rows {
        let middle = from.saturating_add(step.saturating_mul(number(row))).saturating_add((step - WINDOW_US) / 2);
        let rasters = stored::read(core, signals, (middle, WINDOW_US, 1), &|_| true)?;
        for (column, raster) in columns.iter_mut().zip(&rasters) {
            column.push(raster.values().first().copied().unwrap_or(f64::NAN));
        }
    }
    Ok(columns)
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
