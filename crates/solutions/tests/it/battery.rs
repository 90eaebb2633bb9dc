//! Capacity cycle by cycle, and how long a battery lasts by it.

use std::collections::BTreeMap;

use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet, Output};
use gemba_plant::{
    Asset, AssetId, AssetPath, Batch, Binding, Finding, FindingState, Level, Limits, Nameplate, Role, Sample, Signal,
    SignalId, Timestamp, Unit,
};
use gemba_solutions::maintenance::battery::{
    BatteryCycles, COMPUTED, CapacityRun, EndOfLife, Told, capacity_outlook, end_of_life,
};
use gemba_solutions::maintenance::{Config, RemainingLifeConfig, computed_signals, operators_for};

fn asset(template: Option<&str>) -> Asset {
    Asset {
        id: AssetId::new(1),
        path: AssetPath::new("acme/ups/battery-1").unwrap(),
        level: Level::Asset,
        name: String::new(),
        template: template.map(str::to_owned),
        nameplate: Nameplate::default(),
        learning: None,
    }
}

fn signal(id: u32, name: &str, role: Role, unit: &str) -> Signal {
    Signal {
        role,
        unit: Unit::new(unit),
        binding: Some(Binding { connection: "line".into(), address: name.into() }),
        ..Signal::gauge(SignalId::new(id), AssetId::new(1), name)
    }
}

/// What the operator writes of samples.
fn written(operator: &mut dyn Operator, samples: &[Sample]) -> Vec<f64> {
    let mut out = Outlet::new();
    for one in samples {
        operator.on_batch(one.time, &Batch::from_rows(&[*one]), &mut out).unwrap();
    }
    let batches = out.drain().into_iter().filter_map(|o| if let Output::Samples(b) = o { Some(b) } else { None });
    batches.flat_map(|b| b.rows().map(|r| r.value).collect::<Vec<f64>>()).collect()
}

#[test]
fn a_capacity_that_is_delivered_is_a_cycle_at_each_new_value() {
    let signals = [signal(1, "current", Role::Current, "A"), signal(2, "soh", Role::StateOfHealth, "%")];
    let wanted = computed_signals(&asset(None), &signals);
    assert!(wanted.iter().any(|c| c.name == COMPUTED && c.unit.ucum() == "%"), "{wanted:?}");
    let ids = BTreeMap::from([(COMPUTED.to_owned(), SignalId::new(9))]);
    let mut operator = BatteryCycles::for_asset(&asset(None), &signals, &ids).unwrap();
    let of = |id: u32, at: i64, value: f64| Sample::good(SignalId::new(id), Timestamp::from_secs(at), value);
    let samples = [of(2, 1, 99.8), of(1, 2, -5.0), of(2, 3, 99.8), of(2, 4, 99.7), of(2, 5, f64::NAN), of(2, 6, 99.7)];
    assert_eq!(written(&mut operator, &samples), [99.8, 99.7]);
    let mut again = BatteryCycles::for_asset(&asset(None), &signals, &ids).unwrap();
    again.restore(&operator.save()).unwrap();
    assert!(written(&mut again, &[of(2, 7, 99.7)]).is_empty(), "it remembers");
    assert!(again.restore(b"{").is_err());
}

#[test]
fn without_one_the_charge_of_full_discharges_is_counted() {
    let signals = [signal(1, "current", Role::Current, "mA"), signal(2, "voltage", Role::Voltage, "V")];
    assert!(computed_signals(&asset(None), &signals).iter().all(|c| c.name != COMPUTED), "any machine has a current");
    let battery = asset(Some("battery"));
    let ids = BTreeMap::from([(COMPUTED.to_owned(), SignalId::new(9))]);
    let names: Vec<String> =
        operators_for(&battery, &signals, &Config::default(), &ids).iter().map(|o| o.name().to_owned()).collect();
    assert!(names.contains(&"capacity-fade/2".to_owned()), "{names:?}");
    let mut operator = BatteryCycles::for_asset(&battery, &signals, &ids).unwrap();
    // how full it was before the first is not known
    let mut samples = vec![Sample::good(SignalId::new(2), Timestamp::from_secs(0), 4.2)];
    samples.push(Sample::good(SignalId::new(1), Timestamp::from_secs(0), 0.0));
    let mut at = 10;
    for hours in [1.0, 0.95, 0.9] {
        for (amperes, hours, from, to) in [(-2.0, hours, 4.2, 2.7), (0.0, 0.1, 3.0, 3.2), (1.0, 2.0, 3.5, 4.2)] {
            for k in 0..120_u32 {
                let share = f64::from(k) / 120.0;
                let time = Timestamp::from_secs(at);
                samples.push(Sample::good(SignalId::new(2), time, from + (to - from) * share));
                samples.push(Sample::good(SignalId::new(1), time, 1000.0 * amperes));
                #[allow(clippy::cast_possible_truncation, reason = "seconds of a test")]
                let step = (hours * 30.0) as i64;
                at += step;
            }
        }
    }
    let found = written(&mut operator, &samples);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().zip([2.0, 1.9, 1.8]).all(|(a, b)| (a - b).abs() < 0.1), "{found:?}");
}

