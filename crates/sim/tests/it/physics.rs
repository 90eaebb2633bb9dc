//! Whether the plant behaves like one.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_plant::{Quality, SignalKind};
use gemba_sim::{Fault, Plant, Scenario, catalogue, fault_catalogue};

use crate::support::{names, number};

/// Mean of each signal between two plant seconds; bad readings are left out.
fn means(scenario: Scenario, from: f64, to: f64) -> BTreeMap<usize, f64> {
    let mut plant = Plant::new(11, scenario);
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    while plant.seconds() < to {
        let update = plant.step(Duration::from_millis(100));
        for reading in update.readings.iter().filter(|r| plant.seconds() >= from && r.quality == Quality::Good) {
            let (sum, count) = sums.entry(reading.signal).or_default();
            *sum += reading.value;
            *count += 1.0;
        }
    }
    sums.into_iter().map(|(signal, (sum, count))| (signal, sum / count)).collect()
}

/// The demo plant without its faults.
fn healthy() -> Scenario {
    Scenario { faults: Vec::new(), ..Scenario::demo() }
}

fn with(fault: &Fault) -> Scenario {
    Scenario { faults: vec![fault.clone().at(1.0, 5.0, 1e6)], ..Scenario::demo() }
}

#[test]
fn all_values_keep_within_their_instruments_and_to_their_decimals() {
    let specs: Vec<_> = catalogue().into_iter().flat_map(|a| a.signals).collect();
    let names = names();
    let mut plant = Plant::new(3, healthy());
    for reading in plant.step(Duration::from_mins(1)).readings {
        let spec = &specs[reading.signal];
        let scaled = reading.value * 10_f64.powi(i32::from(spec.decimals));
        assert!((scaled - scaled.round()).abs() < 1e-4, "{} = {}", names[reading.signal], reading.value);
        let inside = reading.value > spec.range.low || spec.range.low == 0.0;
        assert!(
            inside && reading.value < spec.range.high || spec.kind == SignalKind::State,
            "{} = {}",
            names[reading.signal],
            reading.value
        );
    }
}

#[test]
fn a_battery_is_emptied_on_each_tour_and_gives_less_each_time_faster_in_the_demo() {
    let current = number("acme/north/machining/agv-1-battery/current");
    let given = |scenario: Scenario| {
        let mut plant = Plant::new(5, scenario);
        let mut tours = Vec::new();
        for _ in 0..60 {
            let readings = plant.step(Duration::from_secs(18)).readings.into_iter().filter(|r| r.signal == current);
            tours.push(readings.map(|r| (-r.value).max(0.0) * 0.1 / 3_600.0).sum::<f64>());
        }
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        [mean(&tours[..5]), mean(&tours[55..])]
    };
    let [new, old] = given(healthy());
    assert!((0.21..0.25).contains(&new) && (0.90..0.98).contains(&(old / new)), "{new} {old}");
    let [new, old] = given(Scenario { ageing: 1.0, ..healthy() });
    assert!(old / new > 0.97, "{new} {old}");
}

#[test]
fn a_worn_battery_is_replaced_instead_of_a_tour_and_gives_as_much_as_a_new_one() {
    let battery = "acme/north/machining/agv-1-battery";
    // seventy times as fast as in life: after a few minutes
    let mut plant = Plant::new(5, Scenario { ageing: 70.0, ..healthy() });
    let current = number(&format!("{battery}/current"));
    let mut given = Vec::new();
    while plant.replaced().is_empty() {
        let readings = plant.step(Duration::from_secs(18)).readings.into_iter().filter(|r| r.signal == current);
        given.push(readings.map(|r| (-r.value).max(0.0) * 0.1 / 3_600.0).sum::<f64>());
        assert!(given.len() < 60, "{given:?}");
    }
    let [once] = plant.replaced() else { panic!("{:?}", plant.replaced()) };
    assert!(once.asset == battery && (once.at_s - plant.seconds()).abs() < 20.0, "{once:?}");
    let ended = 0.8 * 30.0 / 120.0;
    let worn = given[given.len() - 2];
    assert!(worn < 1.01 * ended && worn > 0.95 * ended, "{worn} Ah of {ended}");
    plant.step(Duration::from_secs(18));
    let readings = plant.step(Duration::from_secs(18)).readings.into_iter().filter(|r| r.signal == current);
    let renewed: f64 = readings.map(|r| (-r.value).max(0.0) * 0.1 / 3_600.0).sum();
    assert!(renewed > 0.205, "{renewed} Ah");
}

#[test]
fn a_healthy_plant_has_settled_when_it_starts() {
    let (early, late) = (means(healthy(), 0.0, 18.0), means(healthy(), 90.0, 108.0));
    let specs: Vec<_> = catalogue().into_iter().flat_map(|a| a.signals).collect();
    for (signal, before) in early {
        let spec = &specs[signal];
        if matches!(spec.kind, SignalKind::Counter | SignalKind::State) || spec.name == "tool_wear" {
            continue;
        }
        let moved = (late[&signal] - before).abs() / before.abs().max(0.02 * (spec.range.high - spec.range.low));
        assert!(moved < 0.06, "{} went from {before} to {}", names()[signal], late[&signal]);
    }
}

