//! Vibration and other fast waveforms: features in time, spectra, envelopes, bearing frequencies.

pub mod bearing;
mod features;
mod spectrum;

pub use features::{Features, features};
pub use spectrum::{Spectrum, velocity_rms};
