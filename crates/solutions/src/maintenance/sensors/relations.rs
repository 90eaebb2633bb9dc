//! What the signals of an asset make of each other, row by row.

use std::time::Duration;

use gemba_learn::cross::{Cross, Estimate, Learner, Recent, Repair, Suspects};
use gemba_learn::grid::Grid;
use gemba_plant::{Role, Sample, Signal, SignalId, Template, Timestamp, Unit};
use serde::{Deserialize, Serialize};

use super::super::normal::{NormalBehaviourConfig, is_driver, is_watched};
use super::scales;
use super::turns::Turns;

/// Rows from one look for a sensor that drifts to the next.
const LONE_EVERY: i64 = 10;

/// Whether a faulty sensor reads what the others make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Agreement {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It would with the repair that was found.
    OnlyRepaired,
    /// Nothing can be said.
    Unknown,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Stage {
    Learning(Box<Learner>),
    Known(Cross),
}

/// A signal as far as relations look at it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Column {
    id: SignalId,
    /// Whether it may be suspected of a fault that shows only beside the others.
    sensor: bool,
    role: Role,
    unit: Unit,
}

/// Relations, learned or on the way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Relations {
    columns: Vec<Column>,
    grid: Grid,
    stage: Stage,
    recent: Recent,
    #[serde(with = "gemba_learn::bits")]
    last: Vec<f64>,
    repair: Option<Repair>,
    estimates: Vec<Estimate>,
    #[serde(default)]
    pub(super) turns: Turns,
}

impl Relations {
    /// None when fewer than two signals could be related.
    pub(super) fn new(signals: &[Signal], config: &NormalBehaviourConfig) -> Option<Self> {
        let mut watched: Vec<&Signal> = signals.iter().filter(|s| is_watched(s)).collect();
        watched.sort_by_key(|s| s.id);
        let column = |s: &&Signal| Column { id: s.id, sensor: !is_driver(s), role: s.role, unit: s.unit.clone() };
        let columns: Vec<Column> = watched.iter().map(column).collect();
        if columns.len() < 2 {
            return None;
        }
        let micros = |ms: u64| i64::try_from(ms.saturating_mul(1000)).unwrap_or(i64::MAX);
        Some(Self {
            grid: Grid::new(columns.len(), micros(config.step_ms), micros(config.hold_ms)),
            stage: Stage::Learning(Box::new(Learner::new(columns.len(), config.rows()))),
            recent: Recent::default(),
            last: vec![f64::NAN; columns.len()],
            repair: None,
            estimates: Vec::new(),
            turns: Turns::default(),
            columns,
        })
    }

    /// Whether a saved state is of the same signals.
    pub(super) fn like(&self, saved: &Self) -> bool {
        self.columns == saved.columns && self.grid.step_us() == saved.grid.step_us()
    }

