use gemba_learn::random::Random;

use super::*;

const ROWS: usize = 3000;
const START: i64 = 1_583_756_076_000_000;

/// A pump: flow follows pressure; from row 2000 on the temperature is 6 K too high; the last sensor sticks at 2600.
fn pump() -> Table {
    let mut random = Random::new(7);
    let pressure: Vec<f64> = (0..ROWS).map(|_| 4.0 + 0.2 * random.normal()).collect();
    let flow: Vec<f64> = pressure.iter().map(|p| 10.0 * p + 0.3 * random.normal()).collect();
    let temperature: Vec<f64> = (0..ROWS).map(|i| 60.0 + random.normal() + if i >= 2000 { 6.0 } else { 0.0 }).collect();
    let mut level: Vec<f64> = (0..ROWS).map(|_| 1.0 + 0.01 * random.normal()).collect();
    level.iter_mut().skip(2600).for_each(|v| *v = 1.0);
    let column = |header: &str, numbers: Vec<f64>| Column { header: header.into(), numbers, ..Column::default() };
    let text = Column {
        header: "mode".into(),
        numbers: vec![f64::NAN; ROWS],
        texts: vec!["auto".into()],
        codes: vec![1; ROWS],
    };
    Table {
        name: "pump".into(),
        times: (0..ROWS).map(|i| Some(START + i64::try_from(i).unwrap() * 1_000_000)).collect(),
        columns: vec![
            column("Pressure [bar]", pressure),
            column("Flow (l/min)", flow),
            column("Temperature_degC", temperature),
            column("Level", level),
            text,
        ],
    }
}

fn run(table: &Table, wish: Healthy) -> Report {
    analyze(table, wish, &mut |_| true).unwrap()
}

#[test]
fn a_fault_is_found_explained_and_dated() {
    let report = run(&pump(), Healthy::Detect);
    let anomaly = report.anomalies.iter().find(|a| a.title.contains("Temperature")).unwrap();
    assert!(anomaly.stretch.from.row.abs_diff(2001) < 60, "{anomaly:?}");
    assert!(anomaly.explanation.contains("2020-03-09T12:4"), "{}", anomaly.explanation);
    assert_eq!(anomaly.contributions[0].0, "Temperature");
    let early = report.anomalies.iter().filter(|a| a.stretch.from.row < 1990).count();
    assert!(early <= 1, "{:?}", report.anomalies);
    assert!(report.score.high.iter().flatten().any(|s| *s > 1.0));
}

#[test]
fn sensors_changes_and_relations_are_told() {
    let report = run(&pump(), Healthy::Rows(1, 1000));
    let stuck = report.anomalies.iter().find(|a| a.sensor && a.title.contains("Level")).unwrap();
    assert!(stuck.stretch.from.row > 2600, "{stuck:?}");
    let change = &report.changes[0];
    assert!(change.signal == "Temperature" && change.at.row.abs_diff(2001) <= 16, "{change:?}");
    let relation = &report.relations[0];
    assert_eq!((relation.first.as_str(), relation.second.as_str(), relation.lag_rows), ("Pressure", "Flow", 0));
    assert_eq!(report.signals[1].unit, "l/min");
    assert_eq!(report.signals[4].kind, Kind::Constant);
    assert_eq!(report.clock.step_s, Some(1.0));
}

#[test]
fn a_healthy_table_is_left_alone() {
    let mut table = pump();
    for column in &mut table.columns {
        column.numbers.truncate(1900);
        column.codes.truncate(1900);
    }
    table.times.clear();
    let report = run(&table, Healthy::Detect);
    assert!(report.anomalies.len() <= 1 && report.changes.is_empty() && report.drifts.is_empty(), "{report:?}");
    assert_eq!((report.clock.timed, report.span.from.time.clone()), (false, None));
}

#[test]
fn what_cannot_be_analysed_says_why_and_what_helps() {
    let mut table = pump();
    let fail = |table: &Table| analyze(table, Healthy::Detect, &mut |_| true).unwrap_err().to_string();
    table.columns.truncate(1);
    table.columns[0].numbers = vec![1.0; ROWS];
    assert!(fail(&table).contains("no column holds measured values"));
    table.columns[0].numbers.truncate(10);
    assert!(fail(&table).contains("too few"));
}

#[test]
fn the_same_table_gives_the_same_report() {
    let (a, b) = (run(&pump(), Healthy::Detect), run(&pump(), Healthy::Detect));
    assert_eq!(serde_json::to_string(&a).unwrap(), serde_json::to_string(&b).unwrap());
}

#[test]
fn it_ends_as_soon_as_nobody_wants_it_any_more() {
    let column = |k: usize| Column {
        header: format!("c{k}"),
        numbers: (0..20_000).map(|i| ((i * (37 + k)) % 101) as f64 * 0.37).collect(),
        ..Column::default()
    };
    let table = Table { name: "t".into(), times: Vec::new(), columns: (0..3).map(column).collect() };
    let mut steps = 0;
    let stopped = analyze(&table, Healthy::Detect, &mut |doing| {
        steps += 1;
        !doing.starts_with("learning")
    });
    assert!(matches!(stopped, Err(Error::Stopped)), "{stopped:?}");
    assert_eq!(steps, 3, "nothing is asked or done after that");
}

/// A table with a column of labels, right where the pump's temperature is too high, and one of a status.
fn labelled() -> Table {
    let mut table = pump();
    let marks = |value: f64| (0..ROWS).map(|r| if r >= 2000 { value } else { 0.0 }).collect::<Vec<f64>>();
    table.columns.push(Column { header: "Anomaly".into(), numbers: marks(1.0), ..Column::default() });
    table.columns.push(Column { header: "status".into(), numbers: marks(3.0), ..Column::default() });
    table
}

