//! What operators have not seen yet is read from the store: each asset from where it stands, in order of event time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use gemba_flow::{Checkpoint, Pipeline, Produced, Runner, in_order, read_on};
use gemba_plant::{AssetId, SignalId, TimeRange, Timestamp};
use gemba_solutions::maintenance;
use gemba_store::Origin;

use super::{Recipe, pipeline};
use crate::Error;
use crate::backtest::{Progress, Watched};
use crate::node::Core;

/// How far back a new lane looks at what is stored, so that it need not learn from nothing.
const LOOK_BACK: Duration = Duration::from_hours(24);
/// How far it looks back at most where somebody said from when on it learns: whatever is changed of the asset later is read as far.
pub(crate) const LEARN_BACK: Duration = Duration::from_hours(31 * 24);
/// Reading begins this long before where an asset stands: a waveform that began before is complete only later.
const LATE: Duration = Duration::from_mins(1);
/// Assets that are behind by at most this long are read together …
const NEAR_S: u64 = 60;
/// … and those that are behind by up to so many times as long as the next nearer ones.
const APART: u64 = 4;
/// A new lane reads what has come since until that takes no longer than this: deliveries wait as long while it takes its place.
pub(super) const BRIEF: Duration = Duration::from_secs(1);
/// It does so this often at most: data may come faster than it can be read.
const PASSES_MAX: usize = 20;

/// From where an asset is read.
pub(crate) type Start = (Recipe, Timestamp);

/// Assets that are read together.
#[derive(Debug, PartialEq)]
struct Passage {
    from: Timestamp,
    owners: BTreeMap<SignalId, AssetId>,
}

/// Each asset goes on where it stands; one that stands nowhere begins at `other`.
pub(crate) fn starts(
    recipes: &[Recipe],
    stand: &BTreeMap<AssetId, Timestamp>,
    other: impl Fn(&Recipe) -> Timestamp,
) -> Vec<Start> {
    let from = |recipe: &Recipe| match stand.get(&recipe.0.id) {
        Some(watermark) => watermark.minus(LATE),
        None => other(recipe),
    };
    recipes.iter().map(|recipe| (recipe.clone(), from(recipe))).collect()
}

/// Where a new lane begins: where somebody said that it is to learn from, else a day before the newest that is stored of it.
pub(crate) fn look_back(core: &Core, recipe: &Recipe) -> Timestamp {
    let newest = newest(core, measured(recipe));
    match &recipe.0.learning {
        Some(learning) => learning.from.min(core.clock.now()).max(newest.minus(LEARN_BACK)),
        None => newest.minus(LOOK_BACK),
    }
}

/// The newest that is stored of some signals, now at most.
pub(crate) fn newest(core: &Core, signals: impl Iterator<Item = SignalId>) -> Timestamp {
    let now = core.clock.now();
    let newest = signals.filter_map(|id| core.store.last(id)).map(|sample| sample.time).max();
    newest.map_or(now, |newest| newest.min(now))
}

/// Lanes that read the past beside those that run.
pub(super) struct Beside<'a> {
    core: &'a Core,
    recipes: Vec<Recipe>,
    pipeline: Pipeline,
    /// Those that nothing has watched so far: what is found in their past is told.
    new: BTreeSet<AssetId>,
}

impl<'a> Beside<'a> {
    /// Those of `all` that have other signals or learn from another time than what they are built from, or are not built.
    pub(super) fn new(
        core: &'a Core,
        all: &[Recipe],
        built: &BTreeMap<AssetId, Recipe>,
        settings: &maintenance::Config,
    ) -> Result<Self, Error> {
        let known = |recipe: &Recipe| built.get(&recipe.0.id);
        let alike =
            |one: &Recipe, other: &Recipe| one.0.learning == other.0.learning && measured(one).eq(measured(other));
        let same = |recipe: &Recipe| known(recipe).is_some_and(|known| alike(known, recipe));
        let recipes: Vec<Recipe> = all.iter().filter(|recipe| !same(recipe)).cloned().collect();
        let new = recipes.iter().filter(|recipe| known(recipe).is_none()).map(|recipe| recipe.0.id).collect();
        let (pipeline, _) = pipeline(core, &recipes, settings)?;
        Ok(Self { core, recipes, pipeline, new })
    }

    /// Reads what is stored: the last day at first, then what has come since, until that is little.
    pub(super) fn read(&mut self) -> Result<(), Error> {
        self.pass()?;
        for _ in 1..PASSES_MAX {
            let begun = self.core.clock.now();
            self.pass()?;
            if self.core.clock.now().since(begun) <= BRIEF {
                break;
            }
        }
        Ok(())
    }

    /// Reads the last rows, while none is delivered, up to where those stand that run already.
    pub(super) fn finish(mut self, stand: &BTreeMap<AssetId, Timestamp>) -> Result<Checkpoint, Error> {
        self.pass()?;
        let last = self.pipeline.deliver_to(stand);
        told(self.core, &self.new, last);
        Ok(self.pipeline.checkpoint())
    }

    fn pass(&mut self) -> Result<(), Error> {
        let (core, new) = (self.core, &self.new);
        let starts = starts(&self.recipes, &self.pipeline.watermarks(), |recipe| look_back(core, recipe));
        let mut take = |produced: Vec<Produced>| told(core, new, produced);
        read(core, &mut self.pipeline, &starts, (&|_| !core.is_stopping(), &mut take))
    }
}

fn told(core: &Core, of: &BTreeSet<AssetId>, produced: Vec<Produced>) {
    core.conclude(produced.into_iter().filter(|one| of.contains(&one.asset)).map(|one| one.output));
}

