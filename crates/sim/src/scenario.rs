//! What happens to the plant: how fast its calendar runs and which faults develop.

use crate::{Error, Fault, fault_catalogue};

/// The course of a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name: `demo`, `quiet` or `catalogue:<fault>`.
    pub name: String,
    /// What goes wrong, and when.
    pub faults: Vec<Fault>,
    /// How many times faster heat flows than in a real plant, ≥ 1. Rotation, pressure and flow always run in
    /// real time.
    pub thermal_pace: f64,
    /// Seconds that a product runs before the next one; three products take turns.
    pub product_s: f64,
    /// How many times faster than the clock days and shifts go by, > 0.
    pub calendar_pace: f64,
    /// How many times more a battery ages with each charge and discharge than in life, ≥ 0.
    pub ageing: f64,
}

/// The demo's first fault begins here: after a learning head of 20 s, with ten seconds to spare in which it is connected to. It is one
/// of a machine without products: one with three has learned them only after a minute.
const DEMO_ONSET_S: f64 = 30.0;
/// One round of the demo's faults, in seconds.
const DEMO_ROUND_S: f64 = 1_500.0;
/// So many rounds are written into the truth: a day.
const DEMO_ROUNDS: u32 = 58;
/// The demo: fault, onset in the round, growth and time until the repair, in seconds.
const DEMO: [(&str, f64, f64, f64); 8] = [
    ("pump-1-motor-bearing-outer-race", DEMO_ONSET_S, 20.0, 210.0),
    ("compressor-1-air-leak", 180.0, 40.0, 180.0),
    ("furnace-1-heater-failure", 330.0, 40.0, 200.0),
    ("fan-1-unbalance", 500.0, 60.0, 180.0),
    ("pump-2-sensor-stuck", 660.0, 1.0, 120.0),
    ("spindle-1-tool-wear", 820.0, 60.0, 180.0),
    ("pump-1-cavitation", 1_000.0, 90.0, 240.0),
    ("chiller-1-condenser-fouling", 1_240.0, 60.0, 200.0),
];

impl Scenario {
    /// No faults: whatever is found is a false alarm. Heat flows in real time, products last two minutes.
    pub fn quiet() -> Self {
        Self {
            name: "quiet".into(),
            faults: Vec::new(),
            thermal_pace: 1.0,
            product_s: 120.0,
            calendar_pace: 1.0,
            ageing: 1.0,
        }
    }

    /// The demo: heat flows 60 times faster, products last six seconds (so that a learning head of 20 s has
    /// seen all three), the battery ages five times as much with each tour, the first fault begins after 30 s and another one
    /// every few minutes.
    pub fn demo() -> Self {
        let all = fault_catalogue();
        let mut faults = Vec::new();
        for round in 0..DEMO_ROUNDS {
            let start = f64::from(round) * DEMO_ROUND_S;
            for (id, onset, growth, lasting) in DEMO {
                faults.extend(all.iter().find(|f| f.id == id).map(|f| f.clone().at(start + onset, growth, lasting)));
            }
        }
        Self { name: "demo".into(), faults, thermal_pace: 60.0, product_s: 6.0, calendar_pace: 1.0, ageing: 5.0 }
    }

    /// One fault of the catalogue, on a plant that otherwise runs as in the demo.
    ///
    /// # Errors
    /// When the catalogue has no such fault.
    pub fn one(id: &str) -> Result<Self, Error> {
        let fault = fault_catalogue().into_iter().find(|f| f.id == id);
        let fault = fault.ok_or_else(|| Error::UnknownFault { id: id.chars().take(80).collect() })?;
        Ok(Self { name: format!("catalogue:{id}"), faults: vec![fault], ..Self::demo() })
    }

    /// Reads a scenario's name.
    ///
    /// # Errors
    /// When there is no scenario or no fault of this name.
    pub fn named(name: &str) -> Result<Self, Error> {
        match name {
            "demo" => Ok(Self::demo()),
            "quiet" => Ok(Self::quiet()),
            _ => match name.strip_prefix("catalogue:") {
                Some(id) => Self::one(id),
                None => Err(Error::UnknownScenario { name: name.chars().take(80).collect() }),
            },
        }
    }
}

/// Seconds of a day.
pub(crate) const DAY_S: f64 = 86_400.0;
/// The hour of the day at which a simulation begins: in the early shift, the day getting warmer.
const START_S: f64 = 9.0 * 3_600.0;

impl Scenario {
    /// The time of day at plant second `t`, in seconds.
    pub(crate) fn time_of_day(&self, t: f64) -> f64 {
        (START_S + t * self.calendar_pace).rem_euclid(DAY_S)
    }

    /// Temperature of the surroundings in °C: coldest at 4, warmest at 16 o'clock.
    pub(crate) fn ambient(&self, t: f64) -> f64 {
        22.0 - 5.0 * (std::f64::consts::TAU * (self.time_of_day(t) / DAY_S - 4.0 / 24.0)).cos()
    }

    /// How much work there is, 0–1: early shift (6–14), late shift (14–22), night shift.
    pub(crate) fn load(&self, t: f64) -> f64 {
        match self.time_of_day(t) / 3_600.0 {
            hour if (6.0..14.0).contains(&hour) => 1.0,
            hour if (14.0..22.0).contains(&hour) => 0.94,
            _ => 0.82,
        }
    }

    /// The product that runs: 0, 1 or 2.
    pub(crate) fn product(&self, t: f64) -> usize {
        match (t / self.product_s).floor().rem_euclid(3.0) {
            turn if turn < 1.0 => 0,
            turn if turn < 2.0 => 1,
            _ => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_the_demo_is_in_the_catalogue_and_the_first_waits_for_the_learning_head() {
        let demo = Scenario::demo();
        assert_eq!(demo.faults.len(), DEMO.len() * DEMO_ROUNDS as usize);
        assert!(demo.faults.iter().all(|f| f.onset_s >= DEMO_ONSET_S));
    }

    #[test]
    fn names_are_read() {
        assert!(Scenario::named("demo").is_ok() && Scenario::named("quiet").is_ok());
        assert_eq!(Scenario::named("catalogue:fan-1-unbalance").unwrap().faults.len(), 1);
        assert!(Scenario::named("catalogue:nothing").is_err() && Scenario::named("?").is_err());
    }

    #[test]
    fn three_products_take_turns_also_before_the_start() {
        let demo = Scenario::demo();
        let turns: Vec<usize> = [-0.1, 0.0, 6.0, 12.0, 18.0].iter().map(|t| demo.product(*t)).collect();
        assert_eq!(turns, [2, 0, 1, 2, 0]);
    }
}
