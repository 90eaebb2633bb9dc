//! What mending a failure mode takes, and where its parts are.

use std::collections::BTreeMap;

use gemba_plant::{ActionPriority, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::order::{Part, WorkOrder};
use super::plan::Stock;

/// Microseconds in a day.
const DAY_US: f64 = 8.64e10;

/// What mending a failure mode takes, as its template or the site has it. What nobody has said is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Repair {
    /// How long the machine stands still, hours.
    pub hours: Option<f64>,
    /// How many people.
    pub people: Option<u32>,
    /// Whose work it is; empty for anybody.
    pub skill: String,
    /// What it needs.
    pub parts: Vec<Part>,
    /// Labour and parts, in the site's currency.
    pub cost: Option<f64>,
    /// What such a failure costs, lost production included, in the site's currency.
    pub failure_cost: Option<f64>,
    /// What the FMEA wants done about the mode.
    pub priority: Option<ActionPriority>,
}

/// What is known of a part beside its stock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PartFact {
    /// What people call it.
    pub name: String,
    /// What one costs, in the site's currency.
    pub price: Option<f64>,
    /// Days from the order to the delivery.
    pub lead_days: Option<f64>,
}

/// What is known of parts, by number.
pub type PartFacts = BTreeMap<String, PartFact>;

/// Whether a part is there for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SupplyState {
    /// Nobody has said which part it is.
    Unnumbered,
    /// The stock of this part is not kept here: the plan takes it as there.
    NotKept,
    /// It is on hand, beside what other orders want.
    OnHand,
    /// What is on order will do.
    Coming,
    /// Neither what is on hand nor what is on order will do.
    Missing,
}

/// Where a part of an order is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Supply {
    /// Its number; empty when nobody has said.
    pub number: String,
    /// What people call it.
    pub name: String,
    /// How many the order wants.
    pub wanted: f64,
    /// How many are there.
    pub on_hand: f64,
    /// How many other open orders want.
    pub others: f64,
    /// Whether there is enough.
    pub state: SupplyState,
    /// How many are short of what all open orders want.
    pub short: f64,
    /// When there is enough for all open orders: with what is on order, or, when that is short, by a delivery that is
    /// ordered now. None when it is there, or nobody knows.
    #[serde(skip)]
    pub there_by: Option<Timestamp>,
    /// What one costs, in the site's currency.
    pub price: Option<f64>,
}

/// Where the parts of an order are. `open` are all orders that are not over.
pub fn supply(order: &WorkOrder, open: &[WorkOrder], stock: &Stock, facts: &PartFacts, now: Timestamp) -> Vec<Supply> {
    let others = |number: &str| -> f64 {
        let others = open.iter().filter(|other| other.id != order.id).flat_map(|other| &other.parts);
        others.filter(|part| part.number == number).map(|part| part.quantity).sum()
    };
    let one = |part: &Part| {
        let fact = facts.get(&part.number).cloned().unwrap_or_default();
        let name = if part.name.is_empty() { fact.name.clone() } else { part.name.clone() };
        let bare = Supply {
            number: part.number.clone(),
            name,
            wanted: part.quantity,
            on_hand: 0.0,
            others: 0.0,
            state: SupplyState::Unnumbered,
            short: 0.0,
            there_by: None,
            price: fact.price,
        };
        if part.number.is_empty() {
            return bare;
        }
        let bare = Supply { others: others(&part.number), ..bare };
        match stock.get(&part.number) {
            Some(arrivals) => weighed(bare, arrivals, fact.lead_days, now),
            None => Supply { state: SupplyState::NotKept, ..bare },
        }
    };
    order.parts.iter().map(one).collect()
}

/// The same with what is there and what comes. `arrivals` have the soonest first.
fn weighed(bare: Supply, arrivals: &[(Timestamp, f64)], lead_days: Option<f64>, now: Timestamp) -> Supply {
    let needed = bare.wanted + bare.others;
    let on_hand = arrivals.iter().filter(|(at, _)| *at <= now).map(|(_, n)| n).sum();
    if on_hand >= needed {
        return Supply { on_hand, state: SupplyState::OnHand, ..bare };
    }
    let mut there = 0.0;
    for (at, quantity) in arrivals {
        there += quantity;
        if there >= needed {
            return Supply { on_hand, state: SupplyState::Coming, there_by: Some(*at), ..bare };
        }
    }
    #[allow(clippy::cast_possible_truncation, reason = "a cast of floats saturates")]
    let ordered = |days: f64| Timestamp::from_micros(now.micros().saturating_add((days * DAY_US) as i64));
    Supply { on_hand, state: SupplyState::Missing, short: needed - there, there_by: lead_days.map(ordered), ..bare }
}
