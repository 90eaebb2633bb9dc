//! Vibration and other fast waveforms: features in time, spectra, envelopes, orders, and what they say about a machine.

mod bands;
mod bank;
pub mod bearing;
mod cepstrum;
pub mod change;
pub mod comb;
pub mod current;
pub mod diagnosis;
mod envelope;
mod features;
pub(crate) mod fft;
mod kurtogram;
mod noise;
pub mod order;
pub mod peaks;
mod phases;
pub mod rotor;
mod spectrum;
mod velocity;
mod waterfall;
mod welch;
mod window;

pub use bands::{ORDER_BANDS, order_bands};
pub use bank::{BANDS, Bank, Readings};
pub use cepstrum::Cepstrum;
pub use envelope::{Analytic, Envelope};
pub use features::{Features, features};
pub use kurtogram::{Band, kurtogram, most_impulsive};
pub use noise::Floored;
pub use phases::{Phases, phases};
pub use spectrum::Spectrum;
pub use velocity::{velocity, velocity_rms};
pub use waterfall::{ROWS_MAX, Waterfall};
pub use welch::Density;
pub use window::Window;
