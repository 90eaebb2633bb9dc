//! Edge nodes and devices that are dead: each is a gap of its own until it is born again. Pure.

use std::collections::BTreeMap;

use gemba_plant::Timestamp;

use super::state::Effect;

/// Edge nodes and devices whose death is remembered; more than the gap ledger holds would be of no use.
const AWAY_MAX: usize = 10_000;

/// Who is dead, and since when. Survives the loss of the link: whoever is not born again is as dead as before.
#[derive(Debug, Default)]
pub(crate) struct Away(BTreeMap<String, Timestamp>);

impl Away {
    /// `group/edge[/device]` died.
    pub(crate) fn gone(&mut self, place: String, at: Timestamp, out: &mut Vec<Effect>) {
        if self.0.len() < AWAY_MAX && !self.0.contains_key(&place) {
            out.push(Effect::Gone(place.clone(), at));
            self.0.insert(place, at);
        }
    }

    /// It was born.
    pub(crate) fn born(&mut self, place: &str, out: &mut Vec<Effect>) {
        out.extend(self.0.remove(place).map(|since| Effect::Back(place.to_owned(), since)));
    }
}
