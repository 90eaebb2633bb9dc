//! The maintenance desk: findings to checked and repaired machines. Decisions are those of [`gemba_act::work`]; here
//! they meet the disk, the clock and the stored samples. Calls block for the state.

mod drafts;

use std::collections::BTreeMap;
use std::sync::Arc;

use gemba_act::work::{
    Case, CaseFact, Check, Done, Failure, Figures, Job, Life, OrderState, Plan, Stock, Validation, Window, WorkOrder,
    figures, plan,
};
use gemba_learn::{rank, stats};
use gemba_plant::port::Past;
use gemba_plant::{AssetId, AssetPath, Catalogue, TimeRange, Timestamp};

pub use drafts::{CheckRecord, FailureDraft, OrderChange, OrderStep};

use crate::Error;
use crate::node::Core;
use crate::state::{FindingFilter, NumberedWindow, Removable};

/// The computed signal that tells how far from normal an asset is, in units of its alarm limit.
const SCORE: &str = "monitor/score";
/// Samples of each side that a validation compares: few, so that neighbours hardly depend on each other.
const SAMPLES_MAX: usize = 60;
/// Samples that each side of a validation must have.
const SAMPLES_MIN: usize = 12;
/// Findings that figures look at.
const FINDINGS_MAX: usize = 100_000;

/// Maintenance work of a node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Work(pub(crate) Arc<Core>);

fn refused(error: &gemba_act::Error) -> Error {
    Error::Refused { what: error.to_string(), cure: "look at where it stands and try again".into() }
}

impl Work {
    /// What people made of a finding.
    ///
    /// # Errors
    /// When there is no such finding, or the state cannot be read.
    pub fn case(&self, finding: u64) -> Result<Case, Error> {
        self.finding(finding)?;
        self.0.state.case(finding)
    }