    /// The distance of two rows.
    pub(super) fn step(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.grid.step_us()).unwrap_or(1))
    }

    /// How long so many rows last, µs.
    pub(super) fn lasts(&self, rows: u32) -> i64 {
        self.grid.step_us().saturating_mul(i64::from(rows))
    }

    /// The column of a signal, and that time has come to a sample of it: rows before it should be taken with
    /// [`next_row`](Self::next_row).
    pub(super) fn arrive(&mut self, sample: Sample) -> Option<usize> {
        let column = self.column(sample.signal)?;
        self.grid.arrive(sample.time.micros());
        Some(column)
    }

    /// Takes a sample.
    pub(super) fn put(&mut self, column: usize, time: i64, value: f64) {
        self.grid.put(time, column, value);
    }

    /// Goes on to the next row that is complete up to `until`; its time.
    pub(super) fn next_row(&mut self, until: i64) -> Option<i64> {
        let time = self.grid.next_row(until)?;
        self.last.clear();
        self.last.extend_from_slice(self.grid.row());
        Some(time)
    }

    fn column(&self, id: SignalId) -> Option<usize> {
        self.columns.binary_search_by_key(&id, |c| c.id).ok()
    }

    fn columns_of(&self, ids: &[SignalId]) -> Vec<usize> {
        ids.iter().filter_map(|id| self.column(*id)).collect()
    }

    /// Looks at the row of `time`, to which it has just gone on. A fault of a sensor that shows in it and was not known,
    /// and since when: what jumps with the operating state is none.
    pub(super) fn row(
        &mut self,
        time: i64,
        doubted: &[SignalId],
        template: Option<&Template>,
    ) -> Option<(Repair, i64)> {
        match &mut self.stage {
            Stage::Learning(learner) => {
                if doubted.is_empty()
                    && let Some(model) = learner.push(&self.last)
                {
                    self.stage = Stage::Known(model);
                }
                return None;
            }
            Stage::Known(model) => self.recent.push(model, &self.last),
        }
        self.doubt(doubted);
        if self.repair.is_some() || !self.recent.broken() {
            return None;
        }
        let rows = i64::try_from(self.recent.misfits()).unwrap_or(0);
        let since = time.saturating_sub(self.grid.step_us().saturating_mul(rows - 1));
        let found = self.look(template)?;
        let turned = self.turns.near(since, self.grid.step_us());
        (!turned || self.is_unit(found)).then_some((found, since))
    }

    /// Whether a repair is to another unit of the same quantity, which nothing else looks like.
    fn is_unit(&self, repair: Repair) -> bool {
        let Repair::Scaled { column, gain, .. } = repair else { return false };
        let known = self.columns.get(column).map_or(&[][..], |c| scales::of(&c.unit));
        known.iter().any(|(scale, _)| [*scale, 1.0 / scale].iter().any(|other| (gain / other - 1.0).abs() < 1e-9))
    }

    fn look(&self, template: Option<&Template>) -> Option<Repair> {
        let Stage::Known(model) = &self.stage else { return None };
        let sensors: Vec<usize> =
            (0..self.columns.len()).filter(|i| self.columns.get(*i).is_some_and(|c| c.sensor)).collect();
        let kind = |i: usize| self.columns.get(i).map(|c| (&c.unit, c.role));
        let alike = |a: usize, b: usize| match (kind(a), kind(b)) {
            (Some((unit, role)), Some((other, as_role))) => unit == other && (role == as_role || unit.declared()),
            _ => false,
        };
        let known = |i: usize| self.columns.get(i).map_or(&[][..], |c| scales::of(&c.unit));
        let any = |i: usize, up: bool| self.columns.get(i).is_some_and(|c| scales::any(template, c.role, up));
        self.recent.repair(model, &Suspects { sensors: &sensors, alike: &alike, scales: &known, any: &any })
    }

    /// Rows from one time to another.
    pub(super) fn rows_from(&self, since: Timestamp, time: i64) -> i64 {
        time.saturating_sub(since.micros()) / self.grid.step_us().max(1)
    }

    /// The one sensor without which the last rows fit, as none fits with it. Asked in one of ten rows: it takes a while.
    pub(super) fn lone(&self, time: i64) -> Option<SignalId> {
        let Stage::Known(model) = &self.stage else { return None };
        if time.div_euclid(self.grid.step_us().max(1)) % LONE_EVERY != 0 {
            return None;
        }
        let sensors = self.columns.iter().enumerate().filter(|(_, c)| c.sensor).map(|(i, _)| i);
        self.columns.get(self.recent.lone(model, sensors)?).map(|c| c.id)
    }

    /// The repair that is believed from now on.
    pub(super) fn believe(&mut self, repair: Repair) {
        self.repair = Some(repair);
    }

    /// The signals that a repair is about.
    pub(super) fn concerned(&self, repair: &Repair) -> Vec<SignalId> {
        let id = |column: usize| self.columns.get(column).map(|c| c.id);
        repair.columns().into_iter().filter_map(id).collect()
    }

    /// From now on these are not looked at when the others are asked what they make of them.
    pub(super) fn doubt(&mut self, doubted: &[SignalId]) {
        if self.repair.is_some_and(|r| !self.concerned(&r).iter().any(|id| doubted.contains(id))) {
            self.repair = None;
            self.recent.clear();
        }
        let columns = self.columns_of(doubted);
        self.estimates = match &self.stage {
            Stage::Known(model) if !columns.is_empty() => model.estimates(&self.last, &columns),
            _ => Vec::new(),
        };
    }

    /// Whether there is an estimate of any sensor.
    pub(super) fn estimates(&self) -> bool {
        !self.estimates.is_empty()
    }

    /// What the others make of a faulty sensor at the last row.
    pub(super) fn estimate(&self, id: SignalId) -> Option<Estimate> {
        let column = self.column(id)?;
        self.estimates.iter().find(|e| e.column == column).copied()
    }

    /// What the others make of a signal at the last row, whether it is doubted or not.
    pub(super) fn made_of(&self, id: SignalId) -> Option<f64> {
        let (Stage::Known(model), column) = (&self.stage, self.column(id)?) else { return None };
        Some(model.estimates(&self.last, &[column]).first()?.value)
    }

    /// What a signal read in the last row.
    pub(super) fn read(&self, id: SignalId) -> Option<f64> {
        self.last.get(self.column(id)?).copied().filter(|v| v.is_finite())
    }

    /// The share of a signal's movement that the others explain; none while that is not learned.
    pub(super) fn skill(&self, id: SignalId) -> Option<f64> {
        match &self.stage {
            Stage::Known(model) => Some(self.column(id).and_then(|c| model.skill(c)).unwrap_or(0.0)),
            Stage::Learning(_) => None,
        }
    }

    /// Whether a faulty sensor read in the last row what the others make of it.
    pub(super) fn agreement(&self, id: SignalId) -> Agreement {
        let (Some(estimate), Some(value), Stage::Known(model)) = (self.estimate(id), self.read(id), &self.stage) else {
            return Agreement::Unknown;
        };
        if (value - estimate.value).abs() <= estimate.fits {
            return Agreement::Yes;
        }
        let repaired = self.repair.filter(|r| self.concerned(r).contains(&id));
        if repaired.is_some_and(|r| model.fits(&r.repaired(&self.last))) {
            Agreement::OnlyRepaired
        } else {
            Agreement::No
        }
    }
}