/// Lets a pipeline read what is stored by now; what is not complete yet it holds back.
pub(crate) fn read(
    core: &Core,
    pipeline: &mut Pipeline,
    starts: &[Start],
    (progress, take): (Progress<'_>, &mut dyn FnMut(Vec<Produced>)),
) -> Result<(), Error> {
    let passages = passages(starts, core.clock.now());
    let count = passages.len() as f64;
    for (index, Passage { from, owners }) in passages.into_iter().enumerate() {
        let share = |part: f64| progress((index as f64 + part) / count);
        let signals: Vec<SignalId> = owners.keys().copied().collect();
        let past = Watched::new(&core.store, owners, core.clock.now(), &share);
        let range = TimeRange::new(from, Timestamp::MAX);
        read_on(&past, &signals, range, pipeline, take).map_err(|e| Error::part("flow", &e))?;
    }
    Ok(())
}

/// Offers the engine what is stored; rows that an operator has seen already are told apart by flow.
pub(crate) fn feed(core: &Core, runner: &Runner, starts: &[Start]) -> Result<(), Error> {
    for Passage { from, owners } in passages(starts, core.clock.now()) {
        let signals: Vec<SignalId> = owners.into_keys().collect();
        let range = TimeRange::new(from, Timestamp::MAX);
        let mut offer = |together: Vec<_>| runner.offer_blocking(&together);
        in_order(&core.store, &signals, range, &mut offer).map_err(|e| Error::part("flow", &e))?;
    }
    Ok(())
}

/// Waits until all that was delivered so far can be read from the store.
pub(crate) fn settled(core: &Core) -> Result<(), Error> {
    let mark = core.store.append(Origin::default(), Vec::new(), Vec::new());
    mark.and_then(gemba_store::Ticket::wait).map_err(|e| Error::part("store", &e))
}

fn measured(recipe: &Recipe) -> impl Iterator<Item = SignalId> {
    recipe.1.iter().filter(|signal| signal.binding.is_some()).map(|signal| signal.id)
}

/// Assets that are behind by about as much are read together, the farthest first: one that was silent for a month makes no
/// other read a month, and a handful of passages does for any number of assets.
fn passages(starts: &[Start], now: Timestamp) -> Vec<Passage> {
    let mut by_age: BTreeMap<u32, Passage> = BTreeMap::new();
    for (recipe, from) in starts {
        let age = (now.since(*from).as_secs() / NEAR_S).checked_ilog(APART).map_or(0, |log| log + 1);
        let passage = by_age.entry(age).or_insert_with(|| Passage { from: *from, owners: BTreeMap::new() });
        passage.from = passage.from.min(*from);
        passage.owners.extend(measured(recipe).map(|id| (id, recipe.0.id)));
    }
    by_age.into_values().rev().collect()
}

#[cfg(test)]
mod tests {
    use gemba_plant::{Asset, AssetPath, Binding, Level, Nameplate, Role, Signal, SignalKind, Unit};

    use super::*;

    fn recipe(number: u32) -> Recipe {
        let id = AssetId::new(number);
        let path = AssetPath::new(&format!("acme/pump-{number}")).unwrap();
        let asset = Asset {
            id,
            path,
            level: Level::Asset,
            name: String::new(),
            template: None,
            nameplate: Nameplate::default(),
            learning: None,
        };
        let signal = |offset: u32, bound: bool| Signal {
            id: SignalId::new(10 * number + offset),
            asset: id,
            name: format!("s{offset}"),
            kind: SignalKind::Gauge,
            role: Role::Other,
            unit: Unit::default(),
            range: None,
            decimals: None,
            states: Vec::new(),
            description: String::new(),
            binding: bound.then(|| Binding { connection: "c".into(), address: format!("{number}/{offset}") }),
            limits: None,
            bands: Vec::new(),
            quiet_in: Vec::new(),
            computed: false,
        };
        (asset, vec![signal(0, true), signal(1, false)])
    }

    #[test]
    fn a_machine_that_was_silent_for_a_month_makes_no_other_read_a_month() {
        let now = Timestamp::from_secs(100_000_000);
        let ago = |secs: u64| now.minus(Duration::from_secs(secs));
        let stand: BTreeMap<AssetId, Timestamp> =
            [(1, 5), (2, 31 * 86_400), (3, 20), (4, 0)].map(|(id, secs)| (AssetId::new(id), ago(secs))).into();
        let recipes: Vec<Recipe> = [1, 2, 3, 4, 5].map(recipe).into();
        let starts = starts(&recipes, &stand, |_| ago(86_400));
        let told: Vec<(Timestamp, Vec<u32>)> = passages(&starts, now)
            .into_iter()
            .map(|passage| (passage.from, passage.owners.into_keys().map(SignalId::get).collect()))
            .collect();
        let month = ago(31 * 86_400).minus(LATE);
        assert_eq!(told, [(month, vec![20]), (ago(86_400), vec![50]), (ago(20).minus(LATE), vec![10, 30, 40])]);
    }

    #[test]
    fn any_number_of_machines_at_any_age_takes_a_handful_of_passages() {
        let now = Timestamp::from_secs(1_700_000_000);
        let starts: Vec<Start> =
            (0..3_000).map(|n| (recipe(n), now.minus(Duration::from_secs(u64::from(n).pow(2) * 100)))).collect();
        let passages = passages(&starts, now);
        assert!(passages.len() <= 14, "{}", passages.len());
        assert_eq!(passages.iter().map(|p| p.owners.len()).sum::<usize>(), 3_000);
        let rows = |from: Timestamp| now.since(from).as_secs();
        let read: u64 = passages.iter().map(|p| rows(p.from) * p.owners.len() as u64).sum();
        let needed: u64 = starts.iter().map(|(_, from)| rows(*from)).sum();
        assert!(read <= 4 * needed, "{read} {needed}");
    }
}