    /// Every case that somebody has touched, newest change first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn cases(&self) -> Result<Vec<Case>, Error> {
        self.0.state.cases()
    }

    /// Somebody goes and looks.
    ///
    /// # Errors
    /// When the case is closed, or the state cannot be written.
    pub fn inspect(&self, finding: u64) -> Result<Case, Error> {
        let now = self.0.clock.now();
        self.change(finding, |case| case.inspect(now))
    }

    /// Takes the record of a look at the machine.
    ///
    /// # Errors
    /// When the case is closed, the record is not complete, or the state cannot be written.
    pub fn check(&self, finding: u64, record: CheckRecord, by: &str) -> Result<Case, Error> {
        let CheckRecord { outcome, failure_mode, component, resolved, note } = record;
        let at = self.0.clock.now();
        let check = Check { by: by.to_owned(), at, outcome, failure_mode, component, resolved, note };
        self.change(finding, |case| case.check(check))
    }

    /// Compares how far from normal the machine was before the repair and after it.
    ///
    /// # Errors
    /// When nothing was mended, too little was measured since, or the disk cannot be read.
    pub fn validate(&self, finding: u64) -> Result<Case, Error> {
        let stored = self.finding(finding)?;
        let case = self.0.state.case(finding)?;
        let repaired = match self.repair_of(finding)? {
            Some(worked) => worked,
            None => {
                case.checks.last().map_or(TimeRange::new(stored.since, stored.since), |c| TimeRange::new(c.at, c.at))
            }
        };
        let now = self.0.clock.now();
        let before = self.scores(stored.asset, TimeRange::new(stored.since, repaired.from))?;
        let after = self.scores(stored.asset, TimeRange::new(repaired.to, now))?;
        if before.len() < SAMPLES_MIN || after.len() < SAMPLES_MIN {
            return Err(Error::Refused {
                what: format!(
                    "too little was measured: {} values before the repair, {} after",
                    before.len(),
                    after.len()
                ),
                cure: format!("wait until there are {SAMPLES_MIN} on each side and try again"),
            });
        }
        let p_value = rank::mann_whitney(&before, &after);
        let validation = Validation::weigh(stats::median(&before), stats::median(&after), p_value, now);
        self.change(finding, |case| case.validate(validation))
    }

    fn change(&self, finding: u64, act: impl FnOnce(&mut Case) -> Result<(), gemba_act::Error>) -> Result<Case, Error> {
        let mut case = self.case(finding)?;
        act(&mut case).map_err(|e| refused(&e))?;
        self.0.state.put_case(&case)?;
        Ok(case)
    }

    fn finding(&self, id: u64) -> Result<gemba_plant::Finding, Error> {
        let found = self.0.state.finding(id)?;
        found.map(|stored| stored.finding).ok_or(Error::NotFound { what: "finding", name: id.to_string() })
    }

    /// When the machine was worked on because of a finding.
    fn repair_of(&self, finding: u64) -> Result<Option<TimeRange>, Error> {
        let orders = self.0.state.work_orders(true, None)?;
        let done = orders.into_iter().find(|o| o.finding == Some(finding) && o.state == OrderState::Done);
        Ok(done.and_then(|order| order.done).map(|done| done.worked))
    }

    /// The deviation of an asset from normal, thinned.
    fn scores(&self, asset: AssetId, range: TimeRange) -> Result<Vec<f64>, Error> {
        let catalogue = self.0.registry.catalogue();
        let Some(signal) = catalogue.signals_of(asset).find(|s| s.name == SCORE).map(|s| s.id) else {
            return Ok(Vec::new());
        };
        let fail = |fault: gemba_plant::port::BoxFault| Error::part("store", fault.as_ref());
        let mut scores = Vec::new();
        for batch in self.0.store.samples(&[signal], range).map_err(fail)? {
            let batch = batch.map_err(|e| Error::part("store", e.as_ref()))?;
            scores.extend(batch.rows().filter(|s| s.quality.usable()).map(|s| s.value));
        }
        let every = scores.len().div_ceil(SAMPLES_MAX).max(1);
        Ok(scores.into_iter().step_by(every).collect())
    }

    /// Work orders, newest first; those that are over only when `all`.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn orders(&self, all: bool, asset: Option<AssetId>) -> Result<Vec<WorkOrder>, Error> {
        self.0.state.work_orders(all, asset)
    }

    /// One work order.
    ///
    /// # Errors
    /// When it is not there, or the state cannot be read.
    pub fn order(&self, id: u64) -> Result<WorkOrder, Error> {
        self.0.state.work_order(id)
    }

    /// Writes a new work order: what the finding asks for, if there is one, with what people change of it.
    ///
    /// # Errors
    /// When there is no such finding or machine, an order for the finding is open already, or a number cannot be.
    pub fn add_order(&self, finding: Option<u64>, change: OrderChange, by: &str) -> Result<WorkOrder, Error> {
        let now = self.0.clock.now();
        let terms = &self.0.plan.file.work;
        let draft = if let Some(number) = finding {
            if let Some(open) = self.orders(false, None)?.into_iter().find(|o| o.finding == finding) {
                return Err(Error::Refused {
                    what: format!("work order {} for finding {number} is open already", open.id),
                    cure: "change that one, or cancel it first".into(),
                });
            }
            let told = self.finding(number)?;
            WorkOrder::draft(&told, number, life_of(&told), terms, now)
        } else {
            let path = change.asset.as_ref().ok_or_else(|| Error::Refused {
                what: "the work order names no machine".into(),
                cure: "give its path as asset_path, or the finding that asks for it".into(),
            })?;
            WorkOrder::blank(asset_at(&self.0.registry.catalogue(), path)?, terms, now)
        };
        let order = self.changed(WorkOrder { by: by.to_owned(), ..draft }, change)?;
        let id = self.0.state.put_work_order(&order)?;
        Ok(WorkOrder { id, ..order })
    }

    /// Changes a work order.
    ///
    /// # Errors
    /// When it is not there or a number cannot be.
    pub fn change_order(&self, id: u64, change: OrderChange) -> Result<WorkOrder, Error> {
        let order = self.changed(self.order(id)?, change)?;
        self.0.state.put_work_order(&order)?;
        Ok(order)
    }

    /// Takes a work order one step on its way.
    ///
    /// # Errors
    /// When it is not there or its state does not allow the step.
    pub fn step_order(&self, id: u64, step: OrderStep, by: &str) -> Result<WorkOrder, Error> {
        let mut order = self.order(id)?;
        let stepped = match step {
            OrderStep::Schedule { window } => order.schedule(window),
            OrderStep::Unschedule => order.unschedule(),
            OrderStep::Begin => order.begin(),
            OrderStep::Finish { worked, note } => order.finish(Done { worked, by: by.to_owned(), note }),
            OrderStep::Cancel => order.cancel(),
        };
        stepped.map_err(|e| refused(&e))?;
        self.0.state.put_work_order(&order)?;
        Ok(order)
    }

    fn changed(&self, order: WorkOrder, change: OrderChange) -> Result<WorkOrder, Error> {
        let asset = match &change.asset {
            Some(path) => asset_at(&self.0.registry.catalogue(), path)?,
            None => order.asset,
        };
        let order = WorkOrder {
            asset,
            title: change.title.unwrap_or(order.title),
            steps: change.steps.unwrap_or(order.steps),
            parts: change.parts.unwrap_or(order.parts),
            hours: change.hours.unwrap_or(order.hours),
            skill: change.skill.unwrap_or(order.skill),
            people: change.people.unwrap_or(order.people),
            cost: change.cost.or(order.cost),
            failure_cost: change.failure_cost.or(order.failure_cost),
            due: change.due.or(order.due),
            ..order
        };
        let refuse = |what: &str, cure: &str| Err(Error::Refused { what: what.into(), cure: cure.into() });
        if order.title.trim().is_empty() {
            return refuse("the work order has no title", "say in one line what is to be done");
        }
        let costs = [order.cost, order.failure_cost];
        let fine = |v: f64| v.is_finite() && v >= 0.0;
        if !(fine(order.hours) && order.hours > 0.0 && order.people > 0 && costs.iter().flatten().all(|c| fine(*c))) {
            return refuse(
                "hours, people or a cost is not a number above 0",
                "give hours and people above 0, costs of 0 or more",
            );
        }
        Ok(order)
    }

    /// Windows that are not over, soonest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn windows(&self) -> Result<Vec<NumberedWindow>, Error> {
        self.0.state.windows(self.0.clock.now())
    }

    /// Adds a window.
    ///
    /// # Errors
    /// When it ends before it begins, or the state cannot be written.
    pub fn add_window(&self, window: &Window) -> Result<u64, Error> {
        let hours_fine = window.crew_hours.values().chain([&window.loss_per_hour]).all(|v| v.is_finite() && *v >= 0.0);
        if window.range.to <= window.range.from || !hours_fine {
            return Err(Error::Refused {
                what: "the window ends before it begins, or has a number below 0".into(),
                cure: "give from, to, loss_per_hour and crew_hours as they are".into(),
            });
        }
        self.0.state.add_window(window)
    }

    /// Takes a window, a failure or a part away.
    ///
    /// # Errors
    /// When it is not there.
    pub fn remove(&self, what: Removable, key: &str) -> Result<(), Error> {
        let name = match what {
            Removable::Window => "window",
            Removable::Failure => "failure",
            Removable::Part => "part",
        };
        let there = self.0.state.remove_work(what, key)?;
        if there { Ok(()) } else { Err(Error::NotFound { what: name, name: key.to_owned() }) }
    }

    /// When how many of each part come in.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn stock(&self) -> Result<Stock, Error> {
        self.0.state.stock()
    }

    /// Sets when how many of a part come in.
    ///
    /// # Errors
    /// When a quantity is not a number, or the state cannot be written.
    pub fn put_part(&self, number: &str, arrivals: &[(Timestamp, f64)]) -> Result<(), Error> {
        if number.trim().is_empty() || arrivals.iter().any(|(_, n)| !n.is_finite()) {
            return Err(Error::Refused {
                what: "a part needs a number and quantities".into(),
                cure: "give both".into(),
            });
        }
        self.0.state.put_part(number.trim(), arrivals)
    }

    /// Plans every open and planned order into the windows there are. Nothing is changed by it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn plan(&self) -> Result<(Vec<NumberedWindow>, Plan), Error> {
        let now = self.0.clock.now();
        let catalogue = self.0.registry.catalogue();
        let orders = self.orders(false, None)?;
        let open = orders.iter().filter(|o| matches!(o.state, OrderState::Open | OrderState::Planned));
        let jobs: Vec<Job> = open.filter_map(|order| job(order, &catalogue, now)).collect();
        let windows = self.windows()?;
        let plain: Vec<Window> = windows.iter().map(|(_, window)| window.clone()).collect();
        let made = plan(now, &jobs, &plain, &self.stock()?);
        Ok((windows, made))
    }

    /// Failures since, oldest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn failures(&self, since: Timestamp) -> Result<Vec<Failure>, Error> {
        self.0.state.failures(since)
    }

    /// Notes failures, all or none; those that are there already are left as they are. Answers how many are new.
    ///
    /// # Errors
    /// When a machine is not there, or a repair lies before its failure.
    pub fn add_failures(&self, drafts: &[FailureDraft]) -> Result<usize, Error> {
        let catalogue = self.0.registry.catalogue();
        let failures: Result<Vec<Failure>, Error> = drafts.iter().map(|draft| failure(draft, &catalogue)).collect();
        self.0.state.add_failures(&failures?)
    }

    /// How well maintenance and monitoring did in a span.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn figures(&self, range: TimeRange) -> Result<Figures, Error> {
        let cases: BTreeMap<u64, Case> = self.cases()?.into_iter().map(|case| (case.finding, case)).collect();
        let found = self.0.state.findings(&FindingFilter { limit: FINDINGS_MAX, ..FindingFilter::default() })?;
        let facts: Vec<CaseFact> = found
            .iter()
            .map(|stored| CaseFact {
                finding: stored.id,
                since: stored.finding.since,
                was_right: cases.get(&stored.id).and_then(Case::was_right),
            })
            .collect();
        let machines = crate::lanes::recipes(&self.0.registry.catalogue()).len();
        let machines = u32::try_from(machines).unwrap_or(u32::MAX);
        Ok(figures(range, machines, &facts, &self.failures(range.from)?))
    }
}

