//! What a user gets: capacities as a signal, taken by the operator of a battery cycle by cycle, and its outlook.

use std::collections::BTreeMap;
use std::time::Instant;

use gemba_learn::life::Range;
use gemba_plant::port::{Operator, Outlet, Output};
use gemba_plant::{
    Asset, AssetId, AssetPath, Batch, Binding, Level, Nameplate, Role, Sample, Signal, SignalId, Timestamp, Unit,
};
use gemba_solutions::maintenance::RemainingLifeConfig;
use gemba_solutions::maintenance::battery::{
    BatteryCycles, COMPUTED, CapacityRun, EndOfLife, TEMPLATE, capacity_outlook,
};

use super::cell::Cell;
use super::{LEVEL, Question, judged};
use crate::report::Row;

/// From one cycle to the next, s.
const CYCLE_S: i64 = 28_800;
/// What the nameplate of a cell says, Ah.
const RATED_AH: f64 = 2.0;

fn signal(id: u32, name: &str, role: Role, unit: &str) -> Signal {
    Signal {
        role,
        unit: Unit::new(unit),
        binding: Some(Binding { connection: "file".into(), address: name.into() }),
        ..Signal::gauge(SignalId::new(id), AssetId::new(1), name)
    }
}

/// The row of the product. A question is asked after as many counted discharges as the suite's cycle. Counting them is what it
/// takes to train: the rest is done anew for each question.
pub(super) fn row(cells: &[Cell], questions: &[Question<'_>]) -> anyhow::Result<Row> {
    let start = Instant::now();
    let runs = cells.iter().map(counted).collect::<anyhow::Result<Vec<CapacityRun>>>()?;
    let train_s = start.elapsed().as_secs_f64();
    let config = RemainingLifeConfig { level: LEVEL, ..RemainingLifeConfig::default() };
    let signal = signal(9, COMPUTED, Role::Other, "A.h");
    let row = judged("as_shipped", questions, |question| {
        let whole = runs.get(question.own)?;
        let cut = |run: &CapacityRun, cycles: usize, at: f64| CapacityRun {
            group: run.group,
            times: run.times.iter().take(cycles).copied().collect(),
            levels: run.levels.iter().take(cycles).copied().collect(),
            end: EndOfLife { at, ..run.end.clone() },
        };
        let own = cut(whole, question.ask.head.levels.len(), question.ask.end_ah);
        let others: Vec<CapacityRun> =
            runs.iter().enumerate().filter(|(place, _)| *place != question.own).map(|(_, run)| run.clone()).collect();
        let life = capacity_outlook(&signal, &own, &others, (&config, None)).life?;
        Some(Range { lo: life.cycles.lo, median: life.cycles.median, hi: life.cycles.hi, level: LEVEL })
    });
    Ok(Row { train_s, ..row })
}

/// The cycles that the operator counts.
fn counted(cell: &Cell) -> anyhow::Result<CapacityRun> {
    let asset = Asset {
        id: AssetId::new(1),
        path: AssetPath::new("bench/cell")?,
        level: Level::Asset,
        name: String::new(),
        template: Some(TEMPLATE.into()),
        nameplate: Nameplate::default(),
        learning: None,
    };
    let signals = [signal(1, "capacity", Role::Capacity, "A.h")];
    let ids = BTreeMap::from([(COMPUTED.to_owned(), SignalId::new(9))]);
    let (mut times, mut levels, mut out) = (Vec::new(), Vec::new(), Outlet::new());
    if let Some(mut operator) = BatteryCycles::for_asset(&asset, &signals, &ids) {
        for (cycle, capacity) in (1_i64..).zip(&cell.path.levels).filter(|(_, capacity)| capacity.is_finite()) {
            let time = Timestamp::from_secs(cycle.saturating_mul(CYCLE_S));
            let rows = [Sample::good(SignalId::new(1), time, *capacity)];
            operator.on_batch(time, &Batch::from_rows(&rows), &mut out).map_err(|e| anyhow::anyhow!("{e}"))?;
        }
    }
    for output in out.drain() {
        let Output::Samples(batch) = output else { continue };
        times.extend(batch.rows().map(|row| row.time));
        levels.extend(batch.rows().map(|row| row.value));
    }
    let end = EndOfLife { at: cell.end_ah(), whole: RATED_AH, source: "the suite".to_owned() };
    Ok(CapacityRun { group: cell.path.group, times, levels, end })
}