#[test]
fn labels_are_no_signals_and_findings_are_measured_against_them() {
    let report = run(&labelled(), Healthy::Detect);
    assert_eq!(report.signals.iter().find(|s| s.name == "Anomaly").unwrap().kind, Kind::Truth);
    let marked = &report.marked[0];
    assert_eq!((marked.column.as_str(), marked.rows, marked.periods, marked.periods_found), ("Anomaly", 1000, 1, 1));
    assert!(marked.recall.unwrap() > 0.5 && marked.precision.unwrap() > 0.9, "{marked:?}");
    assert!(report.summary.iter().any(|s| s.contains("1 of 1 marked periods of Anomaly")), "{:?}", report.summary);
}

#[test]
fn a_state_that_was_never_seen_healthy_is_judged() {
    let report = run(&labelled(), Healthy::Detect);
    // the status turns 3 together with the fault: the fault is found all the same, and the status is told of
    assert!(report.anomalies.iter().any(|a| a.title.contains("Temperature")), "{:?}", report.anomalies);
    assert!(report.notes.iter().any(|n| n.starts_with("status is always the same")), "{:?}", report.notes);
}

#[test]
fn a_row_a_day_is_enough() {
    let mut table = pump();
    for column in &mut table.columns {
        let thin = column.numbers.iter().step_by(60).copied().collect();
        column.numbers = thin;
        column.codes = column.codes.iter().step_by(60).copied().collect();
    }
    table.times = (0..50).map(|d| Some(START + d * 86_400_000_000)).collect();
    let report = run(&table, Healthy::Detect);
    let anomaly = report.anomalies.iter().find(|a| a.title.contains("Temperature")).unwrap();
    assert!(anomaly.stretch.from.row.abs_diff(35) <= 1 && anomaly.stretch.to.row >= 45, "{anomaly:?}");
    assert!(anomaly.explanation.contains("(healthy: "), "{anomaly:?}");
    let forbidden = "20 healthy rows are too few to learn relations";
    assert!(report.notes.iter().any(|n| n.contains(forbidden) && n.contains("spreads")), "{:?}", report.notes);
    let together = &report.relations[0];
    assert_eq!((together.first.as_str(), together.second.as_str(), report.related.to.row), ("Pressure", "Flow", 50));
    assert!(report.relations.len() == 1 && together.p_value < 1e-6, "{:?}", report.relations);
    assert!(report.anomalies.len() <= 3, "{:?}", report.anomalies);
}

#[test]
fn what_is_beyond_two_hundred_columns_is_told() {
    let mut table = pump();
    let wide = |i: usize| Column {
        header: format!("s{i}"),
        numbers: (0..ROWS).map(|r| ((r * (i + 3)) as f64).sin()).collect(),
        ..Column::default()
    };
    table.columns = (0..203).map(wide).collect();
    for column in &mut table.columns {
        column.numbers.truncate(100);
    }
    table.times.clear();
    let report = run(&table, Healthy::Detect);
    assert!(report.notes.iter().any(|n| n.contains("the 3 from s200 on are shown only")), "{:?}", report.notes);
}

fn below(random: &mut Random, n: u64) -> usize {
    usize::try_from(random.bits() % n).unwrap()
}

/// A table of anything: few rows or many, cells that are missing, columns that stand, jump, count or are beyond all measure,
/// times that are missing, stand still or go back.
fn anything(seed: u64) -> Table {
    let mut random = Random::new(seed);
    let rows = 20 + below(&mut random, 500);
    let mut column = |at: u64| {
        let (kind, missing) = (below(&mut random, 10), [0.0, 0.02, 0.4, 0.98][below(&mut random, 4)]);
        let mut last = 0.0;
        let mut value = |r: usize| {
            let noise = random.normal();
            last = match kind {
                0 => noise,
                1 => last + noise,
                2 => 7.0,
                3 => f64::from(u8::from(noise > 0.3)),
                4 => r as f64,
                5 => 1e300 * noise,
                6 => 1e-300 * noise,
                7 | 8 => noise + if r * 5 > rows * 3 { 30.0 } else { 0.0 },
                _ => {
                    if noise > 2.5 {
                        f64::INFINITY
                    } else {
                        100.0
                    }
                }
            };
            if random.unit() < missing { f64::NAN } else { last }
        };
        Column { header: format!("c{at}"), numbers: (0..rows).map(&mut value).collect(), ..Column::default() }
    };
    let columns = (0..=seed % 5).map(&mut column).collect();
    let time = |r: i64| match seed % 6 {
        0 => None,
        1 => Some(START),
        2 => Some(START - r * 1_000_000),
        3 => (r % 3 > 0).then_some(START + r * 60_000_000),
        4 => Some(START + (r / 7) * 3_600_000_000),
        _ => Some(START + r * 1_000),
    };
    let count = i64::try_from(rows).unwrap();
    let times = if seed.is_multiple_of(7) { Vec::new() } else { (0..count).map(time).collect() };
    Table { name: "anything".into(), times, columns }
}

#[test]
fn any_table_gets_a_report_or_a_reason() {
    let mut reports = 0;
    for seed in 0..200 {
        match analyze(&anything(seed), Healthy::Detect, &mut |_| true) {
            Ok(report) => {
                reports += 1;
                let p_values = report.anomalies.iter().filter_map(|a| a.p_value);
                assert!(p_values.clone().all(|p| (0.0..=1.0).contains(&p)), "{seed}: {:?}", report.anomalies);
                assert!(!serde_json::to_string(&report).unwrap().contains("NaN"), "{seed}");
            }
            Err(error) => assert!(error.to_string().len() > 20, "{seed}: {error}"),
        }
    }
    assert!(reports > 100, "{reports}");
}
