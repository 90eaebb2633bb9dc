//! What is known to have happened to an asset: the truth that findings are judged by.

use gemba_plant::{AssetId, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The longest text of a field, in characters.
const WORD_MAX: usize = 200;
/// The longest note, in characters.
const NOTE_MAX: usize = 2_000;

/// What a stretch of time was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    /// Something was wrong: a finding here, or shortly before, was right.
    #[default]
    Fault,
    /// Known to be healthy: a finding here was wrong.
    Normal,
    /// A run as it should be, to lay over others: as healthy as `normal`, and a finding here was wrong.
    Golden,
    /// People were at work on it, or it was being set up: a finding here counts neither way.
    Maintenance,
    /// Anything else worth a mark: a finding here counts neither way.
    Other,
}

/// Who says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelSource {
    /// A person.
    #[default]
    Human,
    /// A rule, or a search for what looks alike.
    Rule,
    /// Another system: a CMMS, a file.
    Import,
}

/// A stretch of an asset's time with a meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// The asset; what lies below it is meant too.
    pub asset: AssetId,
    /// From when to when; of a failure at one moment both ends are the same.
    pub range: TimeRange,
    /// What it was.
    pub label: LabelKind,
    /// The failure mode, in the words of the asset's template (ISO 14224).
    pub failure_mode: Option<String>,
    /// The part concerned.
    pub component: Option<String>,
    /// How sure, 0–1.
    pub confidence: f64,
    /// Who says so.
    pub source: LabelSource,
    /// Their name.
    pub user: String,
    /// In their words.
    pub note: String,
}

impl Label {
    /// A fault that a person is sure of; set the other fields as known.
    pub fn fault(asset: AssetId, range: TimeRange) -> Self {
        Self {
            asset,
            range,
            label: LabelKind::Fault,
            failure_mode: None,
            component: None,
            confidence: 1.0,
            source: LabelSource::Human,
            user: String::new(),
            note: String::new(),
        }
    }

    /// Whether it can be kept.
    ///
    /// # Errors
    /// When it ends before it begins, has an open end, is a golden run without a length, or a field is out of its bounds.
    pub fn check(&self) -> Result<(), Error> {
        let bad = |what, cure| Err(Error::BadLabel { what, cure });
        if self.range.to < self.range.from {
            return bad("it ends before it begins", "give an end at or after the begin");
        }
        if self.range.from == Timestamp::MIN || self.range.to == Timestamp::MAX {
            return bad("it has an open end", "give both ends");
        }
        if self.label == LabelKind::Golden && self.range.to == self.range.from {
            return bad("a golden run has no length", "give the times from and to");
        }
        if !(0.0..=1.0).contains(&self.confidence) {
            return bad("its confidence is outside 0 to 1", "write 1 when you are sure");
        }
        let long = |text: &Option<String>| text.as_ref().is_some_and(|t| t.chars().count() > WORD_MAX);
        if long(&self.failure_mode) || long(&self.component) {
            return bad("its failure mode or component is longer than 200 characters", "write the rest in the note");
        }
        if self.note.chars().count() > NOTE_MAX {
            return bad("its note is longer than 2 000 characters", "write less, or link to more");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bounded_stretch_can_be_kept() {
        let at = Timestamp::from_secs;
        let good = Label::fault(AssetId::new(1), TimeRange::new(at(10), at(10)));
        assert_eq!(good.check(), Ok(()), "a failure may be a moment");
        for bad in [
            Label { label: LabelKind::Golden, ..good.clone() },
            Label { range: TimeRange::new(at(10), at(9)), ..good.clone() },
            Label { range: TimeRange::new(at(10), Timestamp::MAX), ..good.clone() },
            Label { confidence: f64::NAN, ..good.clone() },
            Label { confidence: 1.1, ..good.clone() },
            Label { failure_mode: Some("x".repeat(201)), ..good.clone() },
            Label { note: "x".repeat(2_001), ..good.clone() },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}
