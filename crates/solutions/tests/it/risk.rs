//! The chance of failing by what happened at machines of a kind.

use gemba_act::work::{EventKind, Failure};
use gemba_learn::random::Random;
use gemba_plant::{AssetId, Timestamp};
use gemba_solutions::maintenance::reliability::risk::{History, Meter, Notice, Risk, RiskModel, Unlearned};

const DAY_S: f64 = 86_400.0;

#[allow(clippy::cast_possible_truncation, reason = "days of a few years in seconds")]
fn day(days: f64) -> Timestamp {
    Timestamp::from_secs((days * DAY_S) as i64)
}

/// What is recorded of a plant.
#[derive(Default)]
struct Plant {
    events: Vec<Failure>,
    notices: Vec<Notice>,
    meters: Vec<Meter>,
    kind: Vec<AssetId>,
}

impl Plant {
    fn history(&self, now: f64) -> History<'_> {
        History { kind: &self.kind, events: &self.events, notices: &self.notices, meters: &self.meters, now: day(now) }
    }

    fn ends(&mut self, machine: u32, at: f64, kind: EventKind, mode: &str) {
        let (asset, at, failure_mode) = (AssetId::new(machine), day(at), mode.to_owned());
        let (repaired, finding, note) = (None, None, String::new());
        self.events.push(Failure { id: 0, kind, asset, at, repaired, failure_mode, finding, note });
    }

    fn tells(&mut self, machine: u32, at: f64, what: &str) {
        self.notices.push(Notice { asset: AssetId::new(machine), at: day(at), what: what.to_owned() });
    }
}

/// Twenty machines. A valve fails by chance, once in 60 days, and error 7 tells it three days before; error 3 tells nothing.
fn warned() -> Plant {
    let mut random = Random::new(5);
    let mut plant = Plant::default();
    for machine in 1..=20 {
        plant.kind.push(AssetId::new(machine));
        plant.ends(machine, random.unit(), EventKind::Replacement, "");
        let mut at = 1.0;
        loop {
            plant.tells(machine, at + 40.0 * random.unit(), "error 3");
            at += 60.0 * -(1.0 - random.unit()).ln();
            if at > 400.0 {
                break;
            }
            plant.tells(machine, at - 3.0 * random.unit(), "error 7");
            plant.ends(machine, at, EventKind::Failure, "Valve stuck");
        }
    }
    plant
}

fn learned(plant: &Plant, now: f64) -> RiskModel {
    RiskModel::learn(&plant.history(now), &[7, 30], &|_| true).unwrap()
}

fn of(model: &RiskModel, plant: &Plant, machine: u32, now: f64, days: u32) -> Risk {
    let all = model.of(AssetId::new(machine), &plant.history(now));
    all.into_iter().find(|risk| risk.failure_mode.is_none() && risk.days == days).unwrap()
}

#[test]
fn a_warning_raises_the_chance_and_is_named() {
    let mut plant = warned();
    let model = learned(&plant, 400.0);
    let calm = of(&model, &plant, 3, 470.0, 7);
    assert!(calm.proof.speaks && calm.proof.over_age > 0.1 && calm.proof.machines == 20, "{:?}", calm.proof);
    assert!((0.8..1.25).contains(&calm.proof.failed_over_told), "{:?}", calm.proof);
    assert!(calm.chance.hi < 0.3 && calm.chance.lo <= calm.chance.median, "{:?}", calm.chance);
    plant.tells(3, 469.5, "error 3");
    let other = of(&model, &plant, 3, 470.0, 7);
    assert!(other.chance.median < 0.25, "an error that tells nothing: {:?}", other.chance);
    plant.tells(3, 469.5, "error 7");
    let told = of(&model, &plant, 3, 470.0, 7);
    assert!(told.chance.lo > 0.5 && told.chance.median < told.chance.hi, "{:?}", told.chance);
    assert!(told.because.iter().any(|why| why.contains("error 7 12 hours ago raises it")), "{:?}", told.because);
}

#[test]
fn starts_that_wear_out_a_part_are_counted_since_it_was_mended() {
    // a contactor lasts about 1000 starts; machines start 5 or 40 times a day, in turn by season
    let (mut random, mut plant) = (Random::new(9), Plant::default());
    for machine in 1..=12 {
        plant.kind.push(AssetId::new(machine));
        plant.ends(machine, 0.5, EventKind::Replacement, "");
        let (mut counted, mut since, mut points) = (0.0, 0.0, Vec::new());
        let mut life = 1000.0 + 60.0 * random.normal();
        for d in 1..700_u32 {
            counted += if (d / 60 + machine) % 2 == 0 { 40.0 } else { 5.0 };
            points.push((day(f64::from(d)), counted));
            if counted - since > life {
                (since, life) = (counted, 1000.0 + 60.0 * random.normal());
                plant.ends(machine, f64::from(d) + 0.1, EventKind::Failure, "contactor");
            }
        }
        plant.meters.push(Meter { asset: AssetId::new(machine), what: "starts".into(), points });
    }
    let model = learned(&plant, 700.0);
    let risk = of(&model, &plant, 1, 700.0, 7);
    assert!(risk.proof.speaks && risk.proof.over_age > 0.3, "{:?}", risk.proof);
    let worn = (1..=12).map(|machine| of(&model, &plant, machine, 700.0, 7).chance.median);
    let all: Vec<f64> = worn.collect();
    let (low, high) = all.iter().fold((1.0_f64, 0.0_f64), |(low, high), c| (low.min(*c), high.max(*c)));
    assert!(low < 0.05 && high > 0.3, "{all:?}");
}

#[test]
fn where_nothing_tells_more_than_age_age_speaks() {
    let (mut random, mut plant) = (Random::new(2), Plant::default());
    for machine in 1..=10 {
        plant.kind.push(AssetId::new(machine));
        plant.ends(machine, random.unit(), EventKind::Replacement, "");
        let mut at = 0.0;
        while at < 500.0 {
            plant.tells(machine, 500.0 * random.unit(), "error 1");
            at += 90.0 * (-(1.0 - random.unit()).ln()).powf(1.0 / 3.0);
            if at < 500.0 {
                plant.ends(machine, at, EventKind::Failure, "");
            }
        }
    }
    let risk = of(&learned(&plant, 500.0), &plant, 1, 500.0, 30);
    assert!(!risk.proof.speaks, "{:?}", risk.proof);
}

#[test]
fn too_little_is_said_and_a_stop_is_heard() {
    let mut plant = warned();
    let stopped = RiskModel::learn(&plant.history(400.0), &[7], &|_| false);
    assert_eq!(stopped.unwrap_err(), Unlearned::Stopped);
    let model = learned(&plant, 400.0);
    plant.kind.push(AssetId::new(99));
    assert!(model.of(AssetId::new(99), &plant.history(400.0)).is_empty(), "nothing is recorded of it");
    plant.kind.truncate(4);
    let few = RiskModel::learn(&plant.history(400.0), &[7], &|_| true).unwrap_err();
    assert!(
        matches!(&few, Unlearned::Missing(why) if why.contains("of 5 machines") && why.contains("4 machines")),
        "{few:?}"
    );
}
