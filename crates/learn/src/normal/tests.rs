use super::*;
use crate::random::Random;

/// A machine: load drives flow and power; pressure follows flow; a temperature wanders.
fn rows(seed: u64, n: usize) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let mut temperature = 40.0;
    (0..n)
        .map(|i| {
            let load = 50.0 + 20.0 * (i as f64 / 60.0).sin();
            let flow = 0.5 * load + 0.3 * random.normal();
            let pressure = 2.0 + 0.05 * flow + 0.02 * random.normal();
            temperature += 0.05 * random.normal();
            vec![load, flow, pressure, 3.0 + 0.1 * load + 0.1 * random.normal(), temperature]
        })
        .collect()
}

fn columns(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..rows[0].len()).map(|c| rows.iter().map(|r| r[c]).collect()).collect()
}

fn learned(drivers: &[usize]) -> Monitor {
    let tuning = Tuning { alpha: 1e-4, ..Tuning::default() };
    Monitor::new(Normal::fit(&columns(&rows(1, 1000)), Guides { drivers, ..Guides::default() }, tuning).unwrap())
}

fn alarms(monitor: &mut Monitor, rows: &[Vec<f64>]) -> usize {
    rows.iter().filter(|r| monitor.step(r).unwrap().active).count()
}

#[test]
fn a_healthy_machine_keeps_the_budget() {
    let mut monitor = learned(&[0]);
    let found = alarms(&mut monitor, &rows(7, 50_000));
    assert!(found < 500, "{found} of 50000 rows in alarm");
}

#[test]
fn a_changed_level_is_seen_for_its_load_and_its_signal() {
    let mut monitor = learned(&[0]);
    let mut faulty = rows(9, 300);
    for r in &mut faulty {
        r[3] += 1.0;
    }
    assert!(alarms(&mut monitor, &faulty) > 250);
    let worst = monitor.ratios().max_by(|a, b| a.2.abs().total_cmp(&b.2.abs())).unwrap();
    assert_eq!(worst.0, 3);
    let (measured, expected, _) = monitor.comparison(3).unwrap();
    assert!((measured - expected - 1.0).abs() < 0.3, "{measured} {expected}");
}

#[test]
fn what_has_ended_ends_though_the_long_window_remembers_it() {
    let mut monitor = learned(&[0]);
    let mut course = rows(9, 400);
    for r in &mut course[100..160] {
        r[3] += 3.0;
    }
    let active: Vec<bool> = course.iter().map(|r| monitor.step(r).unwrap().active).collect();
    let (first, last) = (active.iter().position(|a| *a).unwrap(), active.iter().rposition(|a| *a).unwrap());
    assert!((100..115).contains(&first) && (160..178).contains(&last), "{first} {last}");
    assert!(active[first..=160].iter().all(|a| *a));
}

#[test]
fn the_future_does_not_change_the_past() {
    let mut faulty = rows(9, 300);
    let mut a = learned(&[0]);
    let first: Vec<Verdict> = faulty[..150].iter().map(|r| a.step(r).unwrap()).collect();
    faulty[150..].iter_mut().for_each(|r| r.iter_mut().for_each(|v| *v = -*v));
    let mut b = learned(&[0]);
    let second: Vec<Verdict> = faulty.iter().map(|r| b.step(r).unwrap()).take(150).collect();
    assert_eq!(first, second);
}

#[test]
fn an_unknown_load_is_not_judged() {
    let mut monitor = learned(&[0]);
    let mut idle = rows(3, 100);
    for r in &mut idle {
        *r = vec![0.0, 0.0, 0.1, 0.2, r[4]];
    }
    assert_eq!(alarms(&mut monitor, &idle), 0);
    assert!(!monitor.step(&idle[0]).unwrap().known);
}

#[test]
fn missing_values_are_survived() {
    let mut monitor = learned(&[0]);
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308] {
        for _ in 0..50 {
            let verdict = monitor.step(&[value; 5]).unwrap();
            assert!(verdict.score.is_finite());
        }
    }
    assert!(monitor.step(&[0.0; 4]).is_err());
}

#[test]
fn a_condition_that_goes_away_ends() {
    let mut monitor = learned(&[0]);
    let mut faulty = rows(9, 300);
    for r in &mut faulty {
        r[3] += 2.0;
    }
    alarms(&mut monitor, &faulty);
    assert!(monitor.is_active());
    alarms(&mut monitor, &rows(10, 200));
    assert!(!monitor.is_active());
}

/// A hidden load wanders and moves three signals; nothing says what the load is.
fn wandering(seed: u64, n: usize) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let mut load = 0.0;
    let mut row = |_| {
        load = 0.998 * load + 0.3 * random.normal();
        [1.0, 0.5, -2.0].iter().map(|gain| 20.0 + gain * load + 0.1 * random.normal()).collect()
    };
    (0..n).map(&mut row).collect()
}

