//! What was learned, tried on machines that it had not seen, beside age alone and beside what always holds.

use gemba_learn::random::Random;
use gemba_learn::stats;
use gemba_learn::survival::{Landmark, Posterior, Spell, Told};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{LEVEL, count};
use super::facts::{DAY_US, Fact, Machine, shift};
use super::{Head, MACHINES_MIN, MOMENTS_MAX};

/// Parts that machines are dealt into; each part is asked of what was learned from the others.
const FOLDS: usize = MACHINES_MIN;
/// So many standard errors the mean over machines must be better: one in twenty by chance.
const ERRORS: f64 = 1.645;

/// The seed of the times of day.
const SEED: u64 = 1;

/// How chances did on machines that the model had not seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChanceProof {
    /// Machines that it was tried on.
    pub machines: u32,
    /// Moments at which it was asked.
    pub moments: u32,
    /// Those of them that were followed by a failure.
    pub followed: u32,
    /// By how much the squared error of the chance is below that of age alone, 0–1; negative when it is above.
    pub over_age: f64,
    /// The same against the share of all moments that was followed by a failure.
    pub over_share: f64,
    /// How many failed over how many were told to, by this and by age alone; 1 is right.
    pub failed_over_told: f64,
    /// The same by age alone.
    pub failed_over_told_by_age: f64,
    /// Whether it is better than both beyond chance, so that it speaks. When not, age does.
    pub speaks: bool,
}

/// Moments of all machines: one a day, or every k-th day.
#[derive(Clone, Debug, Default)]
pub(super) struct Moments {
    /// The machine and the time of each, microseconds.
    at: Vec<(usize, i64)>,
    /// What was known, a column a fact.
    columns: Vec<Vec<f64>>,
    /// Days from one moment of a machine to the next.
    step: f64,
}

impl Moments {
    pub(super) fn of(machines: &[Machine], facts: &[Fact], (begins, now): (i64, i64)) -> Self {
        let days = (now.saturating_sub(begins) as f64 / DAY_US).max(1.0);
        let step = (days * machines.len() as f64 / MOMENTS_MAX as f64).ceil().max(1.0);
        let mut all = Self { at: Vec::new(), columns: vec![Vec::new(); facts.len()], step };
        // at any time of day: shifts and entries have hours of their own, and whoever asks has none
        let mut random = Random::new(SEED);
        for (place, machine) in machines.iter().enumerate() {
            let mut day = shift(begins, 1.0);
            while day < now {
                let at = shift(day, random.unit() * step).min(now);
                let known = machine.known(facts, at);
                all.columns.iter_mut().zip(known).for_each(|(column, value)| column.push(value));
                all.at.push((place, at));
                day = shift(day, step);
            }
        }
        all
    }

    fn row(&self, moment: usize) -> Vec<f64> {
        self.columns.iter().map(|column| column.get(moment).copied().unwrap_or(f64::NAN)).collect()
    }
}

/// Moments of which it is known whether a failure followed.
struct Asked<'a> {
    moments: &'a Moments,
    /// Places in the moments, and whether a failure followed.
    known: Vec<(usize, bool)>,
}

impl Asked<'_> {
    fn fold(&self, place: usize) -> usize {
        self.moments.at.get(place).map_or(0, |(machine, _)| machine % FOLDS)
    }

    /// Learned from the folds that are kept; none when too few failures are in them.
    fn fit(&self, keep: impl Fn(usize) -> bool) -> Option<Landmark> {
        let kept: Vec<&(usize, bool)> = self.known.iter().filter(|(place, _)| keep(self.fold(*place))).collect();
        let column = |column: &Vec<f64>| kept.iter().filter_map(|(p, _)| column.get(*p).copied()).collect();
        let columns: Vec<Vec<f64>> = self.moments.columns.iter().map(column).collect();
        Landmark::fit(&columns, &kept.iter().map(|(_, failed)| *failed).collect::<Vec<bool>>()).ok()
    }

    /// The share that was followed by a failure, in the folds that are kept.
    fn share(&self, keep: impl Fn(usize) -> bool) -> f64 {
        let kept = self.known.iter().filter(|(place, _)| keep(self.fold(*place)));
        let (failed, all) =
            kept.fold((0.0, 0.0_f64), |(failed, all), (_, f)| (failed + f64::from(u8::from(*f)), all + 1.0));
        failed / all.max(1.0)
    }
}

