//! What doing an order costs and what waiting with it risks: out of costs that somebody gave, and of nothing else.

use gemba_plant::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::order::{WorkOrder, WorkTerms, hours_between};
use super::repair::PartFacts;

/// Waiting is told for so many days from now: about as long as until the next planned stop.
const WAIT_DAYS: f64 = 30.0;

/// Doing beside waiting.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Worth {
    /// Labour and parts, in the site's currency; none while a cost is not known.
    pub doing: Option<f64>,
    /// How it is made, in words.
    pub doing_words: String,
    /// The chance of failing within `wait_days` times what a failure costs; none while either is not known.
    pub waiting: Option<f64>,
    /// How it is made, in words.
    pub waiting_words: String,
    /// The chance of failing within `wait_days`, 0–1; none without a remaining life.
    pub chance: Option<f64>,
    /// Days from now that waiting is told for.
    pub wait_days: f64,
    /// What is not known, and who can say it.
    pub missing: Vec<String>,
}

/// An amount in a currency.
pub(super) fn money(amount: f64, currency: &str) -> String {
    format!("{amount:.0} {currency}").trim_end().to_owned()
}

/// A chance as per cent; a small one is not rounded to nothing.
pub(super) fn percent(chance: f64) -> String {
    /// The smallest that one decimal shows.
    const SHOWN: f64 = 0.001;
    if chance > 0.0 && chance < SHOWN { "less than 0.1 %".to_owned() } else { format!("{:.1} %", 100.0 * chance) }
}

/// A formula with what comes of it, when that is known.
fn equals(formula: String, amount: Option<f64>, currency: &str) -> String {
    match amount {
        Some(amount) => format!("{formula} = {}", money(amount, currency)),
        None => formula,
    }
}

/// What labour and parts of an order cost and how that is made; what is not known goes into `missing`.
fn doing(
    order: &WorkOrder,
    terms: &WorkTerms,
    facts: &PartFacts,
    currency: &str,
    missing: &mut Vec<String>,
) -> (Option<f64>, String) {
    if let Some(cost) = order.cost {
        return (Some(cost), format!("{}, as the order says", money(cost, currency)));
    }
    let mut total = terms.hour_cost.map(|cost| order.hours * f64::from(order.people) * cost);
    let people = if order.people == 1 { "1 person".to_owned() } else { format!("{} people", order.people) };
    let each = terms.hour_cost.map_or_else(|| "an hour's cost".to_owned(), |cost| money(cost, currency) + " an hour");
    if terms.hour_cost.is_none() {
        missing.push("what an hour of work costs: hour_cost under [work] in gemba.toml".to_owned());
    }
    let mut summands = vec![format!("{} h × {people} × {each}", order.hours)];
    for part in &order.parts {
        let name = if part.number.is_empty() { &part.name } else { &part.number };
        let price = facts.get(&part.number).and_then(|fact| fact.price);
        total = total.zip(price).map(|(total, price)| total + part.quantity * price);
        let price = price.map_or_else(
            || {
                let how = if part.number.is_empty() { "which part it is, and its price" } else { "its price" };
                missing.push(format!("{name}: {how}, on the page of windows and parts"));
                "its price".to_owned()
            },
            |price| money(price, currency),
        );
        summands.push(format!("{} {name} × {price}", part.quantity));
    }
    (total, equals(summands.join(" + "), total, currency))
}

impl WorkOrder {
    /// Labour and parts in the site's currency: what the order says, else out of the hours and the prices of its parts;
    /// none while one of them is not known.
    pub fn cost_of_doing(&self, terms: &WorkTerms, facts: &PartFacts) -> Option<f64> {
        doing(self, terms, facts, "", &mut Vec::new()).0
    }

    /// What doing costs and what waiting risks, at `now`, with the formulas.
    pub fn worth(&self, terms: &WorkTerms, facts: &PartFacts, currency: &str, now: Timestamp) -> Worth {
        let mut missing = Vec::new();
        let (doing, doing_words) = doing(self, terms, facts, currency, &mut missing);
        // what was told when the order was written holds on from there
        let age_h = hours_between(self.created, now);
        let chance = self.life.map(|life| life.chance_from(age_h, WAIT_DAYS * 24.0));
        if chance.is_none() {
            missing.push("the remaining life: no finding of this order tells it".to_owned());
        }
        if self.failure_cost.is_none() {
            missing.push("what a failure costs: in the order, or failure_cost under [work] in gemba.toml".to_owned());
        }
        let waiting = chance.zip(self.failure_cost).map(|(chance, cost)| chance * cost);
        let risk = chance.map_or_else(|| "chance of failing".to_owned(), percent);
        let cost = self.failure_cost.map_or_else(|| "a failure's cost".to_owned(), |cost| money(cost, currency));
        let waiting_words = equals(format!("{risk} within {WAIT_DAYS} days × {cost}"), waiting, currency);
        Worth { doing, doing_words, waiting, waiting_words, chance, wait_days: WAIT_DAYS, missing }
    }
}
