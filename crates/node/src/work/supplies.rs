//! What work takes: the repair that a failure mode prescribes, its parts in stock, what doing costs and waiting risks.

use std::collections::BTreeMap;

use gemba_act::work::{PartFact, PartFacts, Repair, Stock, Supply, WorkOrder, Worth, supply};
use gemba_plant::{Finding, Timestamp};

use super::Work;
use crate::Error;
use crate::fmea;

/// The number of a part is no longer than this: it is what people read on a shelf.
const NUMBER_BYTES_MAX: usize = 100;

/// A part as it is kept: what is known of it, and when how many come in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartRecord {
    /// What is known of it.
    pub fact: PartFact,
    /// When how many come in; what is on hand came in at [`Timestamp::MIN`].
    pub arrivals: Vec<(Timestamp, f64)>,
}

/// A work order with where its parts are, and what doing and waiting cost.
#[derive(Clone, Debug)]
pub struct OrderDetail {
    /// The order.
    pub order: WorkOrder,
    /// A line for each of its parts.
    pub supply: Vec<Supply>,
    /// What doing costs and what waiting risks.
    pub worth: Worth,
}

impl Work {
    /// One work order with where its parts are, and what doing and waiting cost.
    ///
    /// # Errors
    /// When it is not there, or the state cannot be read.
    pub fn detail(&self, id: u64) -> Result<OrderDetail, Error> {
        let (now, order) = (self.0.clock.now(), self.order(id)?);
        let (stock, facts) = (self.stock()?, self.0.state.part_facts()?);
        let supply = supply(&order, &self.orders(false, None)?, &stock, &facts, now);
        let file = &self.0.plan.file;
        let worth = order.worth(&file.work, &facts, &file.site.currency, now);
        Ok(OrderDetail { order, supply, worth })
    }

    /// What mending the failure mode of a finding takes; nothing when it names none.
    pub(super) fn mending(&self, finding: &Finding) -> Repair {
        let catalogue = self.0.registry.catalogue();
        let named = catalogue.asset(finding.asset).zip(finding.failure_mode.as_deref());
        let mode = named.and_then(|(asset, id)| {
            let modes = fmea::modes(asset, &self.0.registry.modes());
            modes.into_iter().find(|mode| mode.id == id)
        });
        let roles = |mode: &fmea::Mode| {
            catalogue.signals_of(finding.asset).any(|signal| mode.symptoms.iter().any(|s| s.role == signal.role))
        };
        mode.map_or_else(Repair::default, |mode| {
            let priority = mode.ranks.ranking(roles(&mode)).map(|ranking| ranking.priority);
            Repair { priority, ..mode.repair }
        })
    }

    /// When how many of each part come in.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn stock(&self) -> Result<Stock, Error> {
        self.0.state.stock()
    }

    /// Every part that is kept or known, by number.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn parts(&self) -> Result<BTreeMap<String, PartRecord>, Error> {
        let mut parts: BTreeMap<String, PartRecord> = BTreeMap::new();
        for (number, arrivals) in self.stock()? {
            parts.entry(number).or_default().arrivals = arrivals;
        }
        for (number, fact) in self.facts()? {
            parts.entry(number).or_default().fact = fact;
        }
        Ok(parts)
    }

    pub(super) fn facts(&self) -> Result<PartFacts, Error> {
        self.0.state.part_facts()
    }

    /// Sets what is known of a part and when how many come in.
    ///
    /// # Errors
    /// When a quantity, price or time is not a number, or the state cannot be written.
    pub fn put_part(&self, number: &str, part: &PartRecord) -> Result<(), Error> {
        let PartRecord { fact, arrivals } = part;
        let fine = |value: Option<f64>| value.is_none_or(|v| v.is_finite() && v >= 0.0);
        let counted = arrivals.iter().all(|(_, n)| n.is_finite());
        let named = (1..=NUMBER_BYTES_MAX).contains(&number.trim().len());
        if !named || !counted || !fine(fact.price) || !fine(fact.lead_days) {
            return Err(Error::Refused {
                what: "a part needs a number and quantities, and its price and delivery time cannot be below 0".into(),
                cure: format!(
                    "give quantities and a number of at most {NUMBER_BYTES_MAX} bytes; leave out what is not known"
                ),
            });
        }
        self.0.state.put_part(number.trim(), fact, arrivals)
    }
}
