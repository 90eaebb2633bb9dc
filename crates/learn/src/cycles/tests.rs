use super::*;
use crate::random::Random;

const S: i64 = 1_000_000;

#[allow(clippy::cast_possible_truncation, reason = "seconds of a test")]
fn micros(seconds: f64) -> i64 {
    (seconds * 1e6) as i64
}

/// A press: column 0 its state (2 closing, 5 pressing, 7 waiting), 1 the force, 2 a temperature that takes no part, 3 the
/// product.
struct Press {
    random: Random,
    time: i64,
    finder: Finder,
    clock: Option<Clock>,
}

impl Press {
    fn new(seed: u64) -> Self {
        let finder = Finder::new([true, false, false, true], 300 * S);
        Self { random: Random::new(seed), time: 0, finder, clock: None }
    }

    /// One phase, sampled ten times a second.
    fn phase(&mut self, code: f64, seconds: f64, see: &mut impl FnMut(usize, i64, f64)) {
        let end = self.time + micros(seconds);
        while self.time < end {
            let force = if code > 4.0 && code < 6.0 { 80.0 } else { 5.0 };
            for (column, value) in
                [code, force + self.random.normal(), 40.0 + self.random.normal(), 3.0].into_iter().enumerate()
            {
                see(column, self.time, value);
            }
            self.time += S / 10;
        }
    }

    fn cycle(&mut self, pressing: f64, see: &mut impl FnMut(usize, i64, f64)) {
        let wait = 1.0 + 3.0 * self.random.unit();
        let off = 1.0 + 0.02 * self.random.normal();
        for (code, seconds) in [(2.0, 0.8), (5.0, pressing * off), (7.0, wait)] {
            self.phase(code, seconds, see);
        }
    }

    fn found(mut self, cycles: usize) -> Option<Clock> {
        let mut finder = self.finder.clone();
        let mut clock = None;
        for _ in 0..cycles {
            let mut see = |c: usize, t: i64, v: f64| clock = clock.take().or_else(|| finder.push(c, t, v));
            self.cycle(2.0, &mut see);
        }
        self.clock.or(clock)
    }
}

#[test]
fn a_press_has_a_clock_whose_wait_comes_last() {
    let clock = Press::new(1).found(200).unwrap();
    let codes: Vec<i64> = clock.phases.iter().map(|p| p.code).collect();
    assert_eq!((clock.column, codes), (0, vec![2, 5, 7]));
    let pressing = clock.phases[1].usual_us as f64 / 1e6;
    assert!((pressing - 2.0).abs() < 0.2, "{pressing}");
    assert_eq!(clock.contexts, vec![3]);
}

/// The clock of one gauge that is given by second.
fn of_gauge(mut value: impl FnMut(usize) -> f64) -> Option<Clock> {
    let mut finder = Finder::new([false], 900 * S);
    (0..20_000).find_map(|i| finder.push(0, i64::try_from(i).unwrap() * S, value(i)))
}

#[test]
fn a_gauge_that_swings_is_a_clock_and_noise_is_none() {
    let mut random = Random::new(3);
    let swinging = of_gauge(|i| 5.0 + (i as f64 / 40.0 * std::f64::consts::TAU).sin() + 0.1 * random.normal());
    let clock = swinging.unwrap();
    assert!((clock.period_us() - 40 * S).abs() < 4 * S, "{clock:?}");
    for seed in 0..20 {
        let mut random = Random::new(seed);
        assert_eq!(of_gauge(|_| random.normal()), None, "noise {seed}");
        let mut at = 0.0;
        let wandering = of_gauge(|_| {
            at = 0.98 * at + random.normal();
            at
        });
        assert_eq!(wandering, None, "wandering {seed}");
        let (mut on, mut left) = (false, 0.0);
        let switched = of_gauge(|_| {
            left -= 1.0;
            if left <= 0.0 {
                (on, left) = (!on, 3.0 + 60.0 * random.unit());
            }
            f64::from(u8::from(on))
        });
        assert_eq!(switched, None, "irregular {seed}");
    }
    assert_eq!(of_gauge(|_| 7.0), None);
    assert_eq!(of_gauge(|_| f64::NAN), None);
}

#[test]
fn a_row_tells_durations_and_means_and_a_pause_is_left_out() {
    let clock = Press::new(1).found(200).unwrap();
    let mut press = Press::new(2);
    let mut cutter = Cutter::new(clock, 1).keeping([(1, 10 * S), (2, 10 * S)]);
    assert_eq!((cutter.head(), cutter.bins()), (4, 6));
    let mut rows = Vec::new();
    for i in 0..40 {
        let mut see = |c: usize, t: i64, v: f64| rows.extend(cutter.push(c, t, v));
        press.cycle(if i < 20 { 2.0 } else { 2.6 }, &mut see);
        if i == 30 {
            press.phase(7.0, 3_600.0, &mut see);
        }
    }
    // the last cycle has not ended, and one was a pause
    assert_eq!(rows.len(), 38);
    let (before, after) = (&rows[..20], &rows[21..]);
    let pressing = |rows: &[Row]| rows.iter().map(|r| r.values[1]).sum::<f64>() / rows.len() as f64;
    assert!((pressing(before) - 2.05).abs() < 0.1 && (pressing(after) - 2.65).abs() < 0.1, "{rows:?}");
    assert!(rows.iter().all(|r| r.values[3] == 0.0));
    // the force, in both parts of each phase
    assert!((before[3].values[4] - 5.0).abs() < 2.0 && (before[3].values[6] - 80.0).abs() < 2.0, "{:?}", before[3]);
    let means: Vec<Vec<f64>> = (4..16).map(|at| before.iter().map(|r| r.values[at]).collect()).collect();
    assert_eq!(taking_part(&means, 6), vec![0]);
    let saved = serde_json::to_string(&cutter).unwrap();
    let back: Cutter = serde_json::from_str(&saved).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), saved);
}

#[test]
fn short_cycles_share_a_row_and_a_broken_order_is_counted() {
    let clock = Press::new(1).found(200).unwrap();
    let mut press = Press::new(4);
    let mut cutter = Cutter::new(clock, 30 * S);
    let mut rows = Vec::new();
    for i in 0..60 {
        let mut see = |c: usize, t: i64, v: f64| rows.extend(cutter.push(c, t, v));
        if i % 10 == 0 {
            press.phase(2.0, 0.8, &mut see);
            press.phase(7.0, 2.0, &mut see);
        }
        press.cycle(2.0, &mut see);
    }
    assert!((8..12).contains(&rows.len()), "{}", rows.len());
    let breaks: f64 = rows.iter().map(|r| r.values[3]).sum();
    assert!(breaks > 0.3, "{breaks}");
}
