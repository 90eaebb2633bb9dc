//! What the models find in a fixed run is a golden file: whoever changes it raises the number of the model, for what was
//! proved of the number before says nothing of the next (`docs/decisions/0009-no-version-in-service-without-a-report.md`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use gemba_plant::port::{Operator, Outlet, Output};
use gemba_plant::{Batch, Finding, Role, Sample, SignalId, Timestamp};
use gemba_solutions::maintenance::{DayZeroConfig, DayZeroLimits, models};

use super::{battery, cycles, fleet, life, maintenance, programme, records, sensors};

/// Set to anything to write the golden file anew.
const UPDATE: &str = "GEMBA_UPDATE_GOLDEN";
/// The model that calls others and passes their findings on.
const GUARD: &str = "monitor-and-sensors";
const HEAD: &str = "# What each model finds in the run of tests/it/golden.rs: findings and their digest.\n";

/// A model's findings: how many, and a digest of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    number: String,
    count: usize,
    digest: String,
}

/// A fan whose flow meter is stuck for a while and that later loses flow.
fn fan() -> Vec<Finding> {
    let mut guard = sensors::learned();
    let parts = [
        sensors::run(&mut guard, 2_000..2_300, 0.0, |_, row| row[1] = 31.5),
        sensors::run(&mut guard, 2_300..2_700, 0.0, |_, _| {}),
        sensors::run(&mut guard, 2_700..2_900, 3.0, |_, _| {}),
        sensors::run(&mut guard, 2_900..3_300, 0.0, |_, _| {}),
    ];
    parts.into_iter().flat_map(|heard| heard.findings).collect()
}

/// A press whose opening becomes slow.
fn press() -> Vec<Finding> {
    let mut press = cycles::learned(1);
    press.run(300.0, cycles::Recipe { phases: [0.8, 2.0, 1.6], ..cycles::LID }).run(600.0, cycles::LID);
    std::mem::take(&mut press.found)
}

/// A lift that is held at the top once.
fn lift() -> Vec<Finding> {
    let mut lift = programme::learned(1);
    lift.run(1, programme::Run { held: 15, ..programme::USUAL }).run(4, programme::USUAL);
    std::mem::take(&mut lift.found)
}

/// A meter that jumps for three seconds.
fn meter() -> Vec<Finding> {
    let mut meter = records::learned(1);
    meter.run(1_000, 0.0).run(3, 40.0).run(600, 0.0);
    std::mem::take(&mut meter.found)
}

/// A bearing that becomes hot and cools down.
fn hot() -> Vec<Finding> {
    let signals = [maintenance::signal(5, "bearing_temperature", Role::BearingTemperature, "Cel")];
    let mut op = DayZeroLimits::for_asset(&maintenance::fan(), &signals, &DayZeroConfig::default()).unwrap();
    let mut out = Outlet::new();
    for second in 0..300 {
        let (time, value) = (Timestamp::from_secs(second), if (100..200).contains(&second) { 120.0 } else { 60.0 });
        op.on_batch(time, &Batch::from_rows(&[Sample::good(SignalId::new(5), time, value)]), &mut out).unwrap();
    }
    maintenance::findings(&mut out)
}

fn race() -> Vec<Finding> {
    let finding = |output| if let Output::Finding(finding) = output { Some(*finding) } else { None };
    maintenance::damaged_race().into_iter().filter_map(finding).collect()
}

/// A finding without its words and without digits that say nothing.
fn facts(finding: &Finding) -> String {
    let Finding { asset, key, kind, state, severity, probability, failure_mode, .. } = finding;
    let (since, until) = (finding.since.millis() / 1_000, finding.until.millis() / 1_000);
    let shares: Vec<String> = finding.contributions.iter().map(|c| format!("{}:{:.1}", c.signal, c.share)).collect();
    let life = finding.rul.map(|rul| format!("{:.0} {:.0} {:?}", rul.lo, rul.days, rul.hi.map(f64::round)));
    format!(
        "{asset} {key} {kind:?} {state:?} {since} {until} {severity:.1} {probability:.2} {failure_mode:?} {shares:?} {life:?}\n"
    )
}

