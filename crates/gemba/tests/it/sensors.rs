//! The virtual plant's faults through the operators that run in a plant: sensors are named, machines are not called
//! sensors.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use gemba_bench::virtual_plant::{Watched, plant_config};
use gemba_flow::FlowConfig;
use gemba_plant::port::Output;
use gemba_plant::{Finding, FindingKind, FindingState, Sample, SignalId, SignalKind, Timestamp};
use gemba_sim::{Fault, Plant, Scenario, fault_catalogue};
use gemba_solutions::maintenance::{Config, NormalBehaviourConfig};

const SEED: u64 = 7;
/// The relations and the monitor are learned by then.
const ONSET_S: f64 = 240.0;
const REPAIRED_S: f64 = 400.0;
const END_S: f64 = 480.0;

/// What came out of the operators of all machines.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) findings: Vec<Finding>,
    computed: Vec<Sample>,
    names: BTreeMap<SignalId, String>,
}

/// Runs the plant with these faults; `change` may spoil what the sensors say.
fn run(faults: Vec<Fault>, change: impl Fn(f64, &mut Sample)) -> Heard {
    run_until(END_S, Scenario { faults, ..Scenario::demo() }, (200, 500), change)
}

/// The machines in which one of the scenario's faults is, without waveforms. Learns for so many seconds from rows so many ms apart.
pub(crate) fn run_until(
    end_s: f64,
    scenario: Scenario,
    (learn_s, step_ms): (u64, u64),
    change: impl Fn(f64, &mut Sample),
) -> Heard {
    let normal = NormalBehaviourConfig { learn_s, step_ms, ..NormalBehaviourConfig::default() };
    let config = Config { normal, ..Config::default() };
    let flow = FlowConfig { lateness_ms: 0, ..FlowConfig::default() };
    let faulty: Vec<String> = scenario.faults.iter().map(|f| f.asset.clone()).collect();
    let mut watched = Watched::new(Plant::new(SEED, scenario), (&config, flow), |asset, signal| {
        signal.kind != SignalKind::Waveform && faulty.iter().any(|path| path == asset.path.as_str())
    })
    .unwrap();
    let mut heard = Heard { names: watched.names.clone(), ..Heard::default() };
    while watched.plant.seconds() < end_s {
        let (mut rows, _) = watched.read(Duration::from_secs(1)).unwrap();
        for sample in &mut rows {
            change(watched.plant.seconds(), sample);
        }
        for one in watched.push(&rows, Vec::new()).unwrap() {
            match one.output {
                Output::Finding(finding) => heard.findings.push(*finding),
                Output::Samples(batch) => heard.computed.extend(batch.rows()),
                Output::Change(_) => {}
            }
        }
    }
    heard
}

fn at(fault: &Fault) -> Fault {
    fault.clone().at(ONSET_S, 1.0, REPAIRED_S - ONSET_S)
}

fn sensor_faults() -> Vec<Fault> {
    // a drift takes longer to be told from a fault of the machine
    let own = |f: &&Fault| f.kind.of_sensor() && !f.id.ends_with("drift");
    fault_catalogue().iter().filter(own).map(at).collect()
}

/// Whether it is left open whose fault it is, until the sensor has been looked at for long enough.
fn open(finding: &Finding) -> bool {
    finding.explanation.contains("either the sensor is off")
}

#[test]
fn each_faulty_sensor_of_the_plant_is_named_an_estimate_stands_in_where_it_can_and_hands_back() {
    let faults = sensor_faults();
    let healthy = run(faults.iter().map(|f| Fault { severity_max: 0.0, ..f.clone() }).collect(), |_, _| {});
    assert_eq!(healthy.findings.iter().map(|f| &f.title).collect::<Vec<_>>(), Vec::<&String>::new());
    let heard = run(faults.clone(), |_, _| {});
    for fault in &faults {
        let signal = fault.signal.as_deref().unwrap();
        let own: Vec<&Finding> = heard.findings.iter().filter(|f| f.key == format!("sensor:{signal}")).collect();
        let first = own.first().unwrap_or_else(|| panic!("{} was not found", fault.id));
        assert!(
            first.since >= Timestamp::from_secs(240) && first.since < Timestamp::from_secs(330),
            "{}: {:?}",
            fault.id,
            first.since
        );
        println!("{}: {}", fault.id, first.explanation);
        assert_eq!(own.last().unwrap().state, FindingState::Cleared, "{}", fault.id);
        let name = format!("{}/virtual/{signal}", fault.asset);
        let written = heard.computed.iter().filter(|s| heard.names.get(&s.signal) == Some(&name)).count();
        assert_eq!(written > 30, first.explanation.contains("stands in for it until"), "{name}: {written}");
    }
    assert!(heard.findings.iter().filter(|f| f.explanation.contains("stands in for it until")).count() > 1);
    let blamed: Vec<&str> = heard
        .findings
        .iter()
        .filter(|f| f.kind == FindingKind::Anomaly && !open(f))
        .map(|f| f.title.as_str())
        .collect();
    assert!(blamed.is_empty(), "{blamed:?}");
}

