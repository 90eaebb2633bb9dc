//! Formulas: what holds at each time, what is told of a wrong one, and that none harms the process.

use gemba_plant::port::Fault as _;
use gemba_plant::{Gap, GapReason, Quality, Sample, SignalId, TimeRange, Timestamp, Unit};
use gemba_query::{Error, Format, Formula, Query, Series};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::plant::{DAY, append, catalogue, plant, query, row, store, wait};

const RATIO: &str = r#""acme/pump-1/flow" / "acme/pump-1/pressure""#;

fn range(from: i64, to: i64) -> TimeRange {
    TimeRange::new(Timestamp::from_secs(from), Timestamp::from_secs(to))
}

/// Flow and pressure of pump 1; at 20 s the flow is bad, at 30 s the pressure is 0.
fn rows() -> Vec<Sample> {
    let bad = Sample { quality: Quality::Bad, ..row(1, 20, f64::NAN) };
    let doubtful = Sample { quality: Quality::Uncertain, ..row(2, 15, 4.0) };
    vec![row(1, 0, 10.0), row(1, 10, 20.0), bad, row(1, 30, 40.0), row(2, 5, 2.0), doubtful, row(2, 30, 0.0)]
}

fn kept(gaps: Vec<Gap>) -> (TempDir, Query) {
    let dir = TempDir::new().unwrap();
    let store = store(&dir);
    append(&store, &rows(), gaps);
    (dir, query(&store))
}

fn told(series: &Series) -> Vec<(i64, Option<f64>, u8)> {
    let value = |v: f64| (!v.is_nan()).then_some(v);
    let each = series.times.iter().zip(series.last.iter().zip(&series.quality));
    each.map(|(time, (last, quality))| (time / 1_000_000, value(*last), *quality)).collect()
}

#[test]
fn each_value_is_made_of_what_holds_then_and_as_good_as_the_worst_of_it() {
    let (_dir, query) = kept(Vec::new());
    let (formula, series) = wait(query.formula(RATIO, range(-100, 100), 100)).unwrap();
    assert_eq!((formula.signals, formula.unit), (vec![SignalId::new(1), SignalId::new(2)], Some(Unit::new("1"))));
    let (doubtful, bad) = (Quality::Uncertain.code(), Quality::Bad.code());
    let expected =
        [(5, Some(5.0), 0), (10, Some(10.0), 0), (15, Some(5.0), doubtful), (20, None, bad), (30, None, bad)];
    assert_eq!(told(&series), expected);
    // what held before the range counts in it
    let (_, later) = wait(query.formula(RATIO, range(12, 17), 100)).unwrap();
    assert_eq!(told(&later), [(15, Some(5.0), doubtful)]);
    assert_eq!(told(&wait(query.formula(RATIO, range(-50, 3), 9)).unwrap().1), []);
}

#[test]
fn a_gap_stays_a_gap() {
    let gap = Gap::new("plc-1", range(7, 9), GapReason::ConnectionLost, "cable");
    let (_dir, query) = kept(vec![gap]);
    let (_, series) = wait(query.formula(RATIO, range(0, 100), 100)).unwrap();
    // at 10 s the flow is there again, the pressure only at 15 s
    assert_eq!(told(&series).iter().map(|(second, ..)| *second).collect::<Vec<_>>(), [5, 15, 20, 30]);
    assert_eq!(series.gaps.len(), 1);
    let other = r#""acme/pump-2/flow" + 1"#;
    assert_eq!(wait(query.formula(other, range(0, 100), 100)).unwrap().1.gaps, []);
}

