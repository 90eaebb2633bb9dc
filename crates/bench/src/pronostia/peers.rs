//! The learning bearings as a matrix, and scikit-learn fitted to it: a row for what a bearing was like at a share of its life, and
//! how long it still lasted.

use super::bearing::Bearing;
use super::methods::{Said, Seen, bare, index, paced};
use super::{Question, Tally, questions, row_of};
use crate::peers::{self, Peer};
use crate::report::{Row, say};

/// Shares of its life at which a learning bearing is looked at, in hundredths.
const SHARES: std::ops::Range<u8> = 10..100;

/// A row for each peer that is there.
pub(super) fn rows(bearings: &[Bearing]) -> Vec<Row> {
    let row = |peer: Peer| row(peer, bearings).map_err(|e| say(format!("{} is left out: {e:#}", peer.name))).ok();
    peers::there(&peers::REGRESSORS).into_iter().filter_map(row).collect()
}

fn row(peer: Peer, bearings: &[Bearing]) -> anyhow::Result<Row> {
    let (tests, cuts) = questions(bearings);
    let mut times = (0.0, 0.0);
    let mut answered = |questions: &[Question<'_>]| -> anyhow::Result<Tally> {
        let mut tally = Tally::default();
        for (seen, learning, left) in questions {
            tally.take(ask(peer, (seen, learning), &mut times)?.as_ref(), *left);
        }
        Ok(tally)
    };
    let (by_test, by_cut) = (answered(&tests)?, answered(&cuts)?);
    Ok(row_of(peer.name, (&by_test, &by_cut), times))
}

/// What it says; none with no bearing to learn from.
fn ask(peer: Peer, (seen, learning): (&Seen<'_>, &[&Bearing]), times: &mut (f64, f64)) -> anyhow::Result<Option<Said>> {
    let known = |b: &&Bearing| SHARES.filter_map(|share| known(b, f64::from(share) / 100.0)).collect::<Vec<_>>();
    let (rows, left): (Vec<[f64; 4]>, Vec<f64>) = learning.iter().flat_map(known).unzip();
    let (false, Some(asked)) = (rows.is_empty(), features(seen)) else { return Ok(None) };
    let columns = |rows: &[[f64; 4]]| -> Vec<Vec<f64>> {
        (0..4).map(|c| rows.iter().filter_map(|row| row.get(c).copied()).collect()).collect()
    };
    let said = peers::ask(peer, &columns(&rows), Some(&left), &[&columns(&[asked])])?;
    *times = (times.0 + said.train_s, times.1 + said.score_s.iter().sum::<f64>());
    Ok(said.scores(0).first().map(|paced_left| bare(paced_left.max(0.0) / seen.pace)))
}

fn known(bearing: &Bearing, share: f64) -> Option<([f64; 4], f64)> {
    let (seen, left) = bearing.until(share);
    Some((features(&seen)?, left * seen.pace))
}

/// Age as it would be in condition 1, vibration now, how far it has left what was usual, and the most it ever had left it.
fn features(seen: &Seen<'_>) -> Option<[f64; 4]> {
    let index = index(seen.rms);
    Some([*paced(seen).last()?, *seen.rms.last()?, *index.last()?, index.iter().copied().fold(f64::NAN, f64::max)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_tells_the_age_and_what_is_left() {
        let bearing = Bearing {
            name: "1_1".into(),
            pace: 2.0,
            learning: true,
            times: (0..=100).map(|i| f64::from(i) * 10.0).collect(),
            rms: vec![0.5; 101],
            left: None,
        };
        let ([age, rms, index, most], left) = known(&bearing, 0.5).unwrap();
        assert_eq!((age, rms, left), (1000.0, 0.5, 1000.0));
        assert!(index.abs() < 1e-12 && most.abs() < 1e-12);
    }
}
