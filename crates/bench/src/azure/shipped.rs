//! What a user gets: failures and replacements taken over, errors as notices, the chances of the product.

use gemba_act::work::{EventKind, Failure};
use gemba_plant::{AssetId, Timestamp};
use gemba_solutions::maintenance::reliability::risk::{History, Notice, RiskModel};

use super::Question;
use super::events::{End, Fleet};
use super::methods::{Model, Past, by_age};

/// The events of some machines up to a time, as the product keeps them.
struct Records {
    kind: Vec<AssetId>,
    events: Vec<Failure>,
    notices: Vec<Notice>,
    now: Timestamp,
}

impl Records {
    fn of(fleet: &Fleet, machines: &[usize], until: f64) -> Self {
        let mut all = Self { kind: Vec::new(), events: Vec::new(), notices: Vec::new(), now: time(until) };
        for (place, machine) in machines.iter().filter_map(|m| Some((*m, fleet.machines.get(*m)?))) {
            let asset = asset(place);
            all.kind.push(asset);
            for (component, ends) in machine.ends.iter().enumerate() {
                let known = ends.iter().filter(|end| end.time <= until);
                all.events.extend(known.map(|end| event(asset, component, *end)));
            }
            for (kind, times) in machine.errors.iter().enumerate() {
                let told = times.iter().filter(|t| **t <= until);
                all.notices.extend(told.map(|t| Notice { asset, at: time(*t), what: format!("error {kind}") }));
            }
        }
        all
    }

    fn history(&self) -> History<'_> {
        History { kind: &self.kind, events: &self.events, notices: &self.notices, meters: &[], now: self.now }
    }
}

/// The chance that the product tells; by age where it says that age speaks, or where it says nothing.
pub(super) fn method<'a>(past: &Past<'a>) -> Model<'a> {
    let (fleet, aged) = (past.fleet, by_age(past));
    let records = Records::of(fleet, &past.machines, past.until);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a day or a week")]
    let days = past.ahead as u32;
    let learned = RiskModel::learn(&records.history(), &[days], &|_| true).ok();
    Box::new(move |question| {
        let told = learned.as_ref().and_then(|model| chance(model, fleet, question));
        told.unwrap_or_else(|| aged(question))
    })
}

fn chance(model: &RiskModel, fleet: &Fleet, question: &Question) -> Option<f64> {
    let own = Records::of(fleet, &[question.machine], question.time);
    let risks = model.of(asset(question.machine), &own.history());
    let wanted = mode(question.component);
    let risk = risks.iter().find(|risk| risk.failure_mode.as_deref() == Some(wanted.as_str()))?;
    risk.proof.speaks.then_some(risk.chance.median)
}

fn event(asset: AssetId, component: usize, end: End) -> Failure {
    Failure {
        id: 0,
        kind: if end.failed { EventKind::Failure } else { EventKind::Replacement },
        asset,
        at: time(end.time),
        repaired: None,
        failure_mode: mode(component),
        finding: None,
        note: String::new(),
    }
}

fn asset(machine: usize) -> AssetId {
    AssetId::new(u32::try_from(machine).unwrap_or(u32::MAX))
}

fn mode(component: usize) -> String {
    format!("component_{component}")
}

#[allow(clippy::cast_possible_truncation, reason = "days of a record in microseconds")]
fn time(days: f64) -> Timestamp {
    Timestamp::from_micros((days * 86_400e6) as i64)
}
