//! A machine beside others of its template, over the same time.

use gemba_plant::{Asset, Role, Signal, SignalId, SignalKind, TimeRange};
use gemba_query::Series;
use schemars::JsonSchema;
use serde::Serialize;

use super::ids;
use crate::{Error, Node};

/// Other machines that it is compared with, the first by path.
const PEERS_MAX: usize = 8;
/// Signals of a machine that are compared.
const SIGNALS_MAX: usize = 40;
/// Columns in which a signal is read: a median needs no more.
const COLUMNS: usize = 500;

/// A signal beside those of other machines.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PeerSignal {
    /// The signal.
    pub signal: SignalId,
    /// Its name below the asset.
    pub name: String,
    /// What it means.
    pub role: Role,
    /// Its unit as people read it.
    pub unit_symbol: String,
    /// Its median; none without a good sample.
    pub own: Option<f64>,
    /// The lowest median of the others.
    pub low: f64,
    /// The highest median of the others.
    pub high: f64,
    /// How many others there are.
    pub others: usize,
}

impl Node {
    /// The medians of gauges beside those of other machines of the template, and what is left to say about that.
    pub(super) async fn beside_peers(
        &self,
        asset: &Asset,
        signals: &[Signal],
        range: TimeRange,
    ) -> Result<(Vec<PeerSignal>, String), Error> {
        let catalogue = self.catalogue();
        let Some(template) = &asset.template else {
            return Ok((Vec::new(), "it has no template: nothing says which machines are like it".into()));
        };
        let gauges = |of: gemba_plant::AssetId| -> Vec<Signal> {
            let gauges = catalogue.signals_of(of).filter(|s| s.binding.is_some() && s.kind == SignalKind::Gauge);
            gauges.take(SIGNALS_MAX).cloned().collect()
        };
        let like = catalogue.assets().filter(|a| a.id != asset.id && a.template.as_ref() == Some(template));
        let mut like: Vec<&Asset> = like.collect();
        like.sort_by(|a, b| a.path.cmp(&b.path));
        if like.is_empty() {
            return Ok((Vec::new(), format!("no other machine follows the template {template}")));
        }
        let own: Vec<&Signal> = signals.iter().filter(|s| s.kind == SignalKind::Gauge).take(SIGNALS_MAX).collect();
        let mut medians: Vec<Vec<f64>> = vec![Vec::new(); own.len()];
        let (mut silent, compared) = (0, like.len().min(PEERS_MAX));
        for peer in like.iter().take(PEERS_MAX) {
            let theirs = gauges(peer.id);
            let series = self.medians(&theirs, range).await?;
            silent += usize::from(series.iter().all(Option::is_none));
            for (signal, all) in own.iter().zip(&mut medians) {
                all.extend(counterpart(signal, &theirs).and_then(|at| series.get(at).copied().flatten()));
            }
        }
        let own_signals: Vec<Signal> = own.iter().map(|s| (*s).clone()).collect();
        let mine = self.medians(&own_signals, range).await?;
        let rows = own.iter().zip(mine).zip(medians).filter_map(|((s, own), others)| row(s, own, &others)).collect();
        Ok((rows, note(like.len(), compared, silent)))
    }

    /// The median of each signal over a range; none without a good sample.
    async fn medians(&self, signals: &[Signal], range: TimeRange) -> Result<Vec<Option<f64>>, Error> {
        if signals.is_empty() {
            return Ok(Vec::new());
        }
        let series = self.query().range(&ids(signals), range, COLUMNS).await.map_err(|e| Error::part("query", &e))?;
        Ok(series.iter().map(median).collect())
    }
}

fn median(series: &Series) -> Option<f64> {
    let good = series.last.iter().zip(&series.quality).filter(|(value, quality)| value.is_finite() && **quality == 0);
    let mut values: Vec<f64> = good.map(|(value, _)| *value).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The signal of another machine that is like this one: of the same name, role and unit, else the only one of its role.
fn counterpart(signal: &Signal, theirs: &[Signal]) -> Option<usize> {
    let alike = |other: &Signal| other.role == signal.role && other.unit == signal.unit;
    let named = theirs.iter().position(|other| alike(other) && other.name == signal.name);
    let mut of_role = theirs.iter().enumerate().filter(|(_, other)| signal.role != Role::Other && alike(other));
    let only = of_role.next().map(|(at, _)| at).filter(|_| of_role.next().is_none());
    named.or(only)
}

fn row(signal: &Signal, own: Option<f64>, others: &[f64]) -> Option<PeerSignal> {
    let low = others.iter().copied().min_by(f64::total_cmp)?;
    let high = others.iter().copied().max_by(f64::total_cmp)?;
    Some(PeerSignal {
        signal: signal.id,
        name: signal.name.clone(),
        role: signal.role,
        unit_symbol: signal.unit.symbol().to_owned(),
        own,
        low,
        high,
        others: others.len(),
    })
}

fn note(all: usize, compared: usize, silent: usize) -> String {
    let some = |n: usize| if n == 1 { "1 machine".to_owned() } else { format!("{n} machines") };
    let mut said = Vec::new();
    if all > compared {
        said.push(format!("{} of {all} are looked at", some(compared)));
    }
    if silent > 0 {
        said.push(format!("without data of that time: {}", some(silent)));
    }
    said.join("; ")
}

#[cfg(test)]
mod tests {
    use gemba_plant::{AssetId, Unit};

    use super::*;

    fn signal(id: u32, name: &str, role: Role, unit: &str) -> Signal {
        Signal { role, unit: Unit::new(unit), ..Signal::gauge(SignalId::new(id), AssetId::new(1), name) }
    }

    #[test]
    fn a_counterpart_is_of_one_name_or_the_only_one_of_its_role_and_of_one_unit() {
        let own = signal(1, "flow", Role::Flow, "m3/h");
        let theirs = [
            signal(2, "flow", Role::Flow, "L/min"),
            signal(3, "through", Role::Flow, "m3/h"),
            signal(4, "x", Role::Other, "bar"),
        ];
        assert_eq!(counterpart(&own, &theirs), Some(1));
        assert_eq!(counterpart(&signal(5, "y", Role::Other, "bar"), &theirs), None);
        assert_eq!(counterpart(&signal(5, "x", Role::Other, "bar"), &theirs), Some(2));
    }

    #[test]
    fn a_row_says_where_the_others_lie_and_the_note_who_is_left_out() {
        let own = signal(1, "flow", Role::Flow, "m3/h");
        assert_eq!(row(&own, Some(1.0), &[]), None);
        let told = row(&own, Some(9.0), &[3.0, 1.0]).unwrap();
        assert_eq!((told.own, told.low, told.high, told.others), (Some(9.0), 1.0, 3.0, 2));
        assert_eq!(note(3, 3, 0), "");
        assert_eq!(note(9, 8, 1), "8 machines of 9 are looked at; without data of that time: 1 machine");
    }
}
