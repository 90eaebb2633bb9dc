//! Which registers to ask for together: pure.
//!
//! Neighbours are read in one request; a value is never torn between two. Where the device refuses a request, its
//! members are halved until the one that is to blame stands alone; that one is left out from then on, and
//! tried again by itself now and then. If both halves are fine alone, they stay apart.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::address::{Address, Table};
use super::config::BITS_MAX;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which table.
    pub table: Table,
    /// The first place.
    pub start: u16,
    /// How many places.
    pub count: u16,
    /// The addresses it serves, as indices, in order of their place.
    pub members: Vec<usize>,
}

/// How large a request may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Registers in one request.
    pub max_block: u16,
    /// Registers read along without need.
    pub max_gap: u16,
}

/// The addresses of a device and what is known about how it takes requests.
#[derive(Debug)]
pub struct Plan {
    addresses: Vec<Address>,
    limits: Limits,
    /// Addresses that the device refuses: its code, and when to try again.
    refused: BTreeMap<usize, (u32, Instant)>,
    /// Places where a request must begin.
    cuts: BTreeSet<(Table, u16)>,
    /// Splits of this poll that no refusal has explained yet: span, and where the right half begins.
    splits: Vec<(Table, u16, u32, u16)>,
}

impl Plan {
    /// A plan for addresses about which nothing is known yet.
    pub fn new(addresses: Vec<Address>, limits: Limits) -> Self {
        Self { addresses, limits, refused: BTreeMap::new(), cuts: BTreeSet::new(), splits: Vec::new() }
    }

    /// The address with this index.
    pub fn address(&self, index: usize) -> Option<&Address> {
        self.addresses.get(index)
    }

    /// The requests of a poll at `now`: each address is in exactly one, but for those that are refused at present.
    pub fn blocks(&self, now: Instant) -> Vec<Block> {
        let mut order: Vec<usize> = (0..self.addresses.len()).collect();
        order.sort_by_key(|i| self.addresses.get(*i).map(|a| (a.table, a.start, a.width())));
        let barred = self.barred();
        let mut blocks: Vec<Block> = Vec::new();
        let mut open = false;
        for index in order {
            let Some(address) = self.addresses.get(index) else { continue };
            match self.refused.get(&index) {
                Some((_, retry)) if now < *retry => {}
                Some(_) => blocks.push(alone(index, address)),
                None => {
                    let merged =
                        open && self.extend(blocks.iter_mut().rev().find(|b| !self.on_trial(b)), index, &barred);
                    if !merged {
                        blocks.push(alone(index, address));
                    }
                    open = true;
                }
            }
        }
        blocks
    }

    /// What the device said about an address that it refuses at present.
    pub fn refusal(&self, index: usize) -> Option<u32> {
        self.refused.get(&index).map(|(code, _)| *code)
    }

    /// The device refused a request. Gives the two halves to try instead; none when the culprit is found.
    pub fn refuse(&mut self, block: &Block, code: u32, retry: Instant) -> Option<(Block, Block)> {
        let (left, right) = block.members.split_at(block.members.len() / 2);
        if let (Some(left), Some(right)) = (self.around(left), self.around(right)) {
            self.splits.push((block.table, block.start, end(block), right.start));
            return Some((left, right));
        }
        self.refuse_all(block, code, retry);
        None
    }

    /// The device refuses everything in a request, without looking closer.
    pub fn refuse_all(&mut self, block: &Block, code: u32, retry: Instant) {
        self.refused.extend(block.members.iter().map(|member| (*member, (code, retry))));
    }

    /// The device took a request: nothing in it is refused any more.
    pub fn taken(&mut self, block: &Block) {
        for member in &block.members {
            self.refused.remove(member);
        }
    }

    /// The poll is over: splits that no refusal explains become cuts. Whether the next poll needs new blocks.
    pub fn settle(&mut self) -> bool {
        let barred = self.barred();
        let splits = std::mem::take(&mut self.splits);
        let changed = !splits.is_empty();
        for (table, start, end, right) in splits {
            let explained = barred.range((table, u32::from(start))..(table, end)).next().is_some();
            if !explained {
                self.cuts.insert((table, right));
            }
        }
        changed
    }

    /// When the next refused address is due for another try.
    pub fn next_retry(&self) -> Option<Instant> {
        self.refused.values().map(|(_, retry)| *retry).min()
    }

    fn on_trial(&self, block: &Block) -> bool {
        block.members.iter().any(|member| self.refused.contains_key(member))
    }

    fn barred(&self) -> BTreeSet<(Table, u32)> {
        let addresses = self.refused.keys().filter_map(|i| self.addresses.get(*i));
        addresses.flat_map(|a| (u32::from(a.start)..a.end()).map(|place| (a.table, place))).collect()
    }

    /// Takes one more address into a block if that is allowed.
    fn extend(&self, block: Option<&mut Block>, index: usize, barred: &BTreeSet<(Table, u32)>) -> bool {
        let (Some(block), Some(address)) = (block, self.addresses.get(index)) else { return false };
        let end = end(block).max(address.end());
        let count = end - u32::from(block.start);
        let max = if block.table.is_bits() { BITS_MAX } else { self.limits.max_block };
        let gap = u32::from(address.start).saturating_sub(u32::from(block.start) + u32::from(block.count));
        let from = (block.table, block.start.saturating_add(1));
        let cut = from.1 <= address.start && self.cuts.range(from..=(block.table, address.start)).next().is_some();
        let fits = block.table == address.table && count <= u32::from(max) && gap <= u32::from(self.limits.max_gap);
        if !fits || cut || barred.range((block.table, u32::from(block.start))..(block.table, end)).next().is_some() {
            return false;
        }
        block.count = u16::try_from(count).unwrap_or(max);
        block.members.push(index);
        true
    }

    /// The smallest block around some members.
    fn around(&self, members: &[usize]) -> Option<Block> {
        let first = self.addresses.get(*members.first()?)?;
        let last = members.iter().filter_map(|i| self.addresses.get(*i)).map(Address::end).max()?;
        let count = u16::try_from(last - u32::from(first.start)).ok()?;
        Some(Block { table: first.table, start: first.start, count, members: members.to_vec() })
    }
}

/// How long to leave a refused address alone: a missing register stays missing, a failing device may recover.
pub(super) const fn retry_after(code: u32) -> Duration {
    match code {
        1..=3 => Duration::from_mins(1),
        _ => Duration::from_secs(5),
    }
}

fn alone(index: usize, address: &Address) -> Block {
    Block { table: address.table, start: address.start, count: address.width(), members: vec![index] }
}

fn end(block: &Block) -> u32 {
    u32::from(block.start) + u32::from(block.count)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
