//! What is known about a kind of machine before anything is learned about one of them.

mod common;
mod electric;
mod fmea;
mod machines;
mod parts;
#[cfg(test)]
mod tests;
mod thermal;
mod transport;

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::Serialize;

use crate::Role;
pub use fmea::{ActionPriority, BEARING, NEVER_SEEN, Ranks, Repair, Spare};
pub use parts::{DayZeroLimit, Direction, Effect, ExpectedSignal, FailureMode, LimitRule, Symptom};

/// A kind of machine: the signals it has, the ways in which it fails, the limits that hold from the first day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Template {
    /// What assets name it by: `pump`.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// The signals that such a machine usually has.
    pub signals: &'static [ExpectedSignal],
    /// The ways in which it fails.
    pub failure_modes: &'static [FailureMode],
    /// Limits that need no learning.
    pub limits: &'static [DayZeroLimit],
}

static ALL: [Template; 11] = [
    machines::PUMP,
    machines::MOTOR,
    machines::FAN,
    machines::COMPRESSOR,
    transport::GEARBOX,
    transport::CNC_SPINDLE,
    transport::CONVEYOR,
    thermal::FURNACE,
    thermal::CHILLER,
    thermal::INJECTION_PRESS,
    electric::BATTERY,
];

impl Template {
    /// Every template.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// The template that assets name `name`.
    ///
    /// ```
    /// use gemba_plant::{Direction, Role, Template};
    ///
    /// let pump = Template::named("pump").ok_or("no pump")?;
    /// let seen = [(Role::SuctionPressure, Direction::Down), (Role::Vibration, Direction::Up)];
    /// assert_eq!(pump.likely_failure(&seen).map(|mode| mode.id), Some("cavitation"));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|template| template.name == name)
    }

    /// The failure mode that explains best which roles left normal, and which way. `observed` has the largest
    /// contribution first and names every role that contributes; all other signals count as calm.
    ///
    /// A mode fits when at least half of what is observed belongs to it, at least half of its symptoms are observed (those
    /// in what is asked of the machine, which is not judged, count where they are seen), and nothing goes the other way: what
    /// lies to one side does not swing, and what swings lies to no side. Of those that fit, the one that explains most wins; then the one whose most
    /// telling symptom is the largest contribution; then the one with the fewest symptoms that were not seen. None
    /// when nothing fits, or when two fit equally well.
    pub fn likely_failure(&self, observed: &[(Role, Direction)]) -> Option<&'static FailureMode> {
        match self.fitting(observed).as_slice() {
            [(best, mode), rest @ ..] if rest.first().is_none_or(|(second, _)| second != best) => Some(mode),
            _ => None,
        }
    }

    /// Whether a failure of such a machine may show so and in nothing else; none when no failure mode speaks of the role, so
    /// that nothing is known of it. `way` is up or down.
    ///
    /// ```
    /// use gemba_plant::{Direction, Role, Template};
    ///
    /// let fan = Template::named("fan").ok_or("no fan")?;
    /// assert_eq!(fan.shows_alone(Role::Vibration, Direction::Up), Some(true));
    /// assert_eq!(fan.shows_alone(Role::Vibration, Direction::Down), Some(false));
    /// assert_eq!(fan.shows_alone(Role::Position, Direction::Up), None);
    /// # Ok::<(), &str>(())
    /// ```
    pub fn shows_alone(&self, role: Role, way: Direction) -> Option<bool> {
        self.shows(role, way).map(|shows| shows && !self.fitting(&[(role, way)]).is_empty())
    }

    /// The failure mode that leads to more, or less, being asked of such a machine than usual: an air leak makes a compressor
    /// turn faster. `asked` is what is asked of it beyond the usual, `observed` the other roles that left normal. Of the modes
    /// of which a symptom is among the first, and nothing goes the other way, the one that explains most; none when two
    /// explain as much.
    pub fn drives_beyond(
        &self,
        asked: &[(Role, Direction)],
        observed: &[(Role, Direction)],
    ) -> Option<&'static FailureMode> {
        let all: Vec<(Role, Direction)> = asked.iter().chain(observed).copied().collect();
        let drives = |mode: &&FailureMode| mode.symptoms.iter().any(|s| asked.contains(&(s.role, s.direction)));
        let against = |mode: &FailureMode| mode.symptoms.iter().any(|s| contradicted(*s, &all));
        let seen = |mode: &FailureMode| mode.symptoms.iter().filter(|s| shown(**s, &all)).count();
        let modes = self.failure_modes.iter().filter(drives).filter(|mode| !against(mode));
        let mut modes: Vec<(usize, &'static FailureMode)> = modes.map(|mode| (seen(mode), mode)).collect();
        modes.sort_by_key(|(seen, _)| Reverse(*seen));
        match modes.as_slice() {
            [(best, mode), rest @ ..] if rest.first().is_none_or(|(second, _)| second != best) => Some(mode),
            _ => None,
        }
    }

    /// Whether a failure of such a machine shows so, whatever else it shows; none when no failure mode speaks of the role.
    /// `way` is up or down.
    pub fn shows(&self, role: Role, way: Direction) -> Option<bool> {
        let symptoms =
            || self.failure_modes.iter().flat_map(|mode| mode.symptoms).filter(|symptom| symptom.role == role);
        symptoms().next().map(|_| symptoms().any(|symptom| symptom.direction.agrees(way)))
    }

    /// The failure modes that fit, the best first, each with how well.
    fn fitting(&self, observed: &[(Role, Direction)]) -> Vec<(Fit, &'static FailureMode)> {
        let mut observed: Vec<(Role, Direction)> =
            observed.iter().copied().filter(|(role, _)| *role != Role::Other).collect();
        let Some(first) = observed.first().copied() else { return Vec::new() };
        observed.sort_unstable();
        observed.dedup();
        let fits = self.failure_modes.iter().filter_map(|mode| Some((fit(mode, first, &observed)?, mode)));
        let mut fits: Vec<_> = fits.collect();
        fits.sort_by_key(|(key, _)| Reverse(*key));
        fits
    }
}

/// How many symptoms are seen, whether the most telling one leads, and how many are not seen.
type Fit = (usize, bool, Reverse<usize>);

/// Whether a symptom is among what is observed.
fn shown(symptom: Symptom, observed: &[(Role, Direction)]) -> bool {
    observed.contains(&(symptom.role, symptom.direction))
}

/// Whether what is observed goes another way than a symptom.
fn contradicted(symptom: Symptom, observed: &[(Role, Direction)]) -> bool {
    !shown(symptom, observed) && observed.iter().any(|(role, _)| *role == symptom.role)
}

/// How well a mode explains what is observed, larger is better; none when it does not.
fn fit(mode: &FailureMode, first: (Role, Direction), observed: &[(Role, Direction)]) -> Option<Fit> {
    let shown = |s: &&Symptom| shown(**s, observed);
    let seen = mode.symptoms.iter().filter(shown).count();
    let expected = mode.symptoms.iter().filter(|s| !s.role.is_asked() || shown(s)).count();
    let fits = 2 * seen >= observed.len() && 2 * seen >= expected;
    if seen == 0 || !fits || mode.symptoms.iter().any(|s| contradicted(*s, observed)) {
        return None;
    }
    let leads = mode.symptoms.first().is_some_and(|s| (s.role, s.direction) == first);
    Some((seen, leads, Reverse(expected - seen)))
}
