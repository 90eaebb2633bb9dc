//! IMS: bearings of one rig run until some fail; the mean absolute acceleration of a second every ten minutes. A
//! method goes over the rows in order and says, a bearing at a time, whether it is in alarm. Scored is the first alarm
//! that stays until the end on bearings that fail, and any alarm at all on those that do not.

mod methods;
mod rig;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use crate::report::{Report, Row, peak_mb, say};
use rig::Rig;

/// Why scikit-learn does not stand beside ours.
const NO_PEER: &str = "scikit-learn does not stand beside ours: there is one number a bearing and row, of which its detectors make no more than a \
                       limit, and the row three_sigma is one; it compares no bearing with its neighbours";

/// Runs the suite over all tests below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let (rigs, skipped) = rig::find(data)?;
    anyhow::ensure!(!rigs.is_empty(), "no IMS table was found below {}", data.display());
    for rig in rigs.iter().filter(|r| r.failing.is_none()) {
        let test = rig.test;
        say(format!("which bearings failed in test {test} is not known: its alarms are counted, not judged"));
    }
    say(NO_PEER.to_owned());
    let rows = methods::ALL.iter().map(|(name, method)| row(name, *method, &rigs)).collect();
    Ok(Report::new("ims", data, (rigs.len(), skipped), rows))
}

/// What became of the alarms.
#[derive(Clone, Debug, Default)]
struct Tally {
    /// Alarms on bearings that did not fail.
    false_alarms: u32,
    /// Alarms on bearings that failed that were taken back.
    withdrawn: u32,
    /// Hours from the first alarm that stayed to the end, for each bearing that failed; 0 when there is none.
    leads: Vec<f64>,
}

impl Tally {
    /// Adds a bearing: `alarms` by row, `hours` the rows' times.
    fn add(&mut self, fails: bool, alarms: &[bool], hours: &[f64]) {
        let (count, lead) = alarmed(alarms, hours);
        if fails {
            self.withdrawn += count - u32::from(lead.is_some());
            self.leads.push(lead.unwrap_or(0.0));
        } else {
            self.false_alarms += count;
        }
    }
}

/// How many alarms began, and how long the one that stayed until the end had stood then, hours.
fn alarmed(alarms: &[bool], hours: &[f64]) -> (u32, Option<f64>) {
    let begins = |i: usize| alarms.get(i) == Some(&true) && (i == 0 || alarms.get(i - 1) == Some(&false));
    let begun: Vec<usize> = (0..alarms.len()).filter(|i| begins(*i)).collect();
    let stays = alarms.last() == Some(&true);
    let lead = begun.last().filter(|_| stays).and_then(|i| Some(hours.last()? - hours.get(*i)?));
    (u32::try_from(begun.len()).unwrap_or(u32::MAX), lead)
}

fn row(name: &str, method: methods::Method, rigs: &[Rig]) -> Row {
    let (mut tally, mut score_s, mut samples) = (Tally::default(), 0.0, 0_usize);
    let mut metrics = BTreeMap::new();
    for rig in rigs {
        let start = Instant::now();
        let said = method(rig);
        score_s += start.elapsed().as_secs_f64();
        samples += rig.hours.len();
        for ((number, _), alarms) in rig.bearings.iter().zip(&said) {
            let of = |name: &str| format!("{name}.test{}.bearing{number}", rig.test);
            let Some(failing) = rig.failing else {
                let (begun, lead) = alarmed(alarms, &rig.hours);
                metrics.insert(of("alarms"), f64::from(begun));
                metrics.insert(of("lead_hours"), lead.unwrap_or(0.0));
                continue;
            };
            let fails = failing.contains(number);
            tally.add(fails, alarms, &rig.hours);
            if fails {
                metrics.insert(of("lead_hours"), tally.leads.last().copied().unwrap_or_default());
            }
        }
    }
    if rigs.iter().any(|r| r.failing.is_some()) {
        let failing = tally.leads.len().max(1) as f64;
        metrics.insert("false_alarms".to_owned(), f64::from(tally.false_alarms));
        metrics.insert("withdrawn".to_owned(), f64::from(tally.withdrawn));
        metrics.insert("lead_hours".to_owned(), tally.leads.iter().sum::<f64>() / failing);
        metrics.insert("found".to_owned(), tally.leads.iter().filter(|lead| **lead > 0.0).count() as f64);
        metrics.insert("failing".to_owned(), tally.leads.len() as f64);
    }
    let score_us_per_sample = score_s * 1e6 / samples.max(1) as f64;
    Row { method: name.to_owned(), metrics, train_s: 0.0, score_us_per_sample, peak_mb: peak_mb() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemba_learn::random::Random;
    use std::fmt::Write as _;

    #[test]
    fn only_an_alarm_that_stays_leads() {
        let hours: Vec<f64> = (0..6).map(f64::from).collect();
        let mut tally = Tally::default();
        tally.add(true, &[false, true, false, true, true, true], &hours);
        tally.add(true, &[true, false, false, false, false, false], &hours);
        tally.add(false, &[false, true, false, true, false, false], &hours);
        assert_eq!((tally.false_alarms, tally.withdrawn), (2, 2));
        assert!((tally.leads[0] - 2.0).abs() < 1e-9 && tally.leads[1].abs() < 1e-9);
    }

    /// Test 3 in small: bearing 3 grows in the last third; a broken line in between.
    fn folder() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let mut random = Random::new(2);
        let mut text = ",Bearing 1,Bearing 2,Bearing 3,Bearing 4\n".to_owned();
        for i in 0..900_u32 {
            let grown = if i > 600 { 1.0 + f64::from(i - 600) * 0.01 } else { 1.0 };
            let (day, minute) = (1 + i / 144, i % 144 * 10);
            write!(text, "2004-03-{day:02} {:02}:{:02}:00", minute / 60, minute % 60).unwrap();
            for level in [0.06, 0.07, 0.05 * grown, 0.04] {
                write!(text, ",{:.5}", level * (1.0 + 0.02 * random.normal())).unwrap();
            }
            text.push('\n');
        }
        std::fs::write(dir.path().join("merged_dataset_BearingTest_3.csv"), text + "nonsense\n").unwrap();
        std::fs::write(dir.path().join("merged_dataset_BearingTest_9.csv"), ",Bearing 1\n").unwrap();
        dir
    }

    #[test]
    fn a_folder_of_the_layout_is_scored() {
        let report = run(folder().path()).unwrap();
        assert_eq!((report.files, report.skipped, report.rows[0].method.as_str()), (1, 1, "gemba"));
        let ours = &report.rows[0].metrics;
        assert!(ours["false_alarms"].abs() < 1e-9 && ours["lead_hours"] > 30.0, "{ours:?}");
        assert!((ours["failing"] - 1.0).abs() < 1e-9);
        let never = report.rows.iter().find(|r| r.method == "never").unwrap();
        assert!(never.metrics["lead_hours"].abs() < 1e-9);
        // the same rig as a test that nothing is known of
        let dir = folder();
        let name = |n: u32| dir.path().join(format!("merged_dataset_BearingTest_{n}.csv"));
        std::fs::rename(name(3), name(7)).unwrap();
        let report = run(dir.path()).unwrap();
        let ours = &report.rows[0].metrics;
        assert!(ours["lead_hours.test7.bearing3"] > 30.0 && ours["alarms.test7.bearing1"].abs() < 1e-9, "{ours:?}");
        assert!(!ours.contains_key("false_alarms") && report.notes.iter().any(|n| n.contains("test 7")));
        assert!(run(tempfile::tempdir().unwrap().path()).is_err());
    }
}
