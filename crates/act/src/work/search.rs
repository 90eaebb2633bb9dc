//! The search behind [`super::plan`]: which job goes into which window.

use gemba_plant::Timestamp;

use super::order::hours_between;
use super::plan::{Job, Obstacle, Stock, Window, weight};

/// Rounds of moving jobs; each makes the plan cheaper, so this is only a guard.
const ROUNDS_MAX: usize = 100;
/// A move must save this much: rounding is no progress.
const SAVES_MIN: f64 = 1e-9;

/// What is to be planned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Problem<'a> {
    pub(super) now: Timestamp,
    pub(super) end: Timestamp,
    pub(super) jobs: &'a [Job],
    pub(super) windows: &'a [Window],
    pub(super) stock: &'a Stock,
    pub(super) currency: &'a str,
    /// What a job that is late weighs more.
    pub(super) lateness: f64,
}

/// The window of each job.
pub(super) type Chosen = Vec<Option<usize>>;

impl Problem<'_> {
    /// What a job in a window weighs.
    pub(super) fn weight_at(&self, job: usize, window: Option<usize>) -> f64 {
        let Some(job) = self.jobs.get(job) else { return 0.0 };
        weight((self.now, self.end), job, window.and_then(|w| self.windows.get(w)), self.lateness)
    }

    /// Why a window is closed to a job, whatever the others do.
    pub(super) fn open(&self, job: &Job, window: usize) -> Option<Obstacle> {
        let window = self.windows.get(window)?;
        if window.scope.as_ref().is_some_and(|scope| !job.asset.within(scope)) {
            return Some(Obstacle::OtherMachines);
        }
        if window.range.from < self.now {
            return Some(Obstacle::Past);
        }
        (job.hours > hours_between(window.range.from, window.range.to)).then_some(Obstacle::TooShort)
    }

    /// Why a window cannot take a job beside the other jobs of a plan.
    pub(super) fn obstacle(&self, chosen: &[Option<usize>], job: usize, w: usize) -> Option<Obstacle> {
        let (this, window) = (self.jobs.get(job)?, self.windows.get(w)?);
        if let Some(closed) = self.open(this, w) {
            return Some(closed);
        }
        let others = || {
            chosen.iter().enumerate().filter(|(o, _)| *o != job).filter_map(|(o, c)| Some((self.jobs.get(o)?, (*c)?)))
        };
        let here = || others().filter(|(_, at)| *at == w).map(|(other, _)| other);
        let standing: f64 = here().filter(|o| o.asset == this.asset).map(|o| o.hours).sum();
        if standing + this.hours > hours_between(window.range.from, window.range.to) {
            return Some(Obstacle::TooShort);
        }
        let work = |j: &Job| j.hours * f64::from(j.people);
        if let Some(hours) = window.crew_hours.get(&this.skill) {
            let used: f64 = here().filter(|o| o.skill == this.skill).map(work).sum();
            if used + work(this) > *hours {
                return Some(Obstacle::CrewFull { skill: this.skill.clone() });
            }
        }
        self.missing(this, w, &others().collect::<Vec<_>>())
    }

    /// The first part that would be short from this window on, were the job put there.
    fn missing(&self, job: &Job, w: usize, others: &[(&Job, usize)]) -> Option<Obstacle> {
        let start = |at: usize| self.windows.get(at).map_or(self.end, |w| w.range.from);
        let uses =
            |j: &Job, number: &str| -> f64 { j.parts.iter().filter(|p| p.number == number).map(|p| p.quantity).sum() };
        let short = job.parts.iter().find(|part| {
            let Some(arrivals) = self.stock.get(&part.number) else { return false };
            let moments = others.iter().map(|(_, at)| start(*at)).chain([start(w)]).filter(|at| *at >= start(w));
            let mut moments: Vec<Timestamp> = moments.collect();
            moments.sort_unstable();
            moments.iter().any(|moment| {
                let there: f64 = arrivals.iter().filter(|(at, _)| at <= moment).map(|(_, n)| n).sum();
                let taken: f64 =
                    others.iter().filter(|(_, at)| start(*at) <= *moment).map(|(o, _)| uses(o, &part.number)).sum();
                taken + uses(job, &part.number) > there
            })
        });
        short.map(|part| Obstacle::PartMissing { number: part.number.clone() })
    }
}

/// Puts the job with the largest regret first, then improves.
pub(super) fn solve(problem: &Problem<'_>) -> Chosen {
    let mut chosen: Chosen = vec![None; problem.jobs.len()];
    fill(problem, &mut chosen, (0..problem.jobs.len()).collect());
    for _ in 0..ROUNDS_MAX {
        if !(shift(problem, &mut chosen) || exchange(problem, &mut chosen) || make_room(problem, &mut chosen)) {
            break;
        }
    }
    chosen
}

