//! The lanes, found by seat at once and gone through in order of asset.

use std::collections::BTreeMap;

use gemba_plant::AssetId;

use crate::lane::Lane;

/// All lanes.
#[derive(Default)]
pub(crate) struct Lanes {
    /// A lane keeps its seat; an empty one is taken by the next.
    seats: Vec<Option<Lane>>,
    by_asset: BTreeMap<AssetId, usize>,
}

impl Lanes {
    pub(crate) fn len(&self) -> usize {
        self.by_asset.len()
    }

    /// Seats a lane; the asset has none.
    pub(crate) fn insert(&mut self, lane: Lane) -> usize {
        let free = self.seats.iter().position(Option::is_none).unwrap_or(self.seats.len());
        self.by_asset.insert(lane.asset, free);
        match self.seats.get_mut(free) {
            Some(seat) => *seat = Some(lane),
            None => self.seats.push(Some(lane)),
        }
        free
    }

    /// Takes an asset's lane and its seat out.
    pub(crate) fn remove(&mut self, asset: AssetId) -> Option<(usize, Lane)> {
        let seat = self.by_asset.remove(&asset)?;
        Some((seat, self.seats.get_mut(seat)?.take()?))
    }

    /// The lane in a seat.
    #[inline]
    pub(crate) fn at(&mut self, seat: usize) -> Option<&mut Lane> {
        self.seats.get_mut(seat)?.as_mut()
    }

    /// All, in order of asset.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Lane> {
        self.by_asset.values().filter_map(|seat| self.seats.get(*seat)?.as_ref())
    }

    /// The same to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Lane> {
        let mut all: Vec<&mut Lane> = self.seats.iter_mut().flatten().collect();
        all.sort_by_key(|lane| lane.asset);
        all.into_iter()
    }
}
