//! How long until a machine fails, from its deviation from normal and what that came to before recorded failures of its
//! kind. For machines without such failures there is nothing to go by, and nothing is said.

use gemba_act::Side;
use gemba_learn::life::monotonicity;
use gemba_learn::stats;
use gemba_plant::{Finding, FindingState, Signal, Timestamp};

use super::RemainingLifeConfig;
use super::follow::{AGREE, Follow, FollowMemory, LOOKED_AT, POINTS_MIN};
use super::words::{self, End};

/// Recorded failures of a kind from which anything is concluded, and the share of them that the deviation must have shown.
const FAILURES_MIN: usize = 2;
const SHOWN_MIN: f64 = 0.5;
/// A deviation above this was shown: the limit of the monitor, of which the score is a share.
const SHOWN: f64 = 1.0;
/// How much of its variance the path keeps when it is made to rise: less is no wear.
const ONE_WAY: f64 = 0.5;

/// The score of an asset's monitor over time, and what is known of failures of its kind.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    /// The score's signal.
    pub score: &'a Signal,
    /// Source times, µs, ascending.
    pub times: &'a [i64],
    /// The score, mean or median of each step; what is not finite is left out.
    pub values: &'a [f64],
    /// What the score came to before each recorded failure of this machine and others of its kind.
    pub levels: &'a [f64],
    /// The finding of [`HEALTH_KEY`] that is open.
    pub open: Option<&'a Finding>,
}

/// The key of the finding.
pub const HEALTH_KEY: &str = "life:health";

/// What concludes it.
pub(in crate::maintenance) const HEALTH_MODEL: &str = "health-outlook/2";

/// The range of life that is left, or that what was told is over; none when there is nothing to say.
pub fn health_outlook(course: &Course<'_>, config: &RemainingLifeConfig) -> Option<Finding> {
    let points = || course.times.iter().zip(course.values).filter(|(_, value)| value.is_finite());
    let (times, values): (Vec<i64>, Vec<f64>) = points().map(|(t, v)| (*t, *v)).unzip();
    let now = Timestamp::from_micros(*times.last()?);
    let over = || {
        let open = course.open?.clone();
        Some(Finding { state: FindingState::Cleared, until: now, ..open })
    };
    let Some(end) = end(course.levels) else { return over() };
    if times.len() < POINTS_MIN {
        return None;
    }
    let at = |cut: usize| {
        let memory = FollowMemory::of(times.get(..cut)?.to_vec(), values.get(..cut)?.to_vec(), course.open);
        Follow::to(course.score.clone(), end.clone(), (config.clone(), memory)).outlook()
    };
    let wears = monotonicity(&values) >= ONE_WAY || course.open.is_some();
    let looks: Vec<_> = (0..LOOKED_AT as usize).map(|back| at(times.len() - back).filter(|_| wears)).collect();
    let agree = looks.iter().flatten().count();
    match looks.into_iter().next().flatten() {
        Some(outlook) if agree >= AGREE as usize || course.open.is_some() => {
            let since = course.open.map_or(outlook.now, |open| open.since);
            let named = Signal { name: "deviation from normal".into(), ..course.score.clone() };
            Some(words::finding(&named, &end, &outlook, (since, HEALTH_MODEL)))
        }
        _ if agree == 0 => over(),
        _ => None,
    }
}

/// Where the path ends: at what the score came to before failures that it had shown; none when it showed too few.
fn end(levels: &[f64]) -> Option<End> {
    let known: Vec<f64> = levels.iter().copied().filter(|level| level.is_finite()).collect();
    let mut shown: Vec<f64> = known.iter().copied().filter(|level| *level > SHOWN).collect();
    if shown.len() < FAILURES_MIN || (shown.len() as f64) < SHOWN_MIN * known.len() as f64 {
        return None;
    }
    shown.sort_by(f64::total_cmp);
    let (low, high) = (*shown.first()?, *shown.last()?);
    let at = (stats::median(&shown) * 100.0).round() / 100.0;
    Some(End {
        key: HEALTH_KEY.to_owned(),
        at,
        side: Side::Above,
        failed: true,
        source: format!(
            "the middle of what it came to in the day before {} of {} recorded failures of this kind: {low:.2} to {high:.2}",
            shown.len(),
            known.len()
        ),
        prescription: "look at what contributes to the deviation, and at how the failures before began".to_owned(),
        levels: shown,
    })
}
