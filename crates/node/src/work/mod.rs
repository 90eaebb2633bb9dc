//! The maintenance desk: findings to checked and repaired machines. Decisions are those of [`gemba_act::work`]; here
//! they meet the disk, the clock and the stored samples. Calls block for the state.

mod calendar;
mod cases;
mod drafts;
mod history;
mod planning;
mod supplies;
mod table;
mod validation;
mod watched;

use std::sync::Arc;

use gemba_act::work::{Asked, Done, Failure, Life, OrderState, Window, WorkOrder};
use gemba_plant::{AssetId, AssetPath, Catalogue, Timestamp};

pub use calendar::{PlanFile, RefusedRow, Taken, WindowFate, WindowTerms};
pub use cases::PastCase;
pub use drafts::{CheckRecord, FailureDraft, OrderChange, OrderStep};
pub use history::{Records, select};
pub use supplies::{OrderDetail, PartRecord};
pub(crate) use validation::follow;
pub(crate) use watched::together_h;
pub use watched::{MachineFigures, Scope};

use crate::Error;
use crate::node::Core;
use crate::state::{NumberedWindow, Removable};

/// Maintenance work of a node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Work(pub(crate) Arc<Core>);

impl Work {
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
            let told = self.finding(number)?;
            let asked = Asked { finding: &told, number, life: life_of(&told), repair: &self.mending(&told) };
            WorkOrder::draft(&asked, terms, now)
        } else {
            let path = change.asset.as_ref().ok_or_else(|| Error::Refused {
                what: "the work order names no machine".into(),
                cure: "give its path as asset_path, or the finding that asks for it".into(),
            })?;
            WorkOrder::blank(asset_at(&self.0.registry.catalogue(), path)?, terms, now)
        };
        let order = self.changed(WorkOrder { by: by.to_owned(), ..draft }, change)?;
        let id = self.0.state.add_work_order(&order)?;
        let id = id.ok_or_else(|| self.open_already(finding))?;
        Ok(WorkOrder { id, ..order })
    }

    fn open_already(&self, finding: Option<u64>) -> Error {
        let open = self.orders(false, None).ok().and_then(|all| all.into_iter().find(|o| o.finding == finding));
        let number = |n: Option<u64>| n.map(|n| format!(" {n}")).unwrap_or_default();
        Error::Refused {
            what: format!("work order{} for finding{} is open already", number(open.map(|o| o.id)), number(finding)),
            cure: "change that one, or cancel it first".into(),
        }
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
        stepped?;
        self.0.state.put_work_order(&order)?;
        if order.state == OrderState::Done {
            self.0.outlooks.wake();
            if let Some(finding) = order.finding {
                self.follow(&self.0.state.case(finding)?)?;
            }
        }
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
        if matches!(what, Removable::Failure) {
            self.0.outlooks.wake();
        }
        if there { Ok(()) } else { Err(Error::NotFound { what: name, name: key.to_owned() }) }
    }

    /// Failures since and replacements before one, oldest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn ends_of_use(&self, since: Timestamp) -> Result<Vec<Failure>, Error> {
        self.0.state.ends_of_use(since)
    }

    /// Errors since that machines told of and ran on, oldest first. Blocks for the state.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn errors(&self, since: Timestamp) -> Result<Vec<Failure>, Error> {
        self.0.state.errors(since)
    }

    /// Notes failures, all or none; those that are there already are left as they are. Answers how many are new.
    ///
    /// # Errors
    /// When a machine is not there, or a repair lies before its failure.
    pub fn add_failures(&self, drafts: &[FailureDraft]) -> Result<usize, Error> {
        let catalogue = self.0.registry.catalogue();
        let failures: Result<Vec<Failure>, Error> = drafts.iter().map(|draft| failure(draft, &catalogue)).collect();
        let added = self.0.state.add_failures(&failures?)?;
        self.0.outlooks.wake();
        Ok(added)
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
        kind: draft.kind,
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
    /// A limit that is reached is due within the hour: a life is above 0.
    const LEAST_H: f64 = 1.0;
    let told = finding.rul?;
    let hi = told.hi.unwrap_or(told.days * told.days / told.lo);
    let lo_h = (told.lo * DAY_H).max(LEAST_H);
    let median_h = (told.days * DAY_H).max(lo_h);
    Some(Life { lo_h, median_h, hi_h: (hi * DAY_H).max(median_h), level: told.level })
}