/// FNV-1a, 64 bit.
fn digest(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

fn split(model: &str) -> (String, String) {
    let (name, number) = model.split_once('/').unwrap();
    (name.to_owned(), number.to_owned())
}

/// What each model finds, by its name.
fn run() -> BTreeMap<String, Found> {
    let guarded = [fan(), press(), lift(), meter()].concat();
    let life = life::run(&mut life::operator(), (0, 24 * 40), life::warming);
    let all = [guarded.clone(), hot(), race(), life, life::outlook(), battery::faded(), fleet::worn()].concat();
    let of = |model: &str| {
        let (name, number) = split(model);
        let own: Vec<&Finding> =
            if name == GUARD { guarded.iter().collect() } else { all.iter().filter(|f| f.model == model).collect() };
        assert!(!own.is_empty(), "{model} finds nothing in this run: give it something to find");
        let digest = digest(&own.iter().map(|finding| facts(finding)).collect::<String>());
        (name, Found { number, count: own.len(), digest })
    };
    models().into_iter().map(of).collect()
}

fn written(found: &BTreeMap<String, Found>) -> String {
    let mut text = String::from(HEAD);
    for (name, Found { number, count, digest }) in found {
        writeln!(text, "{name}/{number} {count} {digest}").unwrap();
    }
    text
}

fn read(text: &str) -> BTreeMap<String, Found> {
    let line = |line: &str| {
        let parts: Vec<&str> = line.split(' ').collect();
        let (name, number) = split(parts[0]);
        (name, Found { number, count: parts[1].parse().unwrap(), digest: parts[2].to_owned() })
    };
    text.lines().filter(|line| !line.starts_with('#')).map(line).collect()
}

/// Models that find something else under the number of before.
fn unraised(kept: &BTreeMap<String, Found>, made: &BTreeMap<String, Found>) -> Vec<String> {
    let silent = |(name, found): (&String, &Found)| {
        let before = kept.get(name).filter(|before| before.number == found.number && *before != found)?;
        let (was, is) = (before.count, found.count);
        Some(format!("{name}/{}: {was} findings before, {is} now, digest {}", found.number, found.digest))
    };
    made.iter().filter_map(silent).collect()
}

#[test]
fn who_changes_what_a_model_finds_raises_its_number() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("findings.golden");
    let text = std::fs::read_to_string(&golden).unwrap_or_default();
    let (kept, made) = (read(&text), run());
    let silent = unraised(&kept, &made);
    assert!(
        silent.is_empty(),
        "these models find something else than before under the same number:\n{}\nRaise the number in the `NAME` of each, \
         for nothing that was proved of it holds any more, then run with {UPDATE}=1. (When nothing but the run in \
         tests/it/golden.rs was changed: delete findings.golden, then run with {UPDATE}=1.)",
        silent.join("\n")
    );
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&golden, written(&made)).unwrap();
    }
    let text = std::fs::read_to_string(&golden).unwrap_or_default();
    assert!(
        text == written(&made),
        "a model came, went or has a new number: run with {UPDATE}=1 and look at the difference"
    );
}

#[test]
fn a_change_under_the_same_number_is_seen_and_one_under_the_next_is_not() {
    let found = |number: &str, digest: &str| Found { number: number.into(), count: 1, digest: digest.into() };
    let kept = BTreeMap::from([("a".to_owned(), found("1", "x")), ("b".to_owned(), found("1", "y"))]);
    assert_eq!(read(&written(&kept)), kept);
    assert!(unraised(&kept, &kept).is_empty());
    let made = BTreeMap::from([("a".to_owned(), found("2", "z")), ("b".to_owned(), found("1", "w"))]);
    assert_eq!(unraised(&kept, &made), ["b/1: 1 findings before, 1 now, digest w"]);
}