/// A battery that loses so much a cycle, every eight hours, with some noise.
fn run(seed: u64, pace: f64, cycles: u32) -> CapacityRun {
    let mut random = Random::new(seed);
    let level = |i: u32| 2.0 - pace * f64::from(i) + 0.004 * random.normal();
    CapacityRun {
        group: 0,
        times: (0..cycles).map(|i| Timestamp::from_secs(28_800 * i64::from(i))).collect(),
        levels: (0..cycles).map(level).collect(),
        end: EndOfLife { at: 1.6, whole: 2.0, source: "80 % of rated 2 Ah".into() },
    }
}

fn told(own: &CapacityRun, others: &[CapacityRun], open: Option<&Finding>) -> Told {
    let signal = signal(9, COMPUTED, Role::Other, "A.h");
    capacity_outlook(&signal, own, others, (&RemainingLifeConfig::default(), open))
}

#[test]
fn cycles_and_days_are_told_as_a_range_that_holds() {
    let mut held = (0, 0);
    for seed in 0..20_u64 {
        let others: Vec<CapacityRun> =
            (0..4_u32).map(|k| run(50 * seed + u64::from(k), 0.003 + 0.0004 * f64::from(k), 180)).collect();
        let own = run(50 * seed + 40, 0.0035, 60);
        let life = told(&own, &others, None).life.unwrap();
        // 0.4 Ah at 0.0035 Ah a cycle: 114 cycles, 54 of them left after the sixtieth
        let (alone, with) = (told(&own, &[], None).life, &life);
        held.0 += u32::from(with.cycles.lo <= 54.3 && 54.3 <= with.cycles.hi);
        held.1 += u32::from(alone.is_none_or(|l| l.cycles.lo <= 54.3 && 54.3 <= l.cycles.hi));
        assert!((with.left.days - with.cycles.median / 3.0).abs() < 0.2, "{with:?}");
        assert!(with.left.lo <= with.left.days && with.says.contains("cycles yet"), "{}", with.says);
    }
    assert!(held.0 >= 17 && held.1 >= 16, "{held:?}");
}

/// A battery that fades, near its end and beyond it.
pub(crate) fn faded() -> Vec<Finding> {
    let late = told(&run(1, 0.0035, 90), &[], None).finding.unwrap();
    let gone = told(&run(1, 0.0035, 130), &[], Some(&late)).finding.unwrap();
    vec![late, gone]
}

#[test]
fn a_finding_begins_when_the_end_is_near_and_goes_with_a_new_battery() {
    let early = told(&run(1, 0.0035, 35), &[], None);
    assert!(early.finding.is_none(), "health is above 90: {:?}", early.life);
    let late = told(&run(1, 0.0035, 90), &[], None);
    let finding = late.finding.unwrap();
    assert_eq!((finding.state, finding.failure_mode.as_deref()), (FindingState::Active, Some("capacity_fade")));
    assert!(finding.rul.unwrap().hi.unwrap() < 30.0 && finding.title.contains("capacity fades"), "{}", finding.title);
    assert!(finding.prescription.len() >= 4 && finding.probability > 0.9);
    let gone = told(&run(1, 0.0035, 130), &[], Some(&finding));
    assert!(gone.finding.unwrap().title.contains("has faded") && gone.life.unwrap().left.days <= 0.0);
    let new = told(&run(2, 0.0035, 3), &[], Some(&finding));
    assert!(new.missing.contains("3 cycles were counted"), "{}", new.missing);
    assert_eq!(new.finding.unwrap().state, FindingState::Cleared);
}

#[test]
fn the_end_is_a_limit_of_ones_own_or_a_share_of_what_is_rated_or_of_the_first_cycles() {
    let (mut battery, mut given) = (asset(Some("battery")), signal(2, "capacity", Role::Capacity, "A.h"));
    let computed = signal(9, COMPUTED, Role::Other, "A.h");
    let levels = [2.0, 2.1, 2.2, 2.1, 2.1, 1.0];
    let end =
        |asset: &Asset, given: &Signal| end_of_life(asset, std::slice::from_ref(given), &computed, &levels).unwrap();
    assert!((end(&battery, &given).at - 0.8 * 2.1).abs() < 1e-9);
    battery.nameplate.capacity_ah = Some(2.5);
    let rated = end(&battery, &given);
    assert!((rated.at - 2.0).abs() < 1e-9 && rated.source.contains("rated 2.5 Ah"), "{rated:?}");
    given.limits = Some(Box::new(Limits { low: Some(1.75), ..Limits::default() }));
    assert!((end(&battery, &given).at - 1.75).abs() < 1e-9);
    let soh = signal(9, COMPUTED, Role::Other, "%");
    assert!((end_of_life(&battery, &[], &soh, &levels).unwrap().at - 80.0).abs() < 1e-9);
}
