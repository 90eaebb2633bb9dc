use super::*;
use crate::random::Random;

/// Four sensors that follow two wanderers; the third and the fourth have the same unit.
fn row(random: &mut Random, i: usize) -> Vec<f64> {
    let (a, b) = ((i as f64 / 60.0).sin(), (i as f64 / 23.0).cos());
    let mut noise = |size: f64| size * random.normal();
    vec![
        50.0 + 10.0 * a + 4.0 * b + noise(0.5),
        5.0 + a - 0.3 * b + noise(0.05),
        60.0 + 8.0 * a + noise(0.3),
        40.0 + 3.0 * b + 2.0 * a + noise(0.3),
        20.0 + 2.0 * a + b + noise(0.1),
    ]
}

fn learned() -> Cross {
    let mut random = Random::new(1);
    let mut learner = Learner::new(5, 1_500);
    (0..4_000).find_map(|i| learner.push(&row(&mut random, i))).unwrap()
}

const SENSORS: [usize; 5] = [0, 1, 2, 3, 4];

/// What is found in rows that `change` spoils.
fn found(model: &Cross, change: impl Fn(usize, &mut Vec<f64>)) -> Option<Repair> {
    found_by(model, true, change)
}

/// As [`found`], of columns that may read too low by any factor or not.
fn found_by(model: &Cross, any_down: bool, change: impl Fn(usize, &mut Vec<f64>)) -> Option<Repair> {
    let mut random = Random::new(2);
    let mut recent = Recent::default();
    let alike = |a: usize, b: usize| a.min(b) == 2 && a.max(b) == 3;
    let scales = |k: usize| -> &'static [(f64, f64)] { if k >= 2 { &[(1.8, 32.0), (1.0, 273.15)] } else { &[] } };
    let suspects = Suspects { sensors: &SENSORS, alike: &alike, scales: &scales, any: &|_, up| up || any_down };
    for i in 4_000..4_200 {
        let mut row = row(&mut random, i);
        if i >= 4_100 {
            change(i, &mut row);
        }
        recent.push(model, &row);
        if let Some(repair) = recent.repair(model, &suspects) {
            return Some(repair);
        }
    }
    None
}

#[test]
fn an_estimate_holds_what_it_says() {
    let model = learned();
    let mut random = Random::new(3);
    let (mut inside, mut wrong) = (0, 0.0_f64);
    for i in 4_000..6_000 {
        let mut row = row(&mut random, i);
        let truth = std::mem::replace(&mut row[0], f64::NAN);
        let e = model.estimates(&row, &[0])[0];
        inside += usize::from((e.value - truth).abs() <= e.half);
        wrong = wrong.max((e.value - truth).abs());
        assert!(e.skill > 0.9 && e.half < 3.0, "{e:?}");
    }
    assert!((1_700..1_960).contains(&inside), "{inside} of 2000 within 90 %");
    assert!(wrong < 8.0, "{wrong}");
    assert!(model.skill(0).unwrap() > 0.9 && model.skill(9).is_none());
}

#[test]
fn with_a_second_sensor_gone_the_interval_is_wider() {
    let model = learned();
    let row = row(&mut Random::new(4), 4_000);
    let one = model.estimates(&row, &[0])[0];
    let two = model.estimates(&row, &[0, 2]);
    assert_eq!(two.iter().map(|e| e.column).collect::<Vec<_>>(), [0, 2]);
    assert!(two[0].half > one.half && two[0].skill < one.skill, "{one:?} {two:?}");
    assert!(model.estimates(&[f64::NAN; 5], &[0]).is_empty());
}

#[test]
fn a_stranger_is_not_estimated() {
    let mut random = Random::new(5);
    let mut learner = Learner::new(3, 600);
    let model = (0..2_000).find_map(|i| {
        let a = (f64::from(i) / 40.0).sin();
        learner.push(&[a + 0.1 * random.normal(), 2.0 * a + 0.1 * random.normal(), random.normal()])
    });
    let model = model.unwrap();
    assert!(model.estimates(&[0.0, 0.0, 0.0], &[2]).is_empty());
    assert_eq!(model.estimates(&[0.0, 0.0, 0.0], &[1]).len(), 1);
}

