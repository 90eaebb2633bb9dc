//! What can travel: samples, waveforms, pictures.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::{Batch, SignalId, Timestamp};

/// A block of equally spaced fast samples: vibration, current, sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Waveform {
    /// The signal, of kind [`crate::SignalKind::Waveform`].
    pub signal: SignalId,
    /// Source time of the first sample.
    pub start: Timestamp,
    /// When it reached Gemba.
    pub ingest: Timestamp,
    /// Samples per second, > 0.
    pub rate_hz: f64,
    /// The samples in the signal's unit.
    pub samples: Arc<[f32]>,
}

/// How the bytes of a [`Frame`] are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FrameFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

/// One picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The signal, of kind [`crate::SignalKind::Image`].
    pub signal: SignalId,
    /// When it was taken.
    pub time: Timestamp,
    /// When it reached Gemba.
    pub ingest: Timestamp,
    /// How `bytes` is encoded.
    pub format: FrameFormat,
    /// The encoded picture.
    pub bytes: Arc<[u8]>,
}

/// Anything that a source delivers and the log keeps.
#[allow(clippy::large_enum_variant, reason = "samples are the common case; a box around them would cost every batch")]
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// Samples.
    Samples(Batch),
    /// A waveform.
    Waveform(Waveform),
    /// A picture.
    Frame(Frame),
}

impl Payload {
    /// Rows of samples, or one for a waveform or picture: the unit of counters.
    pub fn len(&self) -> usize {
        match self {
            Self::Samples(batch) => batch.len(),
            Self::Waveform(_) | Self::Frame(_) => 1,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Samples(batch) => batch.bytes(),
            Self::Waveform(wave) => wave.samples.len() * 4,
            Self::Frame(frame) => frame.bytes.len(),
        }
    }
}