#[test]
fn the_demos_learning_head_shows_what_a_healthy_plant_does_later() {
    let specs: Vec<_> = catalogue().into_iter().flat_map(|a| a.signals).collect();
    let mut plant = Plant::new(42, healthy());
    let mut seen: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for reading in plant.step(Duration::from_secs(20)).readings {
        let (low, high) = seen.entry(reading.signal).or_insert((reading.value, reading.value));
        (*low, *high) = (low.min(reading.value), high.max(reading.value));
    }
    let mut beyond: BTreeMap<usize, usize> = BTreeMap::new();
    for reading in plant.step(Duration::from_mins(2)).readings {
        let (low, high) = seen[&reading.signal];
        let room = (0.25 * (high - low)).max(2.0 * 10_f64.powi(-i32::from(specs[reading.signal].decimals)));
        if specs[reading.signal].kind == SignalKind::Gauge && !(low - room..=high + room).contains(&reading.value) {
            *beyond.entry(reading.signal).or_default() += 1;
        }
    }
    let names = names();
    // Of 600 values each.
    let strange: Vec<_> =
        beyond.iter().filter(|(_, count)| **count > 30).map(|(s, count)| (&names[*s], count)).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

#[test]
fn every_fault_changes_its_own_machine_and_no_other() {
    let (from, to) = (10.0, 28.0);
    let (names, normal) = (names(), means(healthy(), from, to));
    for fault in fault_catalogue() {
        let faulty = means(with(&fault), from, to);
        let machine = |name: &str| name.contains(&fault.asset) || shares_a_shaft(name, &fault.asset);
        let changed: Vec<&str> = faulty
            .iter()
            .filter(|(signal, mean)| mean.to_bits() != normal[signal].to_bits())
            .map(|(signal, _)| names[*signal].as_str())
            .collect();
        assert!(changed.iter().all(|name| machine(name)), "{} reaches {changed:?}", fault.id);
        assert!(
            !changed.is_empty() || fault.kind == gemba_sim::FaultKind::SensorDropout,
            "{} changes nothing",
            fault.id
        );
        if fault.kind.of_sensor() {
            assert!(changed.len() <= 1, "{} changes {changed:?}", fault.id);
        }
    }
}

/// A pump and its motor are one machine, a conveyor and its gearbox too.
fn shares_a_shaft(name: &str, asset: &str) -> bool {
    [
        ("pump-1/", "pump-1-motor"),
        ("pump-1-motor/", "pump-1"),
        ("gearbox-1/", "conveyor-1"),
        ("conveyor-1/", "gearbox-1"),
    ]
    .iter()
    .any(|(one, other)| name.contains(one) && asset.ends_with(other))
}

#[test]
fn faults_move_what_an_engineer_expects() {
    let expected: &[(&str, &[(&str, f64)])] = &[
        (
            "pump-1-cavitation",
            &[
                ("water/pump-1/suction_pressure", -1.0),
                ("water/pump-1/flow", -1.0),
                ("water/pump-1/discharge_pressure", -1.0),
                ("water/pump-1/vibration", 1.0),
                ("water/pump-1/bearing_temperature", 1.0),
                ("water/pump-1/power", -1.0),
            ],
        ),
        ("pump-1-impeller-wear", &[("water/pump-1/flow", -1.0), ("water/pump-1/discharge_pressure", -1.0)]),
        (
            "pump-1-motor-bearing-outer-race",
            &[("water/pump-1-motor/vibration", 1.0), ("water/pump-1-motor/bearing_temperature", 1.0)],
        ),
        ("pump-1-motor-cooling-loss", &[("water/pump-1-motor/winding_temperature", 1.0)]),
        ("pump-2-clogged-filter", &[("water/pump-2/filter_pressure_drop", 1.0), ("water/pump-2/valve", 1.0)]),
        (
            "compressor-1-air-leak",
            &[
                ("utilities/compressor-1/flow", 1.0),
                ("utilities/compressor-1/power", 1.0),
                ("utilities/compressor-1/speed", 1.0),
            ],
        ),
        (
            "chiller-1-condenser-fouling",
            &[("utilities/chiller-1/discharge_pressure", 1.0), ("utilities/chiller-1/power", 1.0)],
        ),
        ("fan-1-unbalance", &[("utilities/fan-1/vibration", 1.0)]),
        (
            "spindle-1-tool-wear",
            &[
                ("machining/spindle-1/torque", 1.0),
                ("machining/spindle-1/vibration", 1.0),
                ("machining/spindle-1/tool_wear", 1.0),
            ],
        ),
        ("spindle-1-tool-breakage", &[("machining/spindle-1/torque", -1.0)]),
        ("conveyor-1-belt-slip", &[("machining/conveyor-1/speed", -1.0)]),
        ("gearbox-1-gear-wear", &[("machining/gearbox-1/vibration", 1.0)]),
        (
            "furnace-1-heater-failure",
            &[
                ("heat/furnace-1/zone_2_temperature", -1.0),
                ("heat/furnace-1/zone_2_power", -1.0),
                ("heat/furnace-1/zone_1_power", 1.0),
            ],
        ),
        ("press-1-check-ring-wear", &[("plastics/press-1/cushion", -1.0), ("plastics/press-1/peak_pressure", -1.0)]),
    ];
    let (from, to) = (10.0, 28.0);
    let normal = means(healthy(), from, to);
    let all = fault_catalogue();
    for (id, moves) in expected {
        let faulty = means(with(all.iter().find(|f| f.id == *id).unwrap()), from, to);
        for (name, sign) in *moves {
            let signal = number(&format!("acme/north/{name}"));
            let change = (faulty[&signal] - normal[&signal]) * sign / normal[&signal].abs();
            assert!(change > 0.012, "{id}: {name} from {} to {}", normal[&signal], faulty[&signal]);
        }
    }
}
