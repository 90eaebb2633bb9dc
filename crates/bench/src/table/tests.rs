#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers of made-up data")]

use super::*;
use gemba_learn::random::Random;
use std::fmt::Write;

fn folder(spec: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("spec.toml"), spec).unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn metric(report: &Report, method: &str, name: &str) -> f64 {
    report.rows.iter().find(|r| r.method == method).unwrap().metrics[name]
}

#[test]
fn classes_by_unit_in_any_file() {
    let mut random = Random::new(1);
    let mut text = "\u{feff}machine;hour;speed;load;state\n".to_owned();
    for row in 0..400 {
        let worn = row / 7 % 2;
        let (speed, load) = (100.0 + random.normal(), 3.0 * f64::from(worn) + random.normal());
        let line = format!("m{};{row};{speed:.2};{load:.2};{}", row % 8, ["fine", "worn"][worn as usize]);
        writeln!(text, "{}", line.replace('.', ",")).unwrap();
    }
    let spec = "task = 'classify'\nlabel = 'state'\nunit = 'machine'\nleave_out = ['hour']\nsplit = { by = 'groups', folds = 4 }";
    let dir = folder(spec, &[("a.csv", &text), ("b.csv", "x,y\n1,2\n"), ("note.md", "none")]);
    let report = run(dir.path()).unwrap();
    assert_eq!((report.files, report.skipped, report.rows[0].method.as_str()), (1, 1, "gemba"));
    assert!(metric(&report, "gemba", "accuracy") > 0.85 && metric(&report, "gemba", "ap") > 0.9);
    assert!(metric(&report, "commonest", "accuracy") < 0.6);
}

#[test]
fn anomalies_are_learned_from_the_healthy_head() {
    let mut random = Random::new(2);
    let mut text = "time,a,b,Label\n".to_owned();
    for row in 0..600 {
        let common = random.normal();
        let fault = row > 400 && row / 25 % 2 == 0;
        let (a, b) = (common + 0.1 * random.normal(), if fault { -common } else { common } + 0.1 * random.normal());
        writeln!(text, "2026-01-01 {:02}:{:02},{a:.3},{b:.3},{}", row / 60, row % 60, u8::from(fault)).unwrap();
    }
    let spec = "task = 'detect'\nlabel = 'Label'\ntime = 'time'\nsplit = { by = 'time', train = 0.5 }";
    let report = run(folder(spec, &[("m1.csv", &text)]).path()).unwrap();
    assert!(metric(&report, "gemba", "f1") > 0.7, "{:?}", report.rows[0]);
    assert!(metric(&report, "gemba", "far") < 15.0 && metric(&report, "never", "f1") < 1e-9);
    assert!(metric(&report, "always", "f1") < metric(&report, "pca_t2_q", "ap"));
}

#[test]
fn numbers_have_ranges_that_hold() {
    let mut random = Random::new(3);
    let mut text = "a\tb\ty\n".to_owned();
    for _ in 0..500 {
        let (a, b) = (random.unit(), random.unit());
        writeln!(text, "{a:.4}\t{b:.4}\t{:.4}", 10.0 * (a - 0.5).abs() + b + 0.1 * random.normal()).unwrap();
    }
    let spec = "task = 'regress'\nlabel = 'y'\nfiles = '*.tsv'\nsplit = { by = 'blocks', folds = 4 }";
    let report = run(folder(spec, &[("t.tsv", &text)]).path()).unwrap();
    assert!(metric(&report, "gemba", "rmse") < 0.3 && metric(&report, "gemba", "r2") > 0.95, "{:?}", report.rows[0]);
    assert!((80.0..=98.0).contains(&metric(&report, "gemba", "coverage90")));
    assert!(metric(&report, "gemba", "rmse") < metric(&report, "ridge", "rmse"));
}

#[test]
fn lives_of_a_file_a_unit() {
    let mut random = Random::new(4);
    let units: Vec<(String, String)> = (0..12)
        .map(|unit| {
            let life = 80 + (40.0 * random.unit()) as i32;
            let mut text = "cycle,vibration,temperature\n".to_owned();
            for cycle in 0..life {
                let wear = (-f64::from(life - cycle) / 25.0).exp();
                writeln!(text, "{cycle},{:.3},{:.2}", 2.0 + 3.0 * wear + 0.1 * random.normal(), 60.0 + random.normal())
                    .unwrap();
            }
            (format!("bearing_{unit:02}.csv"), text)
        })
        .collect();
    let files: Vec<(&str, &str)> = units.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let spec = "task = 'life'\ntime = 'cycle'\ncap = 50\nsplit = { by = 'groups', folds = 3 }";
    let report = run(folder(spec, &files).path()).unwrap();
    assert_eq!(report.files, 12);
    assert!(metric(&report, "gemba", "rmse") < 0.7 * metric(&report, "mean", "rmse"), "{:?}", report.rows);
    assert!(metric(&report, "gemba", "coverage90") > 70.0);
}

#[test]
fn what_is_wrong_is_said() {
    let spec = "task = 'classify'\nlabel = 'state'\nsplit = { by = 'rows', train = 0.5 }";
    let error = |files: &[(&str, &str)]| format!("{:#}", run(folder(spec, files).path()).unwrap_err());
    assert!(error(&[]).contains("*.csv"));
    assert!(error(&[("a.csv", "x,y\n1,2\n")]).contains("state"));
    assert!(error(&[("a.csv", "x,state\n1,u\n2,u\n")]).contains("one value"));
    assert!(run(tempfile::tempdir().unwrap().path()).is_err());
}
