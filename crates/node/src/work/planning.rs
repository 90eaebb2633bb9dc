//! The plan: open orders into the windows there are, and written into the orders when people say so.

use gemba_act::work::{Job, Life, OrderState, Plan, Window, WorkOrder, plan};
use gemba_plant::{Catalogue, Timestamp};

use super::Work;
use crate::Error;
use crate::state::NumberedWindow;

impl Work {
    /// Plans every open and planned order into the windows there are. Nothing is changed by it. What is planned into a
    /// window that has begun stays where it is.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn plan(&self) -> Result<(Vec<NumberedWindow>, Plan), Error> {
        let now = self.0.clock.now();
        let catalogue = self.0.registry.catalogue();
        let windows = self.windows()?;
        let orders = self.orders(false, None)?;
        let free = orders.iter().filter(|order| is_free(order, &windows, now));
        let (terms, facts) = (&self.0.plan.file.work, self.facts()?);
        let cost = |order: &WorkOrder| order.cost_of_doing(terms, &facts).unwrap_or(0.0);
        let jobs: Vec<Job> = free.filter_map(|order| job(order, cost(order), &catalogue, now)).collect();
        let plain: Vec<Window> = windows.iter().map(|(_, window)| window.clone()).collect();
        let made = plan(now, &jobs, &plain, &self.stock()?, &self.0.plan.file.site.currency);
        Ok((windows, made))
    }

    /// Plans, and writes the plan: every order that has a window gets its own hours in it, one that has none is taken off
    /// the plan. Answers the plan that was written.
    ///
    /// # Errors
    /// When the state cannot be read or written.
    pub fn apply_plan(&self) -> Result<(Vec<NumberedWindow>, Plan), Error> {
        let (windows, made) = self.plan()?;
        for placement in &made.placements {
            let mut order = self.order(placement.job)?;
            let stepped = match placement.hours {
                Some(hours) => order.schedule(hours),
                None if order.state == OrderState::Planned => order.unschedule(),
                None => continue,
            };
            stepped?;
            self.0.state.put_work_order(&order)?;
        }
        Ok((windows, made))
    }
}

/// Whether an order is to be planned: nobody is at it, and no window has begun that it waits in.
fn is_free(order: &WorkOrder, windows: &[NumberedWindow], now: Timestamp) -> bool {
    let begun = |at: Timestamp| windows.iter().any(|(_, w)| w.range.from <= now && w.range.contains(at));
    match order.state {
        OrderState::Open => true,
        OrderState::Planned => !order.planned.is_some_and(|hours| hours.to > now && begun(hours.from)),
        OrderState::InProgress | OrderState::Done | OrderState::Cancelled => false,
    }
}

/// A work order as the planner sees it; none when its machine is gone.
fn job(order: &WorkOrder, cost: f64, catalogue: &Catalogue, now: Timestamp) -> Option<Job> {
    Some(Job {
        id: order.id,
        asset: catalogue.asset(order.asset)?.path.clone(),
        title: order.title.clone(),
        hours: order.hours,
        skill: order.skill.clone(),
        people: order.people,
        parts: order.parts.clone(),
        cost,
        failure_cost: order.failure_cost.unwrap_or(0.0),
        life: order.life.filter(Life::is_valid),
        age_h: now.since(order.created).as_secs_f64() / 3600.0,
        due: order.due,
    })
}
