//! How long machines last whose kind has recorded failures: by what was learned of machines that ran to failure, where that
//! is proved to be better; else by the course of their deviation from normal, against what it came to before those.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_act::work::Failure;
use gemba_learn::stats;
use gemba_plant::{Asset, AssetId, Catalogue, Signal, Timestamp};
use gemba_solutions::maintenance::{Course, HEALTH_KEY, health_outlook, monitor};

use super::sparse::Sparse;
use crate::Error;
use crate::node::Core;
use crate::similar::stored;

/// Points of a course, and the shortest step between them: ten days of hours at first.
const POINTS: usize = 240;
const STEP_US: i64 = 3_600_000_000;
/// A course begins with the last failure, or so long ago at most.
const BACK_US: i64 = 90 * 86_400_000_000;
/// The time before a failure whose median counts.
const BEFORE: Duration = Duration::from_hours(24);
/// As many failures of a kind are taken, the newest.
const FAILURES_MAX: usize = 50;
/// Assets that are looked at in one round; each reads up to 90 days of one signal.
const ASSETS_MAX: usize = 500;
/// What the score came to before each failure, by the failure's number; none where it was not there.
pub(super) type Levels = BTreeMap<u64, Option<f64>>;

impl Core {
    /// Machines whose kind has failures: each is told by what was learned where that speaks, else by its own path.
    pub(super) fn look_at_paths(
        &self,
        levels: &mut Levels,
        events: &[Failure],
        sparse: &mut Sparse,
    ) -> Result<(), Error> {
        let failures = self.state.failures(Timestamp::MIN)?;
        if failures.is_empty() {
            return Ok(());
        }
        let catalogue = self.registry.catalogue();
        let watched = catalogue.assets().filter_map(|asset| Some((asset, score(&catalogue, asset.id)?)));
        let concerned = watched.filter(|(asset, _)| failures.iter().any(|f| alike(&catalogue, asset, f.asset)));
        for (asset, score) in concerned.take(ASSETS_MAX) {
            if self.look_by_fleet((asset, score), events, sparse)? {
                continue;
            }
            let mut of_kind = Vec::new();
            for failure in failures.iter().rev().filter(|f| alike(&catalogue, asset, f.asset)).take(FAILURES_MAX) {
                let level = match levels.get(&failure.id) {
                    Some(level) => *level,
                    None => self.level_before(&catalogue, failure)?,
                };
                levels.insert(failure.id, level);
                of_kind.extend(level);
            }
            if of_kind.len() > 1 {
                self.look_at(score, &of_kind, began(&failures, asset.id))?;
            }
        }
        Ok(())
    }

    /// The median of the score in the day before a failure.
    fn level_before(&self, catalogue: &Catalogue, failure: &Failure) -> Result<Option<f64>, Error> {
        let Some(score) = score(catalogue, failure.asset) else { return Ok(None) };
        let rows = usize::try_from(BEFORE.as_secs() / 3_600).unwrap_or(0);
        let from = failure.at.minus(BEFORE).micros();
        let values = self.course(score, (from, STEP_US, rows))?.1;
        let known: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        Ok((!known.is_empty()).then(|| stats::median(&known)))
    }

    fn look_at(&self, score: &Signal, levels: &[f64], began: Timestamp) -> Result<(), Error> {
        let now = self.clock.now().micros();
        let span = now.saturating_sub(began.micros()).clamp(0, BACK_US);
        let points = i64::try_from(POINTS).unwrap_or(i64::MAX);
        let step = STEP_US.max(span / points);
        let rows = usize::try_from(span / step).unwrap_or(0);
        let (times, values) = self.course(score, (now.saturating_sub(span), step, rows))?;
        let open = self.open_with(score.asset, HEALTH_KEY)?.map(|stored| stored.finding);
        let course = Course { score, times: &times, values: &values, levels, open: open.as_ref() };
        if let Some(finding) = health_outlook(&course, &self.settings().life) {
            self.take_findings(vec![finding]);
        }
        Ok(())
    }

    /// The means of a signal in equal steps, each with the middle of its step.
    fn course(&self, signal: &Signal, (from, step, rows): (i64, i64, usize)) -> Result<(Vec<i64>, Vec<f64>), Error> {
        let rasters = stored::read(self, std::slice::from_ref(signal), (from, step, rows), &|_| true)?;
        let values = rasters.first().map(gemba_learn::raster::Raster::values).unwrap_or_default();
        let times = (0..).take(values.len()).map(|row: i64| from.saturating_add(row * step + step / 2));
        Ok((times.collect(), values))
    }
}

/// The signal that holds the deviation of an asset.
pub(super) fn score(catalogue: &Catalogue, asset: AssetId) -> Option<&Signal> {
    monitor::computed(catalogue.signals_of(asset), monitor::SCORE)
}

/// Whether a failure of the other tells of this one: the same machine, or the same template.
fn alike(catalogue: &Catalogue, asset: &Asset, other: AssetId) -> bool {
    let kind = || catalogue.asset(other).and_then(|other| other.template.as_ref());
    asset.id == other || asset.template.is_some() && asset.template.as_ref() == kind()
}

/// When the course of an asset began: with its last failure, or its repair.
fn began(failures: &[Failure], asset: AssetId) -> Timestamp {
    let own = failures.iter().filter(|failure| failure.asset == asset);
    own.map(|failure| failure.repaired.unwrap_or(failure.at)).max().unwrap_or(Timestamp::MIN)
}
