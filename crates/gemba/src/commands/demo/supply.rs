//! What the demo's plans have to work with: a crew, windows of a production plan, some parts, costs.

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_act::work::{Part, PartFact, Window, WorkTerms};
use gemba_node::config::ModeEntry;
use gemba_node::work::PartRecord;
use gemba_node::{Error, Node};
use gemba_plant::{TimeRange, Timestamp};

/// Microseconds in an hour and in a day.
const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;

/// Windows: name, days from today, begin of it in hours UTC, hours, lost production an hour, mechanic's and
/// electrician's hours.
type Row = (&'static str, i64, i64, i64, f64, [f64; 2]);
const WINDOWS: [Row; 6] = [
    ("Night shift", 1, 20, 8, 120.0, [8.0, 4.0]),
    ("Night shift", 3, 20, 8, 120.0, [8.0, 4.0]),
    ("Planned stop", 5, 6, 10, 0.0, [16.0, 8.0]),
    ("Night shift", 8, 20, 8, 120.0, [8.0, 4.0]),
    ("Planned stop", 12, 6, 10, 0.0, [16.0, 8.0]),
    ("Yearly stop", 20, 6, 60, 0.0, [80.0, 40.0]),
];

/// Parts: number, name, price, days of delivery, on hand, and how many come in a week.
type Kept = (&'static str, &'static str, f64, f64, f64, f64);
const PARTS: [Kept; 6] = [
    ("6205", "deep groove ball bearing", 34.0, 10.0, 1.0, 4.0),
    ("6309", "deep groove ball bearing", 58.0, 10.0, 1.0, 2.0),
    ("seal-40", "shaft seal", 22.0, 5.0, 2.0, 0.0),
    ("grease-lgmt2", "grease cartridge", 18.0, 3.0, 6.0, 0.0),
    ("strainer-80", "suction strainer", 95.0, 14.0, 0.0, 0.0),
    ("li-48-30", "vehicle battery", 2_900.0, 42.0, 0.0, 0.0),
];

/// What the virtual site says of failure modes: which part it is.
pub(super) fn failure_modes() -> Vec<ModeEntry> {
    let part = |number: &str, name: &str| Some(vec![Part { number: number.into(), name: name.into(), quantity: 1.0 }]);
    let entry = |id: &str| ModeEntry { id: id.into(), ..ModeEntry::default() };
    vec![
        ModeEntry { severity: Some(7), parts: part("strainer-80", "suction strainer"), ..entry("cavitation") },
        ModeEntry { parts: part("grease-lgmt2", "grease cartridge"), ..entry("lubrication_loss") },
        ModeEntry { parts: part("li-48-30", "vehicle battery"), ..entry("capacity_fade") },
    ]
}

/// Costs of the virtual plant.
pub(super) fn terms() -> WorkTerms {
    WorkTerms { hour_cost: Some(65.0), failure_cost: Some(18_000.0), ..WorkTerms::default() }
}

/// Whether there are windows and parts, of an earlier demo.
///
/// # Errors
/// When the state cannot be read.
pub(super) fn is_laid_out(node: &Node) -> Result<bool, Error> {
    Ok(!node.work().windows()?.is_empty())
}

/// Writes windows and parts.
///
/// # Errors
/// When the state cannot be written.
pub(super) fn lay_out(node: &Node) -> Result<(), Error> {
    let work = node.work();
    let today = Timestamp::from_micros(node.now().micros().div_euclid(DAY_US) * DAY_US);
    for (name, days, hour, hours, loss_per_hour, [mechanic, electrician]) in WINDOWS {
        let from = Timestamp::from_micros(today.micros() + days * DAY_US + hour * HOUR_US);
        work.add_window(&Window {
            name: name.into(),
            scope: None,
            range: TimeRange::new(from, Timestamp::from_micros(from.micros() + hours * HOUR_US)),
            loss_per_hour,
            crew_hours: BTreeMap::from([("mechanic".into(), mechanic), ("electrician".into(), electrician)]),
        })?;
    }
    for (number, name, price, lead_days, on_hand, coming) in PARTS {
        let in_a_week = node.now().plus(Duration::from_hours(7 * 24));
        let fact = PartFact { name: name.into(), price: Some(price), lead_days: Some(lead_days) };
        let coming = Some((in_a_week, coming)).filter(|(_, quantity)| *quantity > 0.0);
        let arrivals = [(Timestamp::MIN, on_hand)].into_iter().chain(coming).collect();
        work.put_part(number, &PartRecord { fact, arrivals })?;
    }
    Ok(())
}
