//! A made-up device that refuses some registers, and any map of addresses.

use proptest::prelude::*;

use super::super::address::{Kind, Order};
use super::*;

const TABLES: [Table; 4] = [Table::Coil, Table::Discrete, Table::Holding, Table::Input];
const KINDS: [Kind; 3] = [Kind::U16, Kind::F32, Kind::F64];

fn at(table: Table, start: u16, kind: Kind) -> Address {
    let kind = if table.is_bits() { Kind::Bool } else { kind };
    Address { table, start, kind, bit: None, scale: 1.0, offset: 0.0, order: Order::Abcd }
}

fn any_address() -> impl Strategy<Value = Address> {
    (0..4_usize, 0..3_usize, 0..400_u16).prop_map(|(t, k, start)| at(TABLES[t], start, KINDS[k]))
}

fn any_limits() -> impl Strategy<Value = Limits> {
    (4..=125_u16, 0..=20_u16).prop_map(|(max_block, max_gap)| Limits { max_block, max_gap })
}

/// One poll against a device that refuses requests touching `missing` holding registers or longer than `most`.
/// Gives the addresses that were read and the number of requests.
fn poll(plan: &mut Plan, now: Instant, missing: &BTreeSet<u16>, most: u16) -> (BTreeSet<usize>, usize) {
    let mut todo = plan.blocks(now);
    let (mut read, mut requests) = (BTreeSet::new(), 0);
    while let Some(block) = todo.pop() {
        requests += 1;
        let bad = (block.start..block.start + block.count).any(|r| missing.contains(&r));
        if (block.table == Table::Holding && bad) || block.count > most {
            let halves = plan.refuse(&block, 2, now + Duration::from_mins(1));
            todo.extend(halves.into_iter().flat_map(|(left, right)| [left, right]));
        } else {
            plan.taken(&block);
            read.extend(block.members);
        }
    }
    plan.settle();
    (read, requests)
}

proptest! {
    #[test]
    fn every_address_is_covered_once_and_no_request_is_too_long(
        addresses in prop::collection::vec(any_address(), 0..80), limits in any_limits(),
    ) {
        let plan = Plan::new(addresses.clone(), limits);
        let blocks = plan.blocks(Instant::now());
        let mut seen: Vec<usize> = blocks.iter().flat_map(|b| b.members.clone()).collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..addresses.len()).collect::<Vec<_>>());
        for block in blocks {
            let most = if block.table.is_bits() { 2000 } else { limits.max_block };
            prop_assert!(block.count <= most);
            for member in &block.members {
                let a = addresses[*member];
                prop_assert!(a.table == block.table && a.start >= block.start && a.end() <= end(&block));
            }
        }
    }

    #[test]
    fn what_can_be_read_is_read_and_the_next_poll_touches_nothing_refused(
        addresses in prop::collection::vec(any_address(), 1..60), limits in any_limits(),
        missing in prop::collection::btree_set(0..404_u16, 0..6), most in 4..=125_u16,
    ) {
        let mut plan = Plan::new(addresses.clone(), limits);
        let now = Instant::now();
        let healthy: BTreeSet<usize> = (0..addresses.len())
            .filter(|i| addresses[*i].table != Table::Holding || (addresses[*i].start..).take(addresses[*i].width().into()).all(|r| !missing.contains(&r)))
            .collect();
        let (read, _) = poll(&mut plan, now, &missing, most);
        prop_assert_eq!(&read, &healthy);
        // once learned (a bit field over many limits may take a few polls), no request is refused any more
        for _ in 0..8 {
            poll(&mut plan, now, &missing, most);
        }
        let expected = plan.blocks(now).len();
        let (read, requests) = poll(&mut plan, now, &missing, most);
        prop_assert_eq!(&read, &healthy);
        prop_assert_eq!(requests, expected);
        let barred = plan.barred();
        for block in plan.blocks(now).iter().filter(|b| b.members.len() > 1) {
            let over = barred.range((block.table, u32::from(block.start))..(block.table, end(block))).count();
            prop_assert_eq!(over, 0);
        }
    }
}

#[test]
fn a_refused_register_is_tried_again_alone_and_comes_back() {
    let addresses: Vec<Address> = (0..10).map(|i| at(Table::Holding, i, Kind::U16)).collect();
    let mut plan = Plan::new(addresses, Limits { max_block: 125, max_gap: 8 });
    let now = Instant::now();
    let (read, _) = poll(&mut plan, now, &BTreeSet::from([4]), 125);
    assert_eq!(read.len(), 9);
    assert_eq!(plan.refusal(4), Some(2));
    assert_eq!(plan.blocks(now).len(), 2, "left and right of the missing one");
    let later = now + Duration::from_secs(61);
    assert_eq!(plan.blocks(later).len(), 3, "and the missing one alone");
    let (read, _) = poll(&mut plan, later, &BTreeSet::new(), 125);
    assert_eq!(read.len(), 10);
    assert_eq!(plan.blocks(later).len(), 1);
}

#[test]
fn a_hole_that_cannot_be_read_along_is_learned_once() {
    let addresses = vec![at(Table::Holding, 0, Kind::U16), at(Table::Holding, 5, Kind::U16)];
    let mut plan = Plan::new(addresses, Limits { max_block: 125, max_gap: 8 });
    let now = Instant::now();
    assert_eq!(poll(&mut plan, now, &BTreeSet::from([3]), 125), (BTreeSet::from([0, 1]), 3));
    assert_eq!(poll(&mut plan, now, &BTreeSet::from([3]), 125), (BTreeSet::from([0, 1]), 2));
}