#[test]
fn a_formula_is_drawn_as_exactly_as_a_signal() {
    let plant = plant();
    for (from, to, width) in [(0, 3 * DAY, 100), (1000, DAY, 7), (0, 3000, 100)] {
        let asked = range(from, to);
        let drawn = wait(plant.query.range(&[SignalId::new(3)], asked, width)).unwrap().remove(0);
        let (_, made) = wait(plant.query.formula(r#"-(-"acme/pump-2/flow") * 1"#, asked, width)).unwrap();
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!((made.raw, &made.times, &made.count), (drawn.raw, &drawn.times, &drawn.count));
        assert_eq!((bits(&made.min), bits(&made.last)), (bits(&drawn.min), bits(&drawn.last)));
        assert_eq!(made.quality, drawn.quality);
    }
}

#[test]
fn functions_take_what_stands_in_their_parentheses() {
    let (_dir, query) = kept(Vec::new());
    let at_ten = |text: &str| {
        let (_, series) = wait(query.formula(text, range(0, 11), 100)).unwrap();
        *series.last.last().unwrap()
    };
    for (text, value) in [
        ("abs(2 - \"acme/pump-1/flow\")", 18.0),
        ("sqrt(\"acme/pump-1/flow\" * 5)", 10.0),
        ("MIN(\"acme/pump-1/flow\", 7, \"acme/pump-1/pressure\")", 2.0),
        ("max(\"acme/pump-1/flow\", 7)", 20.0),
        ("avg(\"acme/pump-1/flow\", \"acme/pump-1/pressure\", 2)", 8.0),
        ("1e1 + \"acme/pump-1/flow\" - .5 * 4 / (3 - 1)", 29.0),
        ("- \"acme/pump-1/flow\" + +3", -17.0),
    ] {
        assert!((at_ten(text) - value).abs() < 1e-9, "{text}: {}", at_ten(text));
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_a_cure() {
    let catalogue = catalogue();
    for (text, why, cure) in [
        ("", "empty", "power / flow"),
        ("1 + 2", "names no signal", "power / flow"),
        ("flow * 2", "more than one signal is called flow", "\"acme/pump-1/flow\", \"acme/pump-2/flow\""),
        ("\"acme/pump-1/flw\"", "there is no signal acme/pump-1/flw", "full name in double quotes"),
        ("\"acme/pump-1/flow\" + ", "it ends", "/ flow"),
        ("(\"acme/pump-1/flow\"", "but it ends", "/ flow"),
        ("\"acme/pump-1/flow\" 2", "at character 20 it goes on with \"2\"", "put one of + - * /"),
        ("\"acme/pump-1/flow\" ^ 2", "\"^\" is not known", "+ - * or /"),
        ("\"acme/pump-1/flow\" > 2", "\">\" is not known", "+ - * or /"),
        ("'acme/pump-1/flow'", "is no number", "double quotes"),
        ("sum(\"acme/pump-1/flow\")", "there is no function sum", "abs, sqrt, min, max, avg"),
        ("abs(\"acme/pump-1/flow\", 1)", "abs is given 2 values", "abs(a)"),
        ("avg(distinct \"acme/pump-1/flow\")", "values and nothing else", "avg(a, b)"),
        ("min(*)", "min cannot take \"*\"", "min(a)"),
        ("\"acme/pump-1/flow\" --1", "at character 20 two signs", "a - (-b)"),
        ("\"acme/pump-1/flow\" /* all */", "begin a comment", "parentheses"),
        ("acme.flow", "\"acme.flow\" is not known", "double quotes"),
        ("(select 1)", "is not known here", "double quotes"),
        ("case when 1 then 2 end", "is not known here", "double quotes"),
    ] {
        let error = Formula::read(text, &catalogue).unwrap_err();
        assert!(error.to_string().contains(why), "{text}: {error}");
        assert!(error.cure().contains(cure), "{text}: {}", error.cure());
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let catalogue = catalogue();
    let name = "\"acme/pump-1/flow\"";
    let deep = format!("{}{name}{}", "(".repeat(140), ")".repeat(140));
    let error = Formula::read(&deep, &catalogue).unwrap_err();
    assert!(error.to_string().contains("too deep") && !error.cure().is_empty(), "{error}");
    let wide = vec!["1"; 200].join("+") + "+" + name;
    for long in [wide, format!("{name}{}", " ".repeat(5_000)), "-".repeat(5_000), "abs(".repeat(1_000)] {
        assert!(matches!(Formula::read(&long, &catalogue), Err(Error::TooLong { .. })), "{} bytes", long.len());
    }
    let many = vec!["1"; 140].join("+") + "+" + name;
    assert!(Formula::read(&many, &catalogue).is_ok());
    let (_dir, query) = kept(Vec::new());
    assert!(matches!(wait(query.formula(name, range(0, 1), 20_000)), Err(Error::TooMany { .. })));
}

#[test]
fn a_formula_becomes_a_file() {
    let (_dir, query) = kept(Vec::new());
    let (rows, bytes) = wait(query.export_formula(RATIO, TimeRange::ALL, Format::Csv, Vec::new())).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((rows, lines.len(), lines[0]), (5, 6, "formula,time,value,quality"));
    let name = r#""""acme/pump-1/flow"" / ""acme/pump-1/pressure""""#;
    assert_eq!(lines[1], format!("{name},1970-01-01T00:00:05Z,5.0,good"));
    assert_eq!(lines[5], format!("{name},1970-01-01T00:00:30Z,,bad"));
    let (rows, bytes) = wait(query.export_formula(RATIO, range(0, 12), Format::Parquet, Vec::new())).unwrap();
    assert_eq!((rows, &bytes[..4]), (2, b"PAR1".as_slice()));
    assert!(matches!(
        wait(query.export_formula("nobody", TimeRange::ALL, Format::Csv, Vec::new())),
        Err(Error::Formula { .. })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_text_harms(parts in prop::collection::vec(prop::sample::select(vec![
        "\"acme/pump-1/flow\"", "(", ")", "+", "-", "*", "/", "1", "2.5", "abs(", "avg(", ",", " ", "'", "\"", "--", "case", "select",
        "interval", "[", "]", "{", "::", "not ", "é", ";", "%", "||", "in (", "between ", "cast(", "as int",
    ]), 0..40)) {
        let text = parts.concat();
        match Formula::read(&text, &catalogue()) {
            Ok(formula) => prop_assert!(!formula.signals.is_empty()),
            Err(error) => prop_assert!(!error.cure().is_empty(), "{text}: {error}"),
        }
    }
}