#[test]
fn a_broken_relation_of_signals_that_wander_together_is_seen_and_named() {
    let tuning = Tuning { alpha: 1e-5, ..Tuning::default() };
    let mut monitor = Monitor::new(Normal::fit(&columns(&wandering(1, 1000)), Guides::default(), tuning).unwrap());
    assert_eq!(alarms(&mut monitor, &wandering(2, 20_000)), 0);
    let mut faulty = wandering(3, 200);
    for row in &mut faulty {
        row[1] += 1.0;
    }
    assert!(alarms(&mut monitor, &faulty) > 150);
    assert!(monitor.relation() > 1.0 && monitor.ratios().all(|(_, _, r)| r.abs() < 1.0));
    let off = |p: &(usize, f64, f64, f64)| ((p.1 - p.2) / p.3).abs();
    let worst = monitor.among_others().max_by(|a, b| off(a).total_cmp(&off(b))).unwrap();
    assert_eq!(worst.0, 1);
    assert!((worst.1 - worst.2 - 1.0).abs() < 0.5, "{worst:?}");
    assert!(monitor.p_value() < 1e-5);
}

/// Two products by turns; each has its own levels. With `off`, the second signal is off by that much.
fn products(seed: u64, n: usize, off: f64) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let mut share = 0.0_f64;
    let mut row = |i: usize| {
        share += (f64::from(u8::from(i / 300 % 2 == 1)) - share).clamp(-0.1, 0.1);
        let levels = [20.0 + 6.0 * share, 4.0 - 2.0 * share + off, 55.0 + 0.5 * share];
        levels.iter().map(|v| v + 0.1 * random.normal()).collect()
    };
    (0..n).map(&mut row).collect()
}

#[test]
fn a_change_between_known_products_is_no_fault_but_a_fault_in_either_is() {
    let tuning = Tuning { alpha: 1e-5, ..Tuning::default() };
    let mut watch = Watch::fit(&columns(&products(1, 2000, 0.0)), (&[], &[]), tuning).unwrap();
    assert_eq!(watch.states(), 2);
    let healthy = products(2, 10_000, 0.0);
    assert!(healthy.iter().all(|r| !watch.step(0, r).unwrap().active));
    let faulty = products(3, 1200, 0.5);
    let found = faulty.iter().filter(|r| watch.step(0, r).unwrap().active).count();
    assert!(found > 1000, "{found} of 1200");
    assert!(watch.monitor().unwrap().ratios().any(|(c, _, r)| c == 1 && r > 1.0));
}

/// A drive goes to one place and back and waits at either for as long as it takes: what it is told, its speed, the current
/// that holds it, another one each time, a flag of where it is, a time that somebody sets now and then, and a flag that never
/// moves but for `others` rounds. When it is `held` on its last way, what it is told winds up.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of rows")]
fn steps(seed: u64, rounds: usize, (others, held): (usize, bool)) -> Vec<Vec<f64>> {
    let mut random = Random::new(seed);
    let (mut rows, mut set) = (Vec::new(), 200.0);
    for round in 0..rounds {
        set = if random.unit() < 0.3 { 180.0 + 20.0 * (random.unit() * 4.0).floor() } else { set };
        let flag = f64::from(u8::from(round >= others));
        for (place, way) in [(1.0, 80.0), (0.0, -80.0)] {
            let (more, grip) = (-30.0 * (1.0 - random.unit()).ln(), 60.0 + 10.0 * random.normal());
            for _ in 0..60 + more as usize {
                rows.push(vec![0.0, 0.0, grip + random.normal(), place, set, flag]);
            }
            for i in 0..30 {
                let stuck = held && round + 1 == rounds && i >= 10;
                let told = if stuck { way * f64::from(i - 5) / 5.0 } else { way };
                let does = if stuck { 0.0 } else { way + 2.0 * random.normal() };
                rows.push(vec![told, does, 2.0 * way + 5.0 * random.normal(), 0.5, set, flag]);
            }
        }
    }
    rows
}

#[test]
fn a_machine_that_waits_for_as_long_as_it_takes_is_learned_and_left_alone() {
    let tuning = Tuning { alpha: 1e-6, ..Tuning::default() };
    let (mut told, mut held) = (0, 0);
    for seed in 1..9 {
        let mut watch = Watch::fit(&columns(&steps(seed, 8, (0, false))), (&[], &[]), tuning).unwrap();
        assert!(watch.states() > 1);
        told += steps(seed + 100, 50, (20, false)).iter().filter(|r| watch.step(0, r).unwrap().active).count();
        let faulty = steps(seed + 200, 4, (0, true));
        let active: Vec<bool> = faulty.iter().map(|r| watch.step(0, r).unwrap().active).collect();
        held += usize::from(active[active.len() - 20..].contains(&true));
    }
    assert_eq!(told, 0, "rows of eight machines, fifty rounds each");
    assert!(held >= 3, "{held} of 8 drives that are held");
}