/// Places the jobs that are left, the one that would lose most by waiting first.
fn fill(problem: &Problem<'_>, chosen: &mut Chosen, mut left: Vec<usize>) {
    while !left.is_empty() {
        let best = left.iter().enumerate().map(|(place, job)| (place, offer(problem, chosen, *job)));
        let Some((place, (_, window))) = best.max_by(|a, b| a.1.0.total_cmp(&b.1.0).then(b.0.cmp(&a.0))) else { break };
        set(chosen, &[(left.remove(place), window)]);
    }
}

/// What a job loses when it does not get its best place now, and that place: of those that cost the same the earliest.
fn offer(problem: &Problem<'_>, chosen: &[Option<usize>], job: usize) -> (f64, Option<usize>) {
    let mut places: Vec<(f64, Option<usize>)> = vec![(problem.weight_at(job, None), None)];
    let open = (0..problem.windows.len()).filter(|w| problem.obstacle(chosen, job, *w).is_none());
    places.extend(open.map(|w| (problem.weight_at(job, Some(w)), Some(w))));
    let begin = |at: Option<usize>| at.and_then(|w| problem.windows.get(w)).map_or(problem.end, |w| w.range.from);
    places.sort_by(|a, b| {
        a.0.total_cmp(&b.0).then_with(|| (a.1.is_none(), begin(a.1), a.1).cmp(&(b.1.is_none(), begin(b.1), b.1)))
    });
    match places.as_slice() {
        [(best, window), (second, _), ..] => (second - best, *window),
        [(_, window)] => (0.0, *window),
        [] => (0.0, None),
    }
}

/// Moves each job to where it costs less; tells whether one moved.
fn shift(problem: &Problem<'_>, chosen: &mut Chosen) -> bool {
    let mut moved = false;
    for job in 0..problem.jobs.len() {
        let here = chosen.get(job).copied().flatten();
        let (_, window) = offer(problem, chosen, job);
        if problem.weight_at(job, window) < problem.weight_at(job, here) - SAVES_MIN {
            set(chosen, &[(job, window)]);
            moved = true;
        }
    }
    moved
}

/// Lets two jobs change places where both together cost less then; tells whether two did.
fn exchange(problem: &Problem<'_>, chosen: &mut Chosen) -> bool {
    for a in 0..problem.jobs.len() {
        for b in a + 1..problem.jobs.len() {
            let (at_a, at_b) = (chosen.get(a).copied().flatten(), chosen.get(b).copied().flatten());
            let before = problem.weight_at(a, at_a) + problem.weight_at(b, at_b);
            let after = problem.weight_at(a, at_b) + problem.weight_at(b, at_a);
            if at_a == at_b || after >= before - SAVES_MIN {
                continue;
            }
            let mut tried: Chosen = chosen.clone();
            set(&mut tried, &[(a, at_b), (b, at_a)]);
            let fits = |job: usize, at: Option<usize>| at.is_none_or(|w| problem.obstacle(&tried, job, w).is_none());
            if fits(a, at_b) && fits(b, at_a) {
                *chosen = tried;
                return true;
            }
        }
    }
    false
}

/// Gives a job a window that others fill and places those anew, where all together cost less then; tells whether one got it.
fn make_room(problem: &Problem<'_>, chosen: &mut Chosen) -> bool {
    let total =
        |chosen: &[Option<usize>]| -> f64 { chosen.iter().enumerate().map(|(j, at)| problem.weight_at(j, *at)).sum() };
    let before = total(chosen);
    for (job, window) in (0..problem.jobs.len()).flat_map(|job| (0..problem.windows.len()).map(move |w| (job, w))) {
        let here = chosen.get(job).copied().flatten();
        if problem.weight_at(job, Some(window)) >= problem.weight_at(job, here) - SAVES_MIN {
            continue;
        }
        let moved: Vec<usize> = (0..chosen.len()).filter(|j| chosen.get(*j) == Some(&Some(window))).collect();
        let mut tried = chosen.clone();
        set(&mut tried, &moved.iter().map(|j| (*j, None)).collect::<Vec<_>>());
        if problem.obstacle(&tried, job, window).is_some() {
            continue;
        }
        set(&mut tried, &[(job, Some(window))]);
        fill(problem, &mut tried, moved);
        if total(&tried) < before - SAVES_MIN {
            *chosen = tried;
            return true;
        }
    }
    false
}

fn set(chosen: &mut [Option<usize>], places: &[(usize, Option<usize>)]) {
    for (job, window) in places {
        if let Some(slot) = chosen.get_mut(*job) {
            *slot = *window;
        }
    }
}
