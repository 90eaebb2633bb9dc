//! The charge that each full discharge gave, counted from the current.

use std::collections::VecDeque;

use gemba_plant::Timestamp;
use serde::{Deserialize, Serialize};

/// A discharge runs while the current is above this share of the strongest one seen: less is noise and self-consumption.
const RUNS: f64 = 0.05;
/// So long below it ends a discharge, or when so large a share of the usual charge has flowed back: a vehicle that brakes gives
/// back less at a time, one that is charged in a short stop more.
const REST_US: i64 = 60_000_000;
const AGAIN: f64 = 0.2;
/// Between two samples further apart nothing is counted, and what was is thrown away.
const GAP_US: i64 = 600_000_000;
/// Full discharges by which the next is judged.
const RECENT: usize = 20;
/// A discharge counts as full that began within this share of the way from the lowest to the highest voltage of the highest, and
/// ended within it of the lowest; where no voltage is measured, one that gave this share of the most.
const NEAR: f64 = 0.1;
const MOST: f64 = 0.85;
const HOUR_US: f64 = 3_600e6;

/// What a discharge was like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Discharge {
    /// Charge given, Ah: less what flowed back before it went on.
    ah: f64,
    /// Charge that flowed back since it paused, Ah.
    #[serde(default)]
    back: f64,
    /// Voltage before it began, where it is measured.
    begin: Option<f64>,
    /// The lowest voltage.
    end: Option<f64>,
    /// When current last flowed, microseconds.
    until: i64,
}

/// Counts discharges. A current below 0 discharges.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Discharges {
    strongest: f64,
    volts: Option<f64>,
    /// The last voltage while no current was drawn.
    rested: Option<f64>,
    /// The last sample: microseconds, amperes that flowed out.
    last: Option<(i64, f64)>,
    running: Option<Discharge>,
    recent: VecDeque<Discharge>,
}

impl Discharges {
    /// Takes a voltage.
    pub(super) fn voltage(&mut self, volts: f64) {
        self.volts = Some(volts);
        if let Some(running) = &mut self.running {
            running.end = Some(running.end.map_or(volts, |low| low.min(volts)));
        }
    }

    /// Takes a current; the end and the charge of a full discharge when it is over.
    pub(super) fn current(&mut self, time: Timestamp, amperes: f64) -> Option<(Timestamp, f64)> {
        let (now, out) = (time.micros(), -amperes);
        self.strongest = self.strongest.max(out);
        let flows = out > RUNS * self.strongest;
        let before = self.last.replace((now, out));
        let passed = before.map_or(0, |(then, _)| now.saturating_sub(then));
        let moved = before.map_or(out, |(_, last)| last.midpoint(out)) * passed as f64 / HOUR_US;
        let usual = self.recent.iter().map(|discharge| discharge.ah).fold(0.0, f64::max);
        let over = match &mut self.running {
            Some(running) if flows => {
                // what flowed in a gap is not known
                *running = if passed > GAP_US { begun(now, None) } else { running.on(now, moved) };
                None
            }
            Some(running) => {
                running.back += if passed > GAP_US { 0.0 } else { (-moved).max(0.0) };
                let charged = running.back > AGAIN * usual.max(running.ah);
                let over = charged || now.saturating_sub(running.until) >= REST_US;
                if over { self.running.take() } else { None }
            }
            None => {
                self.running = flows.then(|| begun(now, self.rested));
                None
            }
        };
        if !flows {
            self.rested = self.volts;
        }
        let full = over.filter(|discharge| self.is_full(discharge))?;
        Some((Timestamp::from_micros(full.until), full.ah))
    }

    /// Whether a discharge went from full to empty, as far as the discharges of late tell. It is one of them from now on.
    fn is_full(&mut self, one: &Discharge) -> bool {
        self.recent.push_back(*one);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        let of = |value: fn(&Discharge) -> Option<f64>| self.recent.iter().filter_map(value).collect::<Vec<f64>>();
        let most = of(|d| Some(d.ah)).into_iter().fold(0.0, f64::max);
        let (begin, end) = match (one.begin, one.end) {
            (Some(begin), Some(end)) => (begin, end),
            // where it began was not seen
            (None, Some(_)) => return false,
            (_, None) => return one.ah >= MOST * most,
        };
        let high = of(|d| d.begin).into_iter().fold(f64::NEG_INFINITY, f64::max);
        let low = of(|d| d.end).into_iter().fold(f64::INFINITY, f64::min);
        let near = NEAR * (high - low);
        begin >= high - near && end <= low + near && one.ah >= RUNS * most
    }
}