#[test]
fn a_sensor_on_another_scale_is_named_with_its_factor() {
    let model = learned();
    let Some(Repair::Scaled { column: 0, gain, .. }) = found(&model, |_, row| row[0] *= 10.0) else { panic!() };
    assert!((gain / 10.0 - 1.0).abs() < 0.05, "{gain}");
    let Some(Repair::Scaled { column: 1, gain, .. }) = found(&model, |_, row| row[1] *= 0.25) else { panic!() };
    assert!((gain / 0.25 - 1.0).abs() < 0.05, "{gain}");
    let fahrenheit = found(&model, |_, row| row[3] = row[3] * 1.8 + 32.0);
    assert_eq!(fahrenheit, Some(Repair::Scaled { column: 3, gain: 1.8, offset: 32.0 }));
}

#[test]
fn a_factor_that_nobody_sets_wants_more_than_one_that_somebody_does() {
    let model = learned();
    let down = |gain: f64, any: bool| found_by(&model, any, |_, row| row[1] *= gain);
    // what a failure of the machine shows is no scale, unless the factor is one that is set
    assert!(matches!(down(0.3, true), Some(Repair::Scaled { column: 1, .. })));
    assert_eq!(down(0.3, false), None);
    assert_eq!(down(0.1, false), Some(Repair::Scaled { column: 1, gain: 0.1, offset: 0.0 }));
    // what it read while it was learned is no other scale, nor where it goes slowly or the others went
    assert_eq!(down(1.3, true), None);
    assert_eq!(found(&model, |i, row| row[0] *= 1.0 + 0.1 * (i - 4_100).min(90) as f64), None);
    let others = |_: usize, row: &mut Vec<f64>| [1, 2, 3, 4].into_iter().for_each(|k| row[k] *= 0.5);
    assert_eq!(found(&model, others), None);
}

#[test]
fn a_signal_whose_noise_goes_with_its_level_is_on_another_scale_only_by_a_factor_that_is_set() {
    let rough = |random: &mut Random, i: usize| {
        let mut values = row(random, i);
        values[0] = (50.0 + 30.0 * (i as f64 / 60.0).sin()) * (1.0 + 0.04 * random.normal());
        values
    };
    let (mut random, mut learner) = (Random::new(1), Learner::new(5, 1_500));
    let model = (0..4_000).find_map(|i| learner.push(&rough(&mut random, i))).unwrap();
    let told = |gain: f64| {
        let (mut random, mut recent) = (Random::new(2), Recent::default());
        let suspects = Suspects { sensors: &SENSORS, alike: &|_, _| false, scales: &|_| &[], any: &|_, _| true };
        (4_000..4_200).find_map(|i| {
            let mut values = rough(&mut random, i);
            values[0] *= if i < 4_100 { 1.0 } else { gain };
            recent.push(&model, &values);
            recent.repair(&model, &suspects)
        })
    };
    assert_eq!([told(4.3), told(0.02)], [None, None]);
    assert_eq!(told(10.0), Some(Repair::Scaled { column: 0, gain: 10.0, offset: 0.0 }));
}

#[test]
fn two_signals_that_nothing_tells_apart_are_not_exchanged() {
    // a pump that stands: both pressures are the same, the one wanders farther than it did
    let (mut random, mut learner) = (Random::new(1), Learner::new(3, 900));
    let stands = |random: &mut Random, wander: f64| {
        vec![1.2 + wander + 0.01 * random.normal(), 1.2 + 0.03 * random.normal(), 0.02 * random.normal()]
    };
    let wander = |i: usize| 0.02 * (i as f64 / 150.0).sin();
    let model = (0..2_000).find_map(|i| learner.push(&stands(&mut random, wander(i)))).unwrap();
    let suspects = Suspects { sensors: &[0, 1, 2], alike: &|a, b| a.max(b) == 1, scales: &|_| &[], any: &|_, _| true };
    for goes in [|i: usize| i as f64 / 4_000.0, |_: usize| 0.06] {
        let mut recent = Recent::default();
        for i in 0..600 {
            recent.push(&model, &stands(&mut random, if i < 100 { 0.0 } else { goes(i - 100) }));
            assert_eq!(recent.repair(&model, &suspects), None, "{i}");
        }
    }
}

