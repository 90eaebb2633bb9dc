//! What a condition has shown since it began. A fault shows otherwise in each product and at each load, and grows from one
//! signal to the next: it is called by all of that, not by the window that happens to be looked at.

use gemba_plant::{Direction, Role, Signal, SignalId};
use serde::{Deserialize, Serialize};

use super::words::{FAR, SHARE_MIN};

/// How much of what was shown before counts with each report: half of it after some seventy.
const KEPT: f64 = 0.99;
/// The share of what a signal was off that lies on its other side from which on it swings.
const SWINGS: f64 = 0.25;

/// How far each signal was above and below what is expected, in squares of its limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Shown(Vec<(SignalId, [f64; 2])>);

impl Shown {
    /// Takes what is seen now: signals, which way and with which share, and how many times the limit all of it is.
    pub(super) fn note(&mut self, parts: impl Iterator<Item = (SignalId, Direction, f64)>, score: f64) {
        for [up, down] in self.0.iter_mut().map(|(_, both)| both) {
            (*up, *down) = (*up * KEPT, *down * KEPT);
        }
        for (id, way, share) in parts {
            let weight = share * score.min(FAR).powi(2);
            let place = self.0.iter().position(|(known, _)| *known == id).unwrap_or(self.0.len());
            if place == self.0.len() {
                self.0.push((id, [0.0; 2]));
            }
            if let Some((_, [up, down])) = self.0.get_mut(place) {
                *if way == Direction::Up { up } else { down } += weight;
            }
        }
    }

    fn total(&self) -> f64 {
        self.0.iter().map(|(_, [up, down])| up + down).sum()
    }

    /// Whether no other signal was worth a word.
    pub(super) fn only(&self, id: SignalId) -> bool {
        let own = self.0.iter().filter(|(one, _)| *one == id).map(|(_, [up, down])| up + down).sum::<f64>();
        own >= (1.0 - SHARE_MIN) * self.total()
    }

    /// The roles of the signals that were worth a word and which way they went, the most telling first.
    pub(super) fn observed(&self, signals: &[Signal]) -> Vec<(Role, Direction)> {
        let least = SHARE_MIN * self.total();
        let mut worth: Vec<_> = self.0.iter().filter(|(_, [up, down])| up + down >= least).collect();
        worth.sort_by(|(_, a), (_, b)| b.iter().sum::<f64>().total_cmp(&a.iter().sum()));
        let told = |(id, [up, down]): &(SignalId, [f64; 2])| {
            let way = match up.min(*down) / (up + down) {
                other if other > SWINGS => Direction::Either,
                _ if up > down => Direction::Up,
                _ => Direction::Down,
            };
            Some((signals.iter().find(|s| s.id == *id)?.role, way))
        };
        worth.into_iter().filter_map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use gemba_plant::AssetId;

    use super::*;

    fn signals() -> Vec<Signal> {
        let of = |(id, role)| Signal { role, ..Signal::gauge(SignalId::new(id), AssetId::new(1), "s") };
        [(1, Role::Flow), (2, Role::Power)].map(of).to_vec()
    }

    #[test]
    fn what_was_shown_before_counts_and_what_turns_swings() {
        let (flow, power) = (SignalId::new(1), SignalId::new(2));
        let mut shown = Shown::default();
        shown.note([(flow, Direction::Down, 1.0)].into_iter(), 2.0);
        assert!(shown.only(flow));
        shown.note([(power, Direction::Up, 1.0)].into_iter(), 3.0);
        assert!(!shown.only(flow) && !shown.only(power));
        assert_eq!(shown.observed(&signals()), [(Role::Power, Direction::Up), (Role::Flow, Direction::Down)]);
        shown.note([(flow, Direction::Up, 1.0)].into_iter(), 2.0);
        let swings = (Role::Flow, Direction::Either);
        assert!(shown.observed(&signals()).contains(&swings), "{shown:?}");
    }
}