/// Learns one failure mode and time ahead; none when too few failures are in it to be tried.
pub(super) fn head(
    machines: &[Machine],
    moments: &Moments,
    (mode, days): (Option<&str>, u32),
    now: i64,
) -> Option<Head> {
    let ahead = f64::from(days);
    let outcome = |(place, (machine, at)): (usize, &(usize, i64))| {
        Some((place, machines.get(*machine)?.fails(mode, *at, ahead, now)?))
    };
    let known = moments.at.iter().enumerate().filter_map(outcome).collect();
    let asked = Asked { moments, known };
    let mut tried = vec![[0.0; 3]; asked.known.len()];
    for own in 0..FOLDS {
        let keep = |fold: usize| fold != own;
        let (model, share) = (asked.fit(keep)?, asked.share(keep));
        let by_age = by_age(machines, mode, (own, ahead), now);
        for ((place, _), told) in asked.known.iter().zip(&mut tried).filter(|((p, _), _)| asked.fold(*p) == own) {
            let (machine, at) = *moments.at.get(*place)?;
            let age = age(machines.get(machine)?, mode, at);
            let aged = by_age.as_ref().zip(age).map(|(law, age)| law.at(age));
            *told = [model.fails(&moments.row(*place)), aged.unwrap_or(share), share];
        }
    }
    let failed: Vec<bool> = asked.known.iter().map(|(_, failed)| *failed).collect();
    let said: Vec<f64> = tried.iter().map(|[said, ..]| *said).collect();
    let told = Told::new(&said, &failed, ahead / moments.step).ok()?;
    Some(Head { mode: mode.map(str::to_owned), days, model: asked.fit(|_| true)?, told, proof: proof(&asked, &tried) })
}

/// What each told against what came.
fn proof(asked: &Asked<'_>, tried: &[[f64; 3]]) -> ChanceProof {
    let mut by_machine = std::collections::BTreeMap::<usize, ([f64; 3], f64)>::new();
    let (mut sums, mut followed) = ([0.0; 3], 0.0);
    for ((place, failed), told) in asked.known.iter().zip(tried) {
        let Some((machine, _)) = asked.moments.at.get(*place) else { continue };
        let came = f64::from(u8::from(*failed));
        let (errors, moments) = by_machine.entry(*machine).or_default();
        errors.iter_mut().zip(told).for_each(|(sum, said)| *sum += (said - came).powi(2));
        sums.iter_mut().zip(told).for_each(|(sum, said)| *sum += said);
        (followed, *moments) = (followed + came, *moments + 1.0);
    }
    let whole = |which: usize| by_machine.values().filter_map(|(errors, _)| errors.get(which)).sum::<f64>();
    let below = |which: usize| 1.0 - whole(0) / whole(which).max(f64::MIN_POSITIVE);
    let better = |which: usize| {
        let gain = |(errors, moments): &([f64; 3], f64)| Some((errors.get(which)? - errors.first()?) / moments);
        let gains: Vec<f64> = by_machine.values().filter_map(gain).collect();
        stats::mean(&gains) > ERRORS * (stats::variance(&gains) / gains.len().max(1) as f64).sqrt()
    };
    let over = |told: f64| followed / told.max(f64::MIN_POSITIVE);
    ChanceProof {
        machines: count(by_machine.len()),
        moments: count(asked.known.len()),
        followed: count(asked.known.iter().filter(|(_, failed)| *failed).count()),
        over_age: below(1),
        over_share: below(2),
        failed_over_told: over(sums[0]),
        failed_over_told_by_age: over(sums[1]),
        speaks: better(1) && better(2),
    }
}

/// Days since a part failed or was replaced.
fn age(machine: &Machine, mode: Option<&str>, at: i64) -> Option<f64> {
    let ends = machine.ends(mode);
    let end = ends.get(ends.partition_point(|end| end.at <= at).checked_sub(1)?)?;
    Some((at.saturating_sub(end.again) as f64 / DAY_US).max(0.0))
}

/// What age alone tells of machines outside of a fold.
struct ByAge {
    /// Days from one age to the next.
    step: f64,
    chances: Vec<f64>,
}

/// Ages at which it is worked out; between them it goes in a straight line.
const AGES: u32 = 200;

impl ByAge {
    /// The chance at an age of some days; the last one beyond all that was seen.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short list, not negative")]
    fn at(&self, age: f64) -> f64 {
        let at = (age / self.step).max(0.0);
        let last = self.chances.last().copied().unwrap_or_default();
        let of = |place: usize| self.chances.get(place).copied().unwrap_or(last);
        of(at as usize) + (of(at as usize + 1) - of(at as usize)) * at.fract()
    }
}

fn by_age(machines: &[Machine], mode: Option<&str>, (own, ahead): (usize, f64), now: i64) -> Option<ByAge> {
    let others = machines.iter().enumerate().filter(|(place, _)| place % FOLDS != own);
    let mut spells = Vec::new();
    for (_, machine) in others {
        let ends = machine.ends(mode);
        let days = |from: i64, to: i64| to.saturating_sub(from) as f64 / DAY_US;
        let ended = ends.iter().zip(ends.iter().skip(1));
        spells.extend(ended.map(|(begin, end)| Spell { duration: days(begin.again, end.at), failed: end.failed }));
        spells.extend(ends.last().map(|end| Spell { duration: days(end.again, now), failed: false }));
    }
    spells.retain(|spell| spell.duration > 0.0);
    let law = Posterior::fit(&spells).ok()?;
    let longest = spells.iter().fold(0.0_f64, |most, spell| most.max(spell.duration));
    let step = longest / f64::from(AGES);
    let chance = |k: u32| law.range(LEVEL, |l| l.fails_within(step * f64::from(k), ahead)).median;
    Some(ByAge { step, chances: (0..=AGES).map(chance).collect() })
}