#[test]
fn a_stuck_sensor_behind_a_door_that_tells_only_changes_is_called_stuck_while_it_lasts() {
    let nobody = SignalId::new(9_999);
    let last: RefCell<BTreeMap<SignalId, u64>> = RefCell::default();
    let stuck = fault_catalogue().iter().find(|f| f.id == "pump-2-sensor-stuck").map(at).unwrap();
    let heard = run(vec![stuck], |_, sample| {
        let value = sample.value.to_bits();
        if last.borrow_mut().insert(sample.signal, value) == Some(value) {
            sample.signal = nobody;
        }
    });
    let own: Vec<&Finding> = heard.findings.iter().filter(|f| f.key == "sensor:flow").collect();
    let first = own.first().unwrap_or_else(|| panic!("{:?}", heard.findings));
    println!("{}", first.explanation);
    assert_eq!(first.title, "Sensor flow is stuck");
    assert!(first.since >= Timestamp::from_secs(238) && first.until < Timestamp::from_secs(270), "{first:?}");
    let cleared = own.iter().filter(|f| f.state == FindingState::Cleared).map(|f| f.until);
    assert!(
        cleared.eq(own.last().map(|f| f.until)) && own.last().unwrap().until > Timestamp::from_secs(400),
        "{own:?}"
    );
}

#[test]
fn no_fault_of_a_machine_is_called_another_scale_or_an_exchange() {
    let process: Vec<Fault> = fault_catalogue().iter().filter(|f| !f.kind.of_sensor()).map(at).collect();
    let mut left = process;
    while !left.is_empty() {
        let mut now: Vec<Fault> = Vec::new();
        let mut later = Vec::new();
        for fault in left {
            if now.iter().any(|f| f.asset == fault.asset) { later.push(fault) } else { now.push(fault) }
        }
        let heard = run(now, |_, _| {});
        let called: std::collections::BTreeSet<&str> = heard
            .findings
            .iter()
            .filter(|f| {
                f.title.contains("times too") || f.title.contains("exchanged") || f.title.contains("instead of")
            })
            .map(|f| f.title.as_str())
            .collect();
        assert!(called.is_empty(), "{called:?}");
        left = later;
    }
}

#[test]
fn a_pressure_in_psi_is_called_that_many_times_too_high() {
    let (assets, signals) = plant_config().unwrap();
    let pump = assets.iter().find(|a| a.path.as_str().ends_with("pump-1")).unwrap();
    let pressure = signals.iter().find(|s| s.asset == pump.id && s.name == "discharge_pressure").unwrap().id;
    let quiet = Fault { severity_max: 0.0, ..at(&fault_catalogue()[0]) };
    let heard = run(vec![quiet], |t, sample| {
        if sample.signal == pressure && (ONSET_S..REPAIRED_S).contains(&t) {
            sample.value *= 14.503_8;
        }
    });
    let found = heard.findings.iter().find(|f| f.title.contains("times too high"));
    let found = found.unwrap_or_else(|| panic!("{:?}", heard.findings.iter().map(|f| &f.title).collect::<Vec<_>>()));
    assert!(found.title.starts_with("Sensor discharge pressure reads 14."), "{}", found.title);
}

#[test]
fn an_ejector_that_sticks_shows_in_the_cycle_alone() {
    // one product, so that its cycle is learned within minutes
    let sticking = fault_catalogue().into_iter().find(|f| f.id == "press-1-ejector-sticking").unwrap();
    let faults = vec![sticking.at(1_300.0, 30.0, 270.0)];
    let heard = run_until(1_750.0, Scenario { faults, product_s: 1e6, ..Scenario::demo() }, (200, 500), |_, _| {});
    let first = heard.findings.first().unwrap();
    println!("{}", first.explanation);
    assert!(heard.findings.iter().all(|f| f.key == "cycle"), "{:?}", heard.findings);
    assert!(first.since >= Timestamp::from_secs(1_280) && first.until < Timestamp::from_secs(1_500), "{first:?}");
    assert!(first.title.starts_with("Phase") && first.title.contains("than usual"), "{}", first.title);
    assert_eq!(heard.findings.last().unwrap().state, FindingState::Cleared);
}
