//! Gradient boosting over histograms (Friedman 2001; histograms and leaf-wise growth after Ke et al. 2017,
//! "LightGBM"): one thread, the same trees byte for byte from the same rows and seed.
//!
//! ```
//! use gemba_learn::boost::{Boost, Config, Table, Training};
//!
//! let load: Vec<f64> = (0..200).map(f64::from).collect();
//! let wear: Vec<f64> = load.iter().map(|l| 0.5 * l).collect();
//! let table = Table::new(&[load])?;
//! let model = Boost::fit(&Training::of(&table, &wear), &Config::default())?;
//! assert!((model.predict(&[100.0]) - 50.0).abs() < 3.0);
//! # Ok::<(), gemba_learn::Error>(())
//! ```

mod bins;
mod fit;
mod grow;
mod histogram;
mod loss;
mod tree;

pub use bins::Table;
pub use fit::{Boost, Config, Training};
pub use loss::Loss;
pub use tree::Tree;

pub(crate) use bins::MISSING;
pub(crate) use grow::part;
pub(crate) use tree::Node;

#[cfg(test)]
mod tests;