fn asset_at(catalogue: &Catalogue, path: &AssetPath) -> Result<AssetId, Error> {
    catalogue.asset_at(path).map(|a| a.id).ok_or(Error::NotFound { what: "asset", name: path.to_string() })
}

fn failure(draft: &FailureDraft, catalogue: &Catalogue) -> Result<Failure, Error> {
    if draft.repaired.is_some_and(|repaired| repaired < draft.at) {
        return Err(Error::Refused {
            what: format!("{}: the repair lies before the failure", draft.asset),
            cure: "give the time of the failure as at and the time it ran again as repaired".into(),
        });
    }
    Ok(Failure {
        id: 0,
        asset: asset_at(catalogue, &draft.asset)?,
        at: draft.at,
        repaired: draft.repaired,
        failure_mode: draft.failure_mode.clone(),
        finding: draft.finding,
        note: draft.note.clone(),
    })
}

/// What is known of the remaining life, from a finding. An open end is taken as far above the median as the low end is
/// below it, as a ratio.
fn life_of(finding: &gemba_plant::Finding) -> Option<Life> {
    /// Hours in a day.
    const DAY_H: f64 = 24.0;
    let told = finding.rul?;
    let hi = told.hi.unwrap_or(told.days * told.days / told.lo);
    Some(Life { lo_h: told.lo * DAY_H, median_h: told.days * DAY_H, hi_h: hi * DAY_H, level: told.level })
}

/// A work order as the planner sees it; none when its machine is gone.
fn job(order: &WorkOrder, catalogue: &Catalogue, now: Timestamp) -> Option<Job> {
    let age_h = now.since(order.created).as_secs_f64() / 3600.0;
    // what was told at the order's beginning, less the time since: never below the lowest that is a range at all
    let left = |h: f64| (h - age_h).max(f64::EPSILON);
    let life = order.life.map(|l| Life { lo_h: left(l.lo_h), median_h: left(l.median_h), hi_h: left(l.hi_h), ..l });
    Some(Job {
        id: order.id,
        asset: catalogue.asset(order.asset)?.path.clone(),
        title: order.title.clone(),
        hours: order.hours,
        skill: order.skill.clone(),
        people: order.people,
        parts: order.parts.clone(),
        cost: order.cost.unwrap_or(0.0),
        failure_cost: order.failure_cost.unwrap_or(0.0),
        life: life.filter(Life::is_valid),
        due: order.due,
    })
}
