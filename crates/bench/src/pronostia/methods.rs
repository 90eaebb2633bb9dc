//! Ours, and what it must beat.

use gemba_learn::life::{Cover, Drift, LifeFraction, Range, Record, Scale, equally_likely};
use gemba_learn::stats;

use super::bearing::Bearing;
use super::{LEVEL, score};

/// What a method answers: one number for the challenge, and the range that it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    /// The guess that is scored, seconds.
    pub(crate) guess: f64,
    /// The range of remaining life, seconds.
    pub(crate) range: Range,
}

/// Predicts from what was seen of a bearing (times, root mean squares) and the learning bearings.
pub(crate) type Method = fn(&Seen<'_>, &[&Bearing]) -> Option<Said>;

/// What was seen of a bearing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) times: &'a [f64],
    pub(crate) rms: &'a [f64],
    /// How fast life is used up, against condition 1.
    pub(crate) pace: f64,
}

/// Every method by name.
pub(crate) const ALL: &[(&str, Method)] = &[
    ("gemba", gemba),
    ("gemba_median", |seen, learning| gemba(seen, learning).map(|said| Said { guess: said.range.median, ..said })),
    ("drift_to_failure", drift),
    ("mean_life", mean_life),
    ("half_of_age", |seen, _| Some(bare(seen.times.last()? / 2.0))),
];

pub(super) fn bare(guess: f64) -> Said {
    Said { guess, range: Range { lo: guess, median: guess, hi: guess, level: LEVEL } }
}

/// Snapshots that are smoothed over.
const SMOOTH: usize = 5;
/// Lives that are drawn.
const DRAWN: u32 = 400;
/// Shares of life at which a learning bearing is asked for, to see how wide a range must be.
const ASKED: [f64; 6] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/// The index: logarithm of the vibration of the last snapshots over that of all before: how far it has left what was
/// usual for this bearing.
pub(super) fn index(rms: &[f64]) -> Vec<f64> {
    let recent = |i: usize| rms.get((i + 1).saturating_sub(SMOOTH)..=i).unwrap_or_default();
    let before = |i: usize| rms.get(..(i + 1).saturating_sub(SMOOTH).max(1)).unwrap_or_default();
    (0..rms.len()).map(|i| (stats::median(recent(i)) / stats::median(before(i))).ln()).collect()
}

/// All times as they would be in condition 1.
pub(super) fn paced(seen: &Seen<'_>) -> Vec<f64> {
    seen.times.iter().map(|t| t * seen.pace).collect()
}

fn record(bearing: &Bearing) -> Record {
    let (whole, _) = bearing.until(1.0);
    let times = paced(&whole);
    Record { life: times.last().copied().unwrap_or_default(), times, index: index(whole.rms) }
}

/// Total lives that fit records and index, and the guess that scores best if they are right.
fn gemba(seen: &Seen<'_>, learning: &[&Bearing]) -> Option<Said> {
    let records: Vec<Record> = learning.iter().map(|b| record(b)).collect();
    let Some(lives) = lives(seen, &records) else { return by_age(seen) };
    let range = Range::of(&lives, LEVEL).widened(experience(&records, learning).factor(LEVEL));
    Some(Said { guess: best_guess(&lives), range })
}

/// Equally likely remaining lives, seconds.
fn lives(seen: &Seen<'_>, records: &[Record]) -> Option<Vec<f64>> {
    let (model, times) = (LifeFraction::fit(records).ok()?, paced(seen));
    let age = *times.last()?;
    let drawn = equally_likely(&model.lives(&times, &index(seen.rms)), DRAWN);
    Some(drawn.into_iter().map(|life| (life - age) / seen.pace).collect())
}

/// With no record at all the age alone counts: looked at any time of its life with the same chance, a bearing has used up a
/// share of it that is anything between 0 and 1 (Gott 1993).
fn by_age(seen: &Seen<'_>) -> Option<Said> {
    let age = *seen.times.last()?;
    let used = (0..DRAWN).map(|i| (f64::from(i) + 0.5) / f64::from(DRAWN));
    let lives: Vec<f64> = used.map(|share| age * (1.0 / share - 1.0)).collect();
    Some(Said { guess: best_guess(&lives), range: Range::of(&lives, LEVEL) })
}

/// How far ranges missed on each learning bearing when the others alone were known.
fn experience(records: &[Record], learning: &[&Bearing]) -> Cover {
    let mut cover = Cover::default();
    for (i, bearing) in learning.iter().enumerate() {
        let others: Vec<Record> = records.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, r)| r.clone()).collect();
        for share in ASKED {
            let (seen, left) = bearing.until(share);
            if let Some(lives) = lives(&seen, &others) {
                cover.add(&Range::of(&lives, LEVEL), left);
            }
        }
    }
    cover
}

impl Bearing {
    /// What was seen after a share of the recorded life, and how long it went on, seconds.
    pub(crate) fn until(&self, share: f64) -> (Seen<'_>, f64) {
        let life = self.times.last().copied().unwrap_or_default();
        let seen = self.times.iter().take_while(|t| **t <= share * life).count();
        let cut = |all| -> &[f64] { <[f64]>::get(all, ..seen).unwrap_or_default() };
        let (times, rms) = (cut(&self.times), cut(&self.rms));
        (Seen { times, rms, pace: self.pace }, life - times.last().copied().unwrap_or_default())
    }
}

/// The guess with the highest mean score over equally likely lives: late guesses cost more, so it is an early one.
fn best_guess(lives: &[f64]) -> f64 {
    let mean = |guess: f64| lives.iter().map(|life| score(*life, guess)).sum::<f64>();
    lives.iter().copied().max_by(|a, b| mean(*a).total_cmp(&mean(*b))).unwrap_or(f64::NAN)
}

/// The own path alone to the vibration at which the learning bearings failed.
fn drift(seen: &Seen<'_>, learning: &[&Bearing]) -> Option<Said> {
    let failed = learning.iter().filter_map(|b| b.rms.last().map(|v| v.ln()));
    let threshold = Some(stats::mean(&failed.collect::<Vec<f64>>()).exp()).filter(|t| t.is_finite())?;
    let path = Drift::fit_on(seen.times, seen.rms, Scale::Log).ok()?;
    let lives = path.futures(threshold, 300, 1);
    let range = Range::of(&lives, LEVEL);
    Some(Said { guess: best_guess(&lives), range })
}

/// The mean life of the learning bearings less the age; a tenth of the age when it is older already.
fn mean_life(seen: &Seen<'_>, learning: &[&Bearing]) -> Option<Said> {
    let lives = learning.iter().filter_map(|b| b.times.last().copied());
    let age = *seen.times.last()?;
    let usual = Some(stats::mean(&lives.collect::<Vec<f64>>())).filter(|life| life.is_finite())?;
    Some(bare((usual - age).max(0.1 * age)))
}
