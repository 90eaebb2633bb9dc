#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers of made-up data")]

use super::*;
use crate::random::Random;

/// Machines in two regimes that wear from some cycle on: two signals rise with wear, one falls, one is noise, one never
/// moves. The settings tell the regime; wear goes on faster and faster.
fn fleet(machines: usize, seed: u64) -> Vec<Record> {
    let mut random = Random::new(seed);
    (0..machines)
        .map(|_| {
            let life = 90 + (60.0 * random.unit()) as usize;
            let mut record = Record { settings: vec![Vec::new(); 2], signals: vec![Vec::new(); 5] };
            for cycle in 0..life {
                let wear = (-((life - cycle) as f64) / 30.0).exp();
                let high = random.unit() < 0.5;
                let (at, gain) = if high { (1000.0, 40.0) } else { (200.0, 10.0) };
                let settings = [if high { 30.0 } else { 5.0 } + 0.01 * random.normal(), 0.1 * f64::from(high)];
                record.settings.iter_mut().zip(settings).for_each(|(c, v)| c.push(v));
                let noise = [(); 4].map(|()| 0.1 * random.normal());
                let signals = [
                    at + gain * (wear + noise[0]),
                    at - gain * (wear + noise[1]),
                    2.0 * at + gain * (0.5 * wear + noise[2]),
                    noise[3],
                    518.67,
                ];
                record.signals.iter_mut().zip(signals).for_each(|(c, v)| c.push(v));
            }
            record
        })
        .collect()
}

#[test]
fn what_says_something_is_found_in_every_regime() {
    let records = fleet(20, 1);
    let normal = Normal::fit(&records);
    assert_eq!(normal.regimes(), 2);
    let deviations = normal.deviations(&records[0]);
    assert!(deviations.iter().flatten().all(|d| d.is_finite() && d.abs() < 8.0));
    let features = Features::fit(&records);
    assert_eq!(features.found(), (&[0, 1, 2][..], 2));
    let rows = features.rows(&records[0]);
    assert!(rows.len() == records[0].cycles() && rows.iter().all(|r| r.len() == features.width()));
    // looking back only: the past does not change with the future
    assert_eq!(features.last(&records[0].until(50)), rows[49]);
}

#[test]
fn remaining_life_is_learned_with_a_range_that_holds() {
    let model = Fleet::fit(&fleet(30, 2), &Config { cap: 60.0, folds: 3, ..Config::default() }).unwrap();
    let mut random = Random::new(3);
    let (mut held, mut wrong, mut blind) = (0, 0.0, 0.0);
    for record in fleet(60, 4) {
        let end = 20 + ((record.cycles() - 20) as f64 * random.unit()) as usize;
        let truth = ((record.cycles() - end) as f64).min(60.0);
        let life = model.predict(&record.until(end));
        assert!(life.low <= life.expected && life.expected <= life.high && life.high <= 60.0);
        held += usize::from(life.low <= truth && truth <= life.high);
        wrong += (life.expected - truth).powi(2);
        blind += (45.0 - truth).powi(2);
    }
    assert!(wrong < 0.25 * blind, "{}", wrong / blind);
    assert!(held >= 48, "{held} of 60");
    let near_end = model.range(2.0);
    let far = model.range(40.0);
    assert!(near_end.high - near_end.low < far.high - far.low);
}

#[test]
fn too_few_machines_are_refused() {
    assert!(Fleet::fit(&fleet(3, 5), &Config::default()).is_err());
    assert!(Fleet::fit(&fleet(5, 5), &Config { coverage: 1.0, ..Config::default() }).is_err());
}