impl Discharge {
    /// It goes on, and so much charge has flowed out.
    fn on(self, now: i64, moved: f64) -> Self {
        Self { ah: (self.ah - self.back).max(0.0) + moved.max(0.0), back: 0.0, until: now, ..self }
    }
}

fn begun(now: i64, volts: Option<f64>) -> Discharge {
    Discharge { ah: 0.0, back: 0.0, begin: volts, end: None, until: now }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples every ten seconds from `at` on, seconds: `amperes` for so many hours from one voltage to another; the charges.
    fn run(of: &mut Discharges, at: &mut i64, (amperes, hours): (f64, f64), (from, to): (f64, f64)) -> Vec<f64> {
        let mut found = Vec::new();
        let steps = hours * 360.0;
        let mut done = 0.0;
        while done < steps {
            of.voltage(from + (to - from) * done / steps);
            found.extend(of.current(Timestamp::from_secs(*at), amperes).map(|(_, ah)| ah));
            (*at, done) = (*at + 10, done + 1.0);
        }
        found
    }

    #[test]
    fn full_discharges_are_counted_and_partial_ones_are_not() {
        let (mut of, mut at) = (Discharges::default(), 0);
        let mut cycle = |hours: f64, (from, to): (f64, f64)| {
            let mut all = run(&mut of, &mut at, (0.0, 0.2), (from, from));
            all.extend(run(&mut of, &mut at, (-2.0, hours), (from - 0.1, to)));
            all.extend(run(&mut of, &mut at, (-0.01, 0.2), (to + 0.3, to + 0.4)));
            all.extend(run(&mut of, &mut at, (1.5, 1.0), (3.6, 4.2)));
            all
        };
        let full = cycle(0.9, (4.2, 2.7));
        assert!((full[0] - 1.8).abs() < 0.02 && full.len() == 1, "{full:?}");
        assert!(cycle(0.4, (4.2, 3.5)).is_empty(), "not to the end");
        assert!(cycle(0.5, (3.8, 2.7)).is_empty(), "not from full");
        assert!((cycle(0.8, (4.19, 2.71))[0] - 1.6).abs() < 0.02);
    }

    #[test]
    fn a_vehicle_that_brakes_is_discharged_once_and_one_that_is_charged_in_a_short_stop_twice() {
        let (mut of, mut at) = (Discharges::default(), 0);
        let mut tour = |back: f64, hours: f64| {
            let mut all = run(&mut of, &mut at, (0.0, 0.1), (4.1, 4.1));
            all.extend(run(&mut of, &mut at, (-50.0, 0.02), (4.0, 3.5)));
            all.extend(run(&mut of, &mut at, (back, hours), (3.6, 3.6)));
            all.extend(run(&mut of, &mut at, (-50.0, 0.02), (3.5, 2.8)));
            all.extend(run(&mut of, &mut at, (50.0, 0.02), (3.5, 4.2)));
            all
        };
        assert_eq!(tour(0.0, 0.005).len(), 1);
        let braked = tour(20.0, 0.005);
        // two hours of a hundredth each at 50 A, less a two-hundredth at 20 A
        assert!(braked.len() == 1 && (braked[0] - 1.9).abs() < 0.2, "{braked:?}");
        assert!(tour(100.0, 0.015).is_empty(), "neither half went from full to empty");
    }

    #[test]
    fn a_discharge_with_a_gap_is_no_discharge() {
        let (mut of, mut at) = (Discharges::default(), 0);
        assert!(run(&mut of, &mut at, (-2.0, 0.4), (4.1, 3.4)).is_empty());
        at += 3_600;
        let mut rest = run(&mut of, &mut at, (-2.0, 0.3), (3.3, 2.7));
        rest.extend(run(&mut of, &mut at, (0.0, 0.1), (3.0, 3.0)));
        assert!(rest.is_empty() || rest[0] < 0.7, "{rest:?}");
    }
}
