//! How long things last when many have not failed yet: what is known of those is that they lasted at least so long.

mod kaplan_meier;
mod landmark;
mod posterior;
mod told;
mod weibull;

use serde::{Deserialize, Serialize};

pub use kaplan_meier::KaplanMeier;
pub use landmark::Landmark;
pub use posterior::Posterior;
pub use told::Told;
pub use weibull::Weibull;

/// A stretch of use: from new, or from a repair, to a failure or to where one stopped looking.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spell {
    /// How long it lasted, above 0, in any unit.
    pub duration: f64,
    /// Whether it ended with a failure.
    pub failed: bool,
}

/// Of pairs of spells of which it is known which lasted longer, the share in which the shorter one had the higher risk
/// (Harrell et al. 1982): 1 is perfect, 0.5 is chance. Equal risks count half. None when no pair can be compared.
pub fn concordance(spells: &[Spell], risks: &[f64]) -> Option<f64> {
    let (mut right, mut all) = (0.0, 0.0);
    for (first, risk) in spells.iter().zip(risks).filter(|(s, _)| s.failed) {
        for (_, other_risk) in spells.iter().zip(risks).filter(|(o, _)| o.duration > first.duration) {
            all += 1.0;
            right += match risk.total_cmp(other_risk) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    (all > 0.0).then(|| right / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_that_can_be_compared_are_counted() {
        let spell = |duration, failed| Spell { duration, failed };
        let spells = [spell(1.0, true), spell(2.0, false), spell(3.0, true)];
        // known: the first failed before the second and the third; nothing is known of the second against the third
        assert_eq!(concordance(&spells, &[3.0, 1.0, 2.0]), Some(1.0));
        assert_eq!(concordance(&spells, &[2.0, 3.0, 1.0]), Some(0.5));
        assert_eq!(concordance(&spells, &[1.0, 1.0, 1.0]), Some(0.5));
        assert_eq!(concordance(&spells[1..2], &[1.0]), None);
    }
}
