//! BATADAL: attacks on a water network, 43 tags every hour. Learned from a year without attacks, scored on
//! `test_dataset.csv` if it is there, otherwise on `BATADAL_dataset04.csv`. S is the mean of S_TTD, how soon attacks
//! are found, and S_CLF, the mean of the rates of true positives and true negatives (Taormina et al. 2018).

mod methods;
mod table;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use crate::report::{self, Report, Row, peak_mb};

/// What a method says: whether each scored row is an alarm.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// One for each row.
    pub(crate) alarms: Vec<bool>,
    /// Seconds of fitting.
    pub(crate) train_s: f64,
    /// Seconds of scoring.
    pub(crate) score_s: f64,
}

/// Runs the suite over the tables below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (network, skipped) = table::find(data)?;
    let rows = report::rows(methods::all(), |name, method| {
        let said = method(&network)?;
        let score_us_per_sample = said.score_s * 1e6 / network.attack.len().max(1) as f64;
        let metrics = metrics(&network.attack, &said.alarms);
        let (train_s, peak_mb) = (said.train_s, peak_mb());
        Ok(Row { method: name.to_owned(), metrics, train_s, score_us_per_sample, peak_mb })
    })?;
    Ok(Report::new("batadal", data, (2, skipped), rows))
}

/// The stretches of rows that are marked.
fn stretches(marked: &[bool]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (i, _) in marked.iter().enumerate().filter(|(_, m)| **m) {
        match found.last_mut().filter(|r| r.end == i) {
            Some(range) => range.end = i + 1,
            None => found.push(i..i + 1),
        }
    }
    found
}

fn metrics(attack: &[bool], alarms: &[bool]) -> BTreeMap<String, f64> {
    let share = |truth: bool| {
        let (hits, all) = attack
            .iter()
            .zip(alarms)
            .filter(|(a, _)| **a == truth)
            .fold((0.0, 0.0), |(hits, all), (_, alarm)| (hits + f64::from(u8::from(*alarm == truth)), all + 1.0));
        if all > 0.0 { hits / all } else { 0.0 }
    };
    let attacks = stretches(attack);
    let delays: Vec<Option<usize>> =
        attacks.iter().map(|r| alarms.get(r.clone()).and_then(|a| a.iter().position(|a| *a))).collect();
    let late: f64 = attacks
        .iter()
        .zip(&delays)
        .map(|(r, delay)| delay.map_or(1.0, |d| d as f64 / r.len().max(1) as f64))
        .sum::<f64>()
        / attacks.len().max(1) as f64;
    let (tpr, tnr) = (share(true), share(false));
    let (s_ttd, s_clf) = (1.0 - late, f64::midpoint(tpr, tnr));
    let found = delays.iter().filter(|d| d.is_some()).count() as f64;
    let named = [
        ("s", f64::midpoint(s_ttd, s_clf)),
        ("s_ttd", s_ttd),
        ("s_clf", s_clf),
        ("tpr", tpr),
        ("tnr", tnr),
        ("attacks", attacks.len() as f64),
        ("attacks_found", found),
    ];
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_by_hand() {
        let mut attack = vec![false; 20];
        attack[4..8].fill(true);
        attack[12..14].fill(true);
        let mut alarms = vec![false; 20];
        alarms[5..9].fill(true);
        let found = metrics(&attack, &alarms);
        let get = |name: &str| found.get(name).copied().unwrap();
        // first attack: found after 1 of 4 rows; second: never. Hits 3 of 6, quiet 13 of 14
        assert!((get("s_ttd") - 0.375).abs() < 1e-12);
        assert!((get("s_clf") - f64::midpoint(0.5, 13.0 / 14.0)).abs() < 1e-12);
        assert_eq!((get("attacks"), get("attacks_found")), (2.0, 1.0));
        let always = metrics(&attack, &[true; 20]);
        assert!((always["s"] - 0.75).abs() < 1e-12 && (metrics(&attack, &[false; 20])["s"] - 0.25).abs() < 1e-12);
    }
}