/// Hours of a town's water: a daily and a weekly course, a level that follows the weather, and a plain one.
fn town(seed: u64, hours: std::ops::Range<i64>, leak: f64) -> (Vec<i64>, Vec<Vec<f64>>) {
    let mut random = Random::new(seed);
    let mut weather = 0.0;
    let at = |h: i64| h * 3_600_000_000;
    let rows = hours.clone().map(|h| {
        let (day, week) = (std::f64::consts::TAU * h as f64 / 24.0, std::f64::consts::TAU * h as f64 / 168.0);
        weather = 0.9 * weather + 0.2 * random.normal();
        let flow = 100.0 + 20.0 * day.sin() + 8.0 * (2.0 * day).cos() + 6.0 * week.sin() + 3.0 * random.normal();
        vec![flow + leak, 50.0 + weather, 4.0 + 0.1 * random.normal()]
    });
    (hours.map(at).collect(), rows.collect())
}

#[test]
fn a_daily_course_is_taken_off_where_the_data_shows_one_and_the_budget_holds() {
    let tuning = Tuning { alpha: 10.0 / 720.0, ..Tuning::default() };
    let (times, head) = town(1, 0..24 * 180, 0.0);
    let mut plain = Watch::fit(&columns(&head), (&[], &[]), tuning).unwrap();
    let mut seasonal = Watch::fit(&columns(&head), (&[], &times), tuning).unwrap();
    let follows = |watch: &Watch| [0, 1, 2].map(|c| watch.monitor().unwrap().normal().follows_calendar(c));
    assert_eq!((follows(&plain), follows(&seasonal)), ([false; 3], [true, false, false]));
    let begins = |watch: &mut Watch, (times, rows): &(Vec<i64>, Vec<Vec<f64>>)| {
        let verdicts = times.iter().zip(rows).map(|(t, r)| watch.step(*t, r).unwrap());
        verdicts.filter(|v| v.changed && v.active).count()
    };
    // a year that it has not seen, with a budget of one false alarm a month
    let healthy = begins(&mut seasonal, &town(2, 24 * 180..24 * 545, 0.0));
    assert!(healthy <= 14, "{healthy} in a year");
    let leak = town(3, 24 * 545..24 * 550, 6.0);
    assert!(begins(&mut seasonal, &leak) >= 1 && begins(&mut plain, &leak) == 0);
}

/// Rows of a compressor: its power swings by 2 once in 57 to 63 rows, its pressure a quarter later.
fn swinging(seed: u64, rows: usize, fault: f64) -> Vec<Vec<f64>> {
    let (mut random, mut phase) = (Random::new(seed), 0.0);
    let mut row = || {
        phase += std::f64::consts::TAU / (60.0 + 3.0 * (2.0 * random.unit() - 1.0));
        vec![12.0 + 2.0 * phase.sin() + fault + 0.3 * random.normal(), 7.0 - 0.5 * phase.cos() + 0.05 * random.normal()]
    };
    (0..rows).map(|_| row()).collect()
}

#[test]
fn a_slow_swing_is_known_by_its_range() {
    let mut watch = Watch::fit(&columns(&swinging(1, 3600, 0.0)), (&[], &[]), Tuning::default()).unwrap();
    let mut active = |rows: &[Vec<f64>]| rows.iter().map(|r| watch.step(0, r).unwrap().active).collect::<Vec<_>>();
    assert!(!active(&swinging(2, 40_000, 0.0)).contains(&true));
    let higher = active(&swinging(3, 500, 2.0));
    let begins = higher.iter().position(|a| *a).unwrap();
    assert!(begins < 100 && !higher[begins..].contains(&false), "{begins}: {higher:?}");
    let back = active(&swinging(4, 500, 0.0)).iter().rposition(|a| *a).unwrap();
    assert!(back < 100, "{back} rows");
}

#[test]
fn a_short_head_has_no_calendar() {
    let (times, head) = town(4, 0..60, 0.0);
    let mut rows = Vec::new();
    (0..6).for_each(|_| rows.extend(head.clone()));
    let times: Vec<i64> = (0..360).map(|i| times[0] + i * 60_000_000).collect();
    let watch = Watch::fit(&columns(&rows), (&[], &times), Tuning::default()).unwrap();
    assert!(!watch.monitor().unwrap().normal().follows_calendar(0));
}
