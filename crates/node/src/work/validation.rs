//! Whether a repair has helped: what was measured before against what was measured after.

use std::sync::Arc;
use std::time::Duration;

use gemba_act::work::{Case, CaseState, OrderState, Validation};
use gemba_learn::{rank, stats};
use gemba_plant::port::Past;
use gemba_plant::{Evidence, Finding, FindingState, SignalId, TimeRange, Timestamp};
use gemba_solutions::maintenance::monitor;

use super::Work;
use crate::Error;
use crate::clockwork::{every, report};
use crate::node::Core;
use crate::state::FindingFilter;

/// Samples of each side that a validation compares: few, so that neighbours hardly depend on each other.
const SAMPLES_MAX: usize = 60;
/// Samples that each side of a validation must have.
const SAMPLES_MIN: usize = 12;
/// After so long a repair is compared by itself, however long the fault had lasted before.
const LONG_ENOUGH: Duration = Duration::from_hours(24);
/// Between two looks at repairs that wait for their comparison.
const LOOK_EVERY: Duration = Duration::from_mins(5);
/// A repair after which nothing was measured for so long is no longer looked at.
const FOLLOWED: Duration = Duration::from_hours(30 * 24);
/// Open findings of a machine that are looked at.
const OPEN_MAX: usize = 1_000;

/// What a finding is judged by.
struct Measure {
    signal: SignalId,
    name: String,
    limit: f64,
}

/// What was measured on both sides of a repair, in units of the limit.
struct Sides {
    measure: String,
    repaired: TimeRange,
    before: Vec<f64>,
    after: Vec<f64>,
}

/// Compares repairs by themselves once enough was measured, until the node stops.
pub(crate) async fn follow(core: Arc<Core>) {
    every(core, LOOK_EVERY, "looking at repairs", |core| {
        let (work, young) = (Work(Arc::clone(core)), core.clock.now().minus(FOLLOWED));
        for case in work.cases()?.iter().filter(|case| case.changed >= young) {
            // one that cannot be compared keeps no other from it
            report("comparing what was measured before and after a repair", work.follow(case).map(drop));
        }
        Ok(())
    })
    .await;
}

impl Work {
    /// Compares what was measured before the repair with what was measured after it: the signal whose limit the finding
    /// tells of, else the deviation from normal.
    ///
    /// # Errors
    /// When nothing was mended, too little was measured since, or the disk cannot be read.
    pub fn validate(&self, finding: u64) -> Result<Case, Error> {
        let stored = self.finding(finding)?;
        let sides = self.sides(finding, &stored)?;
        if sides.before.len() < SAMPLES_MIN || sides.after.len() < SAMPLES_MIN {
            return Err(Error::Refused {
                what: format!(
                    "too little was measured: {} values before the repair, {} after",
                    sides.before.len(),
                    sides.after.len()
                ),
                cure: format!("wait until there are {SAMPLES_MIN} on each side and try again"),
            });
        }
        let validation = self.weighed(sides, &stored)?;
        self.change(finding, |case| case.validate(validation))
    }

    /// Compares a mended case that nobody has compared yet, once as much was measured after the repair as before it, or a
    /// day has passed; none when it is not yet time.
    pub(super) fn follow(&self, case: &Case) -> Result<Option<Case>, Error> {
        if case.state != CaseState::Resolved {
            return Ok(None);
        }
        let stored = self.finding(case.finding)?;
        let sides = self.sides(case.finding, &stored)?;
        let (before, after) = (sides.before.len(), sides.after.len());
        let long = self.0.clock.now().since(sides.repaired.to) >= LONG_ENOUGH;
        if before < SAMPLES_MIN || after < SAMPLES_MIN || !(after >= before || long) {
            return Ok(None);
        }
        let validation = self.weighed(sides, &stored)?;
        self.change(case.finding, |case| case.validate(validation)).map(Some)
    }

    fn weighed(&self, sides: Sides, finding: &Finding) -> Result<Validation, Error> {
        let (before, after) = (thinned(&sides.before), thinned(&sides.after));
        let medians = (stats::median(&before), stats::median(&after));
        let p_value = rank::mann_whitney(&before, &after);
        let weighed = Validation::weigh(medians, p_value, self.holds(finding)?, self.0.clock.now());
        Ok(Validation { signal: sides.measure, ..weighed })
    }

    /// Whether what was found holds now.
    fn holds(&self, finding: &Finding) -> Result<bool, Error> {
        let open = FindingFilter {
            assets: Some(vec![finding.asset]),
            state: Some(FindingState::Active),
            limit: OPEN_MAX,
            before: None,
            ..FindingFilter::default()
        };
        Ok(self.0.state.findings(&open)?.iter().any(|stored| stored.finding.key == finding.key))
    }

    /// Both sides of the repair of a finding. Without a finished work order it was mended when the check says so.
    fn sides(&self, number: u64, finding: &Finding) -> Result<Sides, Error> {
        let case = self.0.state.case(number)?;
        let checked = case.checks.last().map_or(finding.since, |check| check.at);
        let repaired = self.repair_of(number)?.unwrap_or(TimeRange::new(checked, checked));
        let Some(measure) = self.measure(finding) else {
            return Ok(Sides { measure: String::new(), repaired, before: Vec::new(), after: Vec::new() });
        };
        let before = self.values(&measure, TimeRange::new(finding.since, repaired.from))?;
        let after = self.values(&measure, TimeRange::new(repaired.to, Timestamp::MAX))?;
        Ok(Sides { measure: measure.name, repaired, before, after })
    }

    /// When the machine was last worked on because of a finding.
    fn repair_of(&self, finding: u64) -> Result<Option<TimeRange>, Error> {
        let orders = self.0.state.work_orders(true, None)?;
        let done = orders.into_iter().filter(|o| o.finding == Some(finding) && o.state == OrderState::Done);
        Ok(done.filter_map(|order| order.done).map(|done| done.worked).max_by_key(|worked| worked.to))
    }

    fn measure(&self, finding: &Finding) -> Option<Measure> {
        let catalogue = self.0.registry.catalogue();
        let told = finding.evidence.iter().find_map(|evidence| match evidence {
            Evidence::Limit { signal, limit, .. } if *limit > 0.0 => Some((*signal, *limit)),
            _ => None,
        });
        let score = || monitor::computed(catalogue.signals_of(finding.asset), monitor::SCORE).map(|s| (s.id, 1.0));
        let (signal, limit) = told.or_else(score)?;
        Some(Measure { signal, name: catalogue.signal(signal)?.name.clone(), limit })
    }

    /// What was measured in a range, in units of the limit.
    fn values(&self, measure: &Measure, range: TimeRange) -> Result<Vec<f64>, Error> {
        let fail = |fault: gemba_plant::port::BoxFault| Error::part("store", fault.as_ref());
        let mut values = Vec::new();
        for batch in self.0.store.samples(&[measure.signal], range).map_err(fail)? {
            let batch = batch.map_err(|e| Error::part("store", e.as_ref()))?;
            values.extend(batch.rows().filter(|s| s.quality.usable()).map(|s| s.value / measure.limit));
        }
        Ok(values)
    }
}

/// So few that neighbours hardly depend on each other.
fn thinned(values: &[f64]) -> Vec<f64> {
    values.iter().copied().step_by(values.len().div_ceil(SAMPLES_MAX).max(1)).collect()
}
