//! The hours of each job inside its window: the riskiest first, one after another on a machine, and no more people of a
//! skill at once than its crew has.

use std::cmp::Ordering;

use gemba_plant::{TimeRange, Timestamp};

use super::order::{hours_between, later};
use super::plan::{Job, Window, chance};
use super::search::Problem;

/// A job with its hours.
type Laid<'a> = (&'a Job, TimeRange);

/// The hours of each job, in the order given; none for one that stays out of the plan.
pub(super) fn slots(problem: &Problem<'_>, chosen: &[Option<usize>]) -> Vec<Option<TimeRange>> {
    let mut slots = vec![None; problem.jobs.len()];
    for (w, window) in problem.windows.iter().enumerate() {
        let mut here: Vec<(usize, &Job)> =
            problem.jobs.iter().enumerate().filter(|(j, _)| chosen.get(*j).copied().flatten() == Some(w)).collect();
        here.sort_by(|(_, a), (_, b)| urgency(problem.now, window, a, b));
        let jobs: Vec<&Job> = here.iter().map(|(_, job)| *job).collect();
        let laid = lay(window, &jobs, true).or_else(|| lay(window, &jobs, false)).unwrap_or_default();
        for ((j, _), (_, hours)) in here.iter().zip(laid) {
            if let Some(slot) = slots.get_mut(*j) {
                *slot = Some(hours);
            }
        }
    }
    slots
}

/// What risks more comes first, then what is due first.
fn urgency(now: Timestamp, window: &Window, a: &Job, b: &Job) -> Ordering {
    let risk = |job: &Job| chance(now, job, window.range.from).unwrap_or(0.0) * job.failure_cost;
    let due = |job: &Job| job.due.unwrap_or(Timestamp::MAX);
    risk(b).total_cmp(&risk(a)).then(due(a).cmp(&due(b))).then(a.id.cmp(&b.id))
}

/// Lays the jobs into the window, each at the earliest time that is free; none when one finds no time. Without
/// `crews` only the machines count, and then there is always room: the plan has seen to it.
fn lay<'a>(window: &Window, jobs: &[&'a Job], crews: bool) -> Option<Vec<Laid<'a>>> {
    let mut laid: Vec<Laid<'a>> = Vec::with_capacity(jobs.len());
    for job in jobs {
        let mut starts: Vec<Timestamp> = laid.iter().map(|(_, hours)| hours.to).chain([window.range.from]).collect();
        starts.sort_unstable();
        let hours = starts.into_iter().map(|at| TimeRange::new(at, later(at, job.hours))).find(|hours| {
            let free = laid.iter().all(|(other, taken)| other.asset != job.asset || !taken.overlaps(hours));
            free && hours.to <= window.range.to && (!crews || staffed(window, &laid, job, hours))
        })?;
        laid.push((job, hours));
    }
    Some(laid)
}

/// Whether the crew has the people: as many at once as its hours give over the whole window, and never fewer than the
/// job itself wants.
fn staffed(window: &Window, laid: &[Laid<'_>], job: &Job, hours: &TimeRange) -> bool {
    let Some(crew_hours) = window.crew_hours.get(&job.skill) else { return true };
    let own = f64::from(job.people);
    let crew = (crew_hours / hours_between(window.range.from, window.range.to)).ceil().max(own);
    let beside: Vec<&Laid<'_>> =
        laid.iter().filter(|(other, taken)| other.skill == job.skill && taken.overlaps(hours)).collect();
    let mut moments = beside.iter().map(|(_, taken)| taken.from.max(hours.from));
    moments.all(|at| {
        let busy: f64 = beside.iter().filter(|(_, t)| t.contains(at)).map(|(other, _)| f64::from(other.people)).sum();
        busy + own <= crew
    })
}