#[test]
fn exchanged_sensors_are_named_both() {
    let model = learned();
    assert_eq!(found(&model, |_, row| row.swap(2, 3)), Some(Repair::Exchanged { first: 2, second: 3 }));
    // of different kinds, they cannot have been
    assert_eq!(found(&model, |_, row| row.swap(0, 1)), None);
}

#[test]
fn a_change_of_the_process_is_no_fault_of_a_sensor() {
    let model = learned();
    // all is well
    assert_eq!(found(&model, |_, _| {}), None);
    // one quantity changes, its sensor's noise does not
    assert_eq!(found(&model, |_, row| row[0] -= 20.0 + 0.0 * row[0]), None);
    // two quantities change at once, to three times what they were
    assert_eq!(found(&model, |_, row| row[0..2].iter_mut().for_each(|v| *v *= 3.0)), None);
    // one drifts away
    assert_eq!(found(&model, |i, row| row[4] *= 1.0 + (i - 4_100) as f64 / 50.0), None);
    // a wear that moves everything a little
    assert_eq!(found(&model, |_, row| (0..5).for_each(|k| row[k] *= 1.0 + 0.1 * k as f64)), None);
}

#[test]
fn what_was_learned_survives_a_restart() {
    let (mut random, mut learner) = (Random::new(1), Learner::new(5, 1_500));
    let model = (0..4_000).find_map(|i| {
        if i % 400 == 7 {
            learner = serde_json::from_slice(&serde_json::to_vec(&learner).unwrap()).unwrap();
        }
        learner.push(&row(&mut random, i))
    });
    assert_eq!(model.unwrap(), learned());
}

#[test]
fn a_silent_and_a_constant_signal_take_no_part() {
    let mut random = Random::new(6);
    let mut learner = Learner::new(4, 300);
    let model = (0..900).find_map(|i| {
        let a = (f64::from(i) / 30.0).sin();
        learner.push(&[f64::NAN, 3.0, a + 0.1 * random.normal(), a + 0.1 * random.normal()])
    });
    assert_eq!(model.unwrap().columns().collect::<Vec<_>>(), [2, 3]);
    assert!(Learner::new(1, 10).push(&[1.0]).is_none());
}

#[test]
fn what_a_fault_of_the_machine_leaves_behind_is_no_drift_of_a_sensor() {
    let model = learned();
    let mut random = Random::new(9);
    let mut recent = Recent::default();
    let mut told = |rows: std::ops::Range<usize>, off: &dyn Fn(usize, &mut [f64])| {
        let mut told = Vec::new();
        for i in rows {
            let mut values = row(&mut random, 4_000 + i);
            off(i, &mut values);
            recent.push(&model, &values);
            told.extend(recent.lone(&model, 0..5));
        }
        told
    };
    let drift = |from: usize| move |i: usize, row: &mut [f64]| row[4] += (i - from) as f64 * 0.4;
    assert!(told(0..100, &drift(0)).contains(&4), "a drift that begins by itself is one");
    assert!(told(100..200, &|_, _| {}).iter().all(|k| *k == 4));
    // two quantities are off for a while, then one of them cools down
    let leak = |i: usize, row: &mut [f64]| {
        row[4] += 30.0 * (-(i.saturating_sub(300) as f64) / 80.0).exp();
        row[0] += if i < 300 { 25.0 } else { 0.0 };
    };
    assert_eq!(told(200..600, &leak), Vec::<usize>::new());
    assert_eq!(told(600..700, &|_, _| {}), Vec::<usize>::new());
    assert!(told(700..800, &drift(700)).contains(&4), "and later it is seen again");
}
