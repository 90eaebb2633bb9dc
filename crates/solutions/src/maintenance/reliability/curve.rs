//! Uses to a curve.

use gemba_learn::life::Range;
use gemba_learn::survival::{KaplanMeier, Posterior};
use gemba_plant::RemainingLife;

use super::uses::Uses;
use super::{Ageing, Ahead, CurvePoint, LEVEL, LifeCurve, Uncertain, count, words};

/// Failures below which people are told that they are few: the range of a shape is then wider than half of it.
const FEW: usize = 10;
/// Days ahead that people plan for.
const AHEAD_DAYS: [u32; 3] = [7, 30, 90];
/// Points of a curve.
const POINTS: u32 = 60;
/// So much longer than the longest use the curve is drawn.
const BEYOND: f64 = 1.1;
/// A shape in this range is as good as 1.
const CHANCE: (f64, f64) = (0.75, 1.35);
/// The share of counted steps at which law and count may be apart: theirs are ranges of 90 and 95 %.
const APART_MAX: f64 = 0.1;
/// Standard errors of the count: 95 %.
const ERRORS: f64 = 1.96;

/// The curve; none when too few uses ended with a failure.
pub(super) fn curve(uses: &Uses, failure_mode: Option<String>) -> Option<LifeCurve> {
    let (law, counted) = (Posterior::fit(&uses.spells).ok()?, KaplanMeier::fit(&uses.spells).ok()?);
    let failed = uses.spells.iter().filter(|spell| spell.failed).count();
    let longest = uses.spells.iter().fold(0.0_f64, |most, spell| most.max(spell.duration));
    let shape = law.range(LEVEL, |l| l.shape);
    let chance = |age: f64, days: u32| law.range(LEVEL, |l| l.fails_within(age, f64::from(days)));
    let ahead = |age: f64| AHEAD_DAYS.map(|days| Ahead { days, chance: chance(age, days).into() }).to_vec();
    let last = AHEAD_DAYS.last().copied().map_or(0.0, f64::from);
    let end = (longest * BEYOND).max(uses.age.unwrap_or_default() + last);
    let point = |k: u32| {
        let days = end * f64::from(k) / f64::from(POINTS);
        let survival = law.range(LEVEL, |l| l.survival(days)).into();
        CurvePoint { days, survival, counted: (days <= longest).then(|| counted.survival(days)) }
    };
    let mut curve = LifeCurve {
        failure_mode,
        failed: count(failed),
        replaced: count(uses.spells.len() - failed - uses.running),
        running: count(uses.running),
        machines: count(uses.machines.len()),
        own: count(uses.own),
        few: failed < FEW,
        fits: fits(&law, &counted),
        shape: shape.into(),
        scale_days: law.range(LEVEL, |l| l.scale).into(),
        ageing: ageing(&shape),
        age_days: uses.age,
        ahead: uses.age.map(ahead).unwrap_or_default(),
        left: uses.age.map(|age| left(&law.lasts(age, LEVEL))),
        points: (0..=POINTS).map(point).collect(),
        says: String::new(),
    };
    curve.says = words::says(&curve, &law.range(LEVEL, |l| l.lasts(0.0, 0.5)));
    Some(curve)
}

fn left(range: &Range) -> RemainingLife {
    let hi = range.hi.is_finite().then_some(range.hi);
    RemainingLife { days: range.median, lo: range.lo, hi, level: range.level }
}

fn ageing(shape: &Range) -> Ageing {
    match (shape.lo, shape.hi) {
        (lo, hi) if lo >= CHANCE.0 && hi <= CHANCE.1 => Ageing::Chance,
        (lo, _) if lo > 1.0 => Ageing::Wear,
        (_, hi) if hi < 1.0 => Ageing::Early,
        _ => Ageing::Open,
    }
}

/// Whether the ranges of law and count meet at nearly every step of the count.
fn fits(law: &Posterior, counted: &KaplanMeier) -> bool {
    let apart = |time: &f64| {
        let (law, count) = (law.range(LEVEL, |l| l.survival(*time)), counted.survival(*time));
        let error = ERRORS * counted.error(*time);
        count + error < law.lo || law.hi < count - error
    };
    let steps: Vec<f64> = counted.times().collect();
    let missed = steps.iter().filter(|time| apart(time)).count();
    missed as f64 <= APART_MAX * steps.len() as f64
}

impl From<Range> for Uncertain {
    fn from(range: Range) -> Self {
        Self { lo: range.lo, median: range.median, hi: range.hi }
    }
}
