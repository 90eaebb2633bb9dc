//! What is saved: where the search stands, or the programme that was learned of each product.

use gemba_learn::grid::Grid;
use gemba_learn::programme::Programme;
use gemba_plant::Finding;
use serde::{Deserialize, Serialize};

use super::gather::{Gathered, Learned};
use crate::maintenance::frame;
use crate::maintenance::normal::Trace;

/// The version of the saved state.
const STATE_VERSION: u32 = 1;
/// Products that are told apart; runs of further ones are not judged.
const CONTEXTS_MAX: usize = 16;
/// The code of what is not known.
const UNKNOWN: i64 = i64::MIN;

/// How far it is with one product.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Stage {
    /// Healthy rows, among which a programme is looked for.
    Gathering(Gathered),
    /// Watching; every so many-th row is judged.
    Watching { programme: Box<Programme>, every: usize, skipped: usize },
    /// There is no programme.
    Nothing,
}

/// Everything that changes while the operator runs.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Memory {
    version: u32,
    pub(super) grid: Grid,
    /// Columns that tell what the runs are of, once a programme was found.
    contexts: Vec<usize>,
    /// By their values, in order of first sight; one without values until they are known.
    stages: Vec<(Vec<i64>, Stage)>,
    current: Option<usize>,
    #[serde(with = "gemba_learn::bits::one")]
    pub(super) score: f64,
    pub(super) trace: Trace,
    pub(super) finding: Option<Box<Finding>>,
    pub(super) told: i64,
}

impl frame::Memory for Memory {
    fn like(&self, other: &Self) -> bool {
        (self.version, self.grid.width()) == (other.version, other.grid.width())
    }
}

impl Memory {
    pub(super) fn new(grid: Grid) -> Self {
        let first = Stage::Gathering(Gathered::new(grid.width(), grid.step_us(), 1));
        Self {
            version: STATE_VERSION,
            grid,
            contexts: Vec::new(),
            stages: vec![(Vec::new(), first)],
            current: Some(0),
            score: 0.0,
            trace: Trace::default(),
            finding: None,
            told: i64::MIN,
        }
    }

    /// How far it is with the present product.
    pub(super) fn stage(&mut self) -> Option<&mut Stage> {
        self.current.and_then(|i| self.stages.get_mut(i)).map(|(_, stage)| stage)
    }

    /// The programme that is watched.
    pub(super) fn programme(&self) -> Option<&Programme> {
        match self.current.and_then(|i| self.stages.get(i)) {
            Some((_, Stage::Watching { programme, .. })) => Some(programme),
            _ => None,
        }
    }

    /// Goes to the product that the row tells; a new one is learned from now on. Whether it is another one than before.
    pub(super) fn enter(&mut self, row: &[f64]) -> bool {
        if self.contexts.is_empty() {
            return false;
        }
        let key = key(&self.contexts, row);
        let lost = |own: &[i64]| own.iter().zip(&key).any(|(was, is)| *was != UNKNOWN && *is == UNKNOWN);
        // what is not told any more is no other product
        if self.current.and_then(|i| self.stages.get(i)).is_some_and(|(own, _)| *own == key || lost(own)) {
            return false;
        }
        self.current = self.stages.iter().position(|(own, _)| *own == key);
        if self.current.is_none() && self.stages.len() < CONTEXTS_MAX {
            self.stages.push((key, Stage::Gathering(Gathered::new(self.grid.width(), self.grid.step_us(), 1))));
            self.current = self.stages.len().checked_sub(1);
        }
        if let Some(Stage::Watching { programme, .. }) = self.stage() {
            programme.rest();
        }
        self.score = 0.0;
        true
    }

    /// Looks no further, unless a programme was found.
    pub(super) fn give_up(&mut self) {
        if let Some(stage @ Stage::Gathering(_)) = self.stage() {
            *stage = Stage::Nothing;
        }
    }

    /// Goes on with what became of the rows.
    pub(super) fn take(&mut self, learned: Learned) {
        let next = match learned {
            Learned::Later => return,
            Learned::Coarser(gathered) => Stage::Gathering(gathered),
            Learned::Nothing => Stage::Nothing,
            Learned::Programme(programme, contexts, every) => {
                if self.contexts.is_empty() && !contexts.is_empty() {
                    // the first product is the one of the last row
                    let key = key(&contexts, self.grid.row());
                    self.contexts = contexts;
                    if let Some((own, _)) = self.stages.first_mut() {
                        *own = key;
                    }
                }
                Stage::Watching { programme, every, skipped: every }
            }
        };
        if let Some(stage) = self.stage() {
            *stage = next;
        }
    }
}

/// What the row tells of the runs: the codes of states, set-points as they are.
fn key(contexts: &[usize], row: &[f64]) -> Vec<i64> {
    let code = |i: &usize| row.get(*i).filter(|v| v.is_finite()).map_or(UNKNOWN, |v| v.to_bits().cast_signed());
    contexts.iter().map(code).collect()
}
