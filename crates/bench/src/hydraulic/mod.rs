//! A test rig with one file a sensor: `NAME.txt` or `NAME.txt.gz`, a row a cycle of tab-separated samples, as many as the
//! sensor's rate gives; `profile.txt`: a row a cycle, a column a condition, the last a flag that the rig was stable.
//! Each condition is named from all sensors, in five stretches of cycles, each judged by models of the other four.

mod read;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;

use crate::report::{self, Report, Row};
use crate::supervised::score::{accuracy, macro_f1};
use crate::supervised::{Cases, Outcome, Way, classifiers, out_of_fold, stretches};

/// Stretches of cycles.
const FOLDS: usize = 5;

/// Runs the suite over the rig below `data`.
pub(crate) fn run(data: &Path) -> anyhow::Result<Report> {
    let rig = read::rig(data).with_context(|| format!("no hydraulic rig was found below {}", data.display()))?;
    let rows = report::rows(classifiers(), |name, way| row(name, way, &rig))?;
    Ok(Report::new("hydraulic", data, (rig.sensors, rig.skipped), rows))
}

/// `accuracy` and `macro_f1` are means over the conditions, the flag left out; each one's own stand beside them.
fn row(method: &str, way: Way, rig: &read::Rig) -> anyhow::Result<Row> {
    let (mut metrics, mut all) = (BTreeMap::new(), Outcome::default());
    let conditions = rig.conditions.len().saturating_sub(1).max(1);
    for (place, labels) in rig.conditions.iter().enumerate() {
        let folds = stretches(labels.len(), FOLDS);
        let cases = Cases { columns: rig.features.clone(), labels: labels.clone(), folds };
        let outcome = out_of_fold(&cases, way)?;
        let share = accuracy(labels, &outcome.said());
        let name = if place < conditions { format!("c{}", place + 1) } else { "stable".to_owned() };
        metrics.insert(format!("{name}.accuracy"), share);
        if place < conditions {
            *metrics.entry("accuracy".to_owned()).or_default() += share / conditions as f64;
            let f1 = macro_f1(labels, &outcome.said());
            *metrics.entry("macro_f1".to_owned()).or_default() += f1 / conditions as f64;
        }
        all.train_s += outcome.train_s;
        all.score_s += outcome.score_s;
        all.probabilities.extend(outcome.probabilities);
    }
    Ok(all.row(method, metrics))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::write::GzEncoder;
    use gemba_learn::random::Random;
    use std::io::Write;

    #[test]
    fn a_rig_of_the_layout_is_scored_by_condition() {
        let dir = tempfile::tempdir().unwrap();
        let mut random = Random::new(1);
        let (mut pressure, mut flow, mut profile) = (String::new(), String::new(), String::new());
        for cycle in 0..120 {
            let (cooler, valve) = ([3, 20, 100][cycle / 8 % 3], [73, 100][cycle / 3 % 2]);
            let line = |n: usize, of: &mut dyn FnMut(f64) -> f64| {
                let cells: Vec<String> = (0..n).map(|i| format!("{:.3}", of(i as f64 / n as f64))).collect();
                cells.join("\t") + "\n"
            };
            pressure += &line(60, &mut |t| 150.0 + f64::from(valve) * t + 0.5 * random.normal());
            flow += &line(6, &mut |_| f64::from(cooler) + 0.5 * random.normal());
            profile.extend([
                cooler.to_string(),
                format!("\t{valve}\t"),
                u8::from(cycle % 7 == 0).to_string(),
                "\n".into(),
            ]);
        }
        let zipped = |name: &str, text: &str| {
            let file = std::fs::File::create(dir.path().join(name)).unwrap();
            let mut encoder = GzEncoder::new(file, flate2::Compression::fast());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap();
        };
        zipped("PS1.txt.gz", &pressure);
        zipped("FS1.txt.gz", &flow);
        zipped("XX1.txt.gz", "1\t2\n");
        std::fs::write(dir.path().join("profile.txt"), profile).unwrap();
        std::fs::write(dir.path().join("description.txt"), "words about the rig").unwrap();
        let report = run(dir.path()).unwrap();
        assert_eq!((report.files, report.skipped, report.rows[0].method.as_str()), (2, 2, "gemba"));
        let ours = &report.rows[0].metrics;
        assert!(ours["c1.accuracy"] > 0.95 && ours["c2.accuracy"] > 0.95 && ours["stable.accuracy"] < 1.0, "{ours:?}");
        assert!(run(tempfile::tempdir().unwrap().path()).is_err());
    }
}
