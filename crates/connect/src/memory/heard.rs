//! What is known of an address: what it seems to be, and its last value.

use gemba_plant::{Quality, SignalKind, Timestamp};

use crate::{BrowseNode, ReadValue};

/// Characters of a value's text that are remembered.
const TEXT_CHARS: usize = 200;

/// What was heard at an address.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Heard {
    /// The protocol's own type name.
    pub(crate) data_type: &'static str,
    /// How it seems to behave.
    pub(crate) kind: SignalKind,
    /// Its unit, where one is sent.
    pub(crate) unit: String,
    /// What is sent about it.
    pub(crate) description: String,
    /// A proposal for its place in the namespace; empty when there is none.
    pub(crate) path: String,
    /// The last value, where it is a number.
    pub(crate) value: Option<f64>,
    /// The last value as people read it.
    pub(crate) text: String,
    /// Its quality; none where no value is remembered.
    pub(crate) quality: Option<Quality>,
    /// The number behind the quality.
    pub(crate) status: u32,
    /// When it was, by the source's clock.
    pub(crate) time: Option<Timestamp>,
}

impl Heard {
    /// Something of this kind of which no value is known.
    pub(crate) fn of_kind(data_type: &'static str, kind: SignalKind) -> Self {
        let (unit, description, path, text) = Default::default();
        Self { data_type, kind, unit, description, path, value: None, text, quality: None, status: 0, time: None }
    }

    /// Tells a node of a tree what it is.
    pub(crate) fn fill(&self, node: &mut BrowseNode) {
        node.is_signal = true;
        node.data_type = self.data_type.into();
        node.kind = self.kind;
        node.unit.clone_from(&self.unit);
        node.value = self.quality.map(|_| self.text.clone());
        node.quality = self.quality;
        node.description.clone_from(&self.description);
        node.path.clone_from(&self.path);
    }

    /// The value as one that was read.
    pub(crate) fn read(&self, address: &str) -> ReadValue {
        ReadValue {
            address: address.into(),
            value: self.value,
            text: self.text.clone(),
            quality: self.quality.unwrap_or(Quality::Bad),
            status: self.status,
            time: self.time,
        }
    }
}

/// The beginning of a text: what is remembered of it.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARS).collect()
}
