//! A look-up by signal that costs one look into a vector.

use std::collections::HashMap;

/// Signal numbers below this stand in a vector; they are handed out one by one, so nearly all do.
const DENSE_SIGNALS: usize = 1 << 22;

/// Something for each signal. Looked up, never iterated.
#[derive(Debug)]
pub(crate) struct BySignal<T> {
    dense: Vec<T>,
    sparse: HashMap<u32, T>,
}

impl<T> Default for BySignal<T> {
    fn default() -> Self {
        Self { dense: Vec::new(), sparse: HashMap::new() }
    }
}

impl<T: Default> BySignal<T> {
    /// What is there for a signal.
    #[inline]
    pub(crate) fn get(&self, signal: u32) -> Option<&T> {
        let place = signal as usize;
        if place < DENSE_SIGNALS { self.dense.get(place) } else { self.sparse.get(&signal) }
    }

    /// The same to change; made when it is not there.
    pub(crate) fn entry(&mut self, signal: u32) -> &mut T {
        let place = signal as usize;
        if place >= DENSE_SIGNALS {
            return self.sparse.entry(signal).or_default();
        }
        if place >= self.dense.len() {
            self.dense.resize_with((place + 1).next_power_of_two(), T::default);
        }
        // just made; the map takes what cannot be
        match self.dense.get_mut(place) {
            Some(found) => found,
            None => self.sparse.entry(signal).or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_numbers_are_found_and_large_ones_take_no_room() {
        let mut table = BySignal::<u64>::default();
        for signal in [0, 7, 8, u32::MAX] {
            *table.entry(signal) += u64::from(signal) + 1;
        }
        assert_eq!([0, 7, 8].map(|signal| table.get(signal).copied()), [Some(1), Some(8), Some(9)]);
        assert_eq!(table.get(u32::MAX).copied(), Some(1 << 32));
        assert_eq!(table.get(9).copied().unwrap_or_default(), 0);
        assert!(table.dense.len() < 100 && table.get(u32::MAX - 1).is_none());
    }
}
