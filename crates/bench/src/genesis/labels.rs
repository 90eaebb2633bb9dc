//! Which rows are anomalous, where a label may be a kind of anomaly or a state of the machine.

/// Labels on more than this share of rows are states of the machine rather than anomalies.
const RARE: f64 = 0.2;
/// What is on more rows than this is what is usual.
const USUAL: f64 = 0.5;
/// The part of a recording, one in so many, in which a machine that works shows the states it has.
const HEAD: usize = 4;

/// How labels are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Whatever is not 0, as long as it is rare.
    Rare,
    /// The labels that do not occur in the first quarter: states of a machine that works occur from the beginning on.
    New,
    /// Whatever is not the commonest label.
    Uncommon,
}

impl Reading {
    /// The strictest first.
    pub(super) const ALL: [Self; 3] = [Self::Rare, Self::New, Self::Uncommon];

    /// What is taken as anomalous, in words.
    pub(super) fn means(self) -> &'static str {
        match self {
            Self::Rare => "rows with a label are anomalous",
            Self::New => "labels that do not occur in the first quarter of a recording are taken as anomalies",
            Self::Uncommon => "all labels but the commonest are taken as anomalies",
        }
    }

    /// The anomalous rows; none where there are none or too many.
    pub(super) fn anomalous(self, labels: &[f64]) -> Option<Vec<bool>> {
        let commonest = || -> f64 {
            let mut sorted: Vec<f64> = labels.iter().copied().filter(|l| l.is_finite()).collect();
            sorted.sort_by(f64::total_cmp);
            let runs = sorted.chunk_by(|a, b| a.total_cmp(b).is_eq());
            runs.max_by_key(|run| run.len()).and_then(|run| run.first().copied()).unwrap_or(0.0)
        };
        let differs = |l: &f64, usual: f64| l.is_finite() && (l - usual).abs() > 0.0;
        let (truth, most): (Vec<bool>, f64) = match self {
            Self::Rare => (labels.iter().map(|l| differs(l, 0.0)).collect(), RARE),
            Self::New => {
                let head = labels.get(..labels.len() / HEAD).unwrap_or_default();
                let known = |l: &f64| head.iter().any(|h| !differs(h, *l) && h.is_finite());
                (labels.iter().map(|l| differs(l, 0.0) && !known(l)).collect(), USUAL)
            }
            Self::Uncommon => {
                let usual = commonest();
                (labels.iter().map(|l| differs(l, usual)).collect(), 1.0)
            }
        };
        let share = truth.iter().filter(|t| **t).count() as f64 / truth.len().max(1) as f64;
        (share > 0.0 && share < most).then_some(truth)
    }
}

/// The longest stretch without an anomaly: where it begins, and its rows.
pub(super) fn calm(truth: &[bool]) -> (usize, usize) {
    let (mut best, mut from) = ((0, 0), 0);
    for (at, anomalous) in truth.iter().copied().chain([true]).enumerate() {
        if anomalous {
            best = if at - from > best.1 { (from, at - from) } else { best };
            from = at + 1;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(reading: Reading, labels: &[f64]) -> Option<Vec<usize>> {
        let truth = reading.anomalous(labels)?;
        Some((0..labels.len()).filter(|i| truth[*i]).collect())
    }

    #[test]
    fn rare_labels_are_anomalies_and_states_are_not() {
        let mut labels = vec![0.0; 40];
        (labels[30], labels[31], labels[7]) = (1.0, 2.0, f64::NAN);
        assert_eq!(rows(Reading::Rare, &labels), Some(vec![30, 31]));
        // a machine that goes through states 0, 1, 2, and once into 7
        let mut states: Vec<f64> = (0..40).map(|i| f64::from(i / 2 % 3)).collect();
        assert_eq!(rows(Reading::Rare, &states), None);
        assert_eq!(rows(Reading::New, &states), None);
        (states[20], states[21]) = (7.0, 7.0);
        assert_eq!(rows(Reading::New, &states), Some(vec![20, 21]));
        // a third of the rows, from the beginning on
        let many: Vec<f64> = (0..30).map(|i| f64::from(u8::from(i % 3 == 0))).collect();
        assert_eq!(rows(Reading::New, &many), None);
        assert_eq!(rows(Reading::Uncommon, &many).unwrap().len(), 10);
        assert!(Reading::ALL.iter().all(|r| r.anomalous(&[0.0; 9]).is_none() && r.anomalous(&[]).is_none()));
    }

    #[test]
    fn the_longest_calm_stretch() {
        let truth = [false, true, false, false, false, true, true, false];
        assert_eq!((calm(&truth), calm(&[true; 3]), calm(&[false; 4])), ((2, 3), (0, 0), (0, 4)));
    }
}
