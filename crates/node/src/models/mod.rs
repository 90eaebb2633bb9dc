//! What watches the plant is a version that was put into service. A changed setting is a candidate: it waits until a
//! backtest has proved it over every machine that is watched, and an engineer puts it into service.

mod desk;
mod look;
mod proof;
mod service;
mod version;
mod view;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use desk::Models;
pub use look::{Standing, standing};
pub use proof::RunStanding;
pub use version::{SettingChange, Version, changes};
pub use view::{AssetDrift, Candidate, Former, ModelsView, Proof, Switching};

pub(crate) use desk::{Desk, begin};
pub(crate) use version::{digest, settings_of};
pub(crate) use view::settings_of_version;

use crate::Moment;

/// Why a version went into service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing was stored yet that it could have been proved on.
    First,
    /// A backtest proved it, and somebody put it into service.
    Proved,
    /// Somebody went back to it.
    Back,
}

impl Reason {
    pub(crate) fn named(word: &str) -> Self {
        match word {
            "proved" => Self::Proved,
            "back" => Self::Back,
            _ => Self::First,
        }
    }
}

/// A version that went into service.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Release {
    /// Its number; grows, never reused.
    pub id: u64,
    /// When.
    pub at: Moment,
    /// By whom; empty when the program did so itself.
    pub by: String,
    /// Why.
    pub reason: Reason,
    /// Which.
    pub version: Version,
    /// Whether this program knows every setting of it; what it does not know has no effect.
    pub whole: bool,
    /// The version of Gemba that put it into service.
    pub program: String,
    /// The backtest that proved it; none for the first.
    pub backtest: Option<u64>,
}
