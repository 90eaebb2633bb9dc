//! How long something lasts, from few failures or none: an index of its health, where the index goes, and when it
//! arrives at the level of failure. The answer is always a range.
//!
//! ```
//! use gemba_learn::life::{Course, Range};
//!
//! // bearing vibration, mm/s, once a day: it grows by 2 % a day
//! let days: Vec<f64> = (0..60).map(f64::from).collect();
//! let vibration: Vec<f64> = days.iter().map(|d| 2.0 * (0.02 * d).exp() + 0.02 * (d * 7.0).sin()).collect();
//! let path = Course::fit(&days, &vibration)?;
//! let range = Range::of(&path.futures(11.0, 300, 1), 0.9);
//! assert!(range.lo < 26.2 && 26.2 < range.hi, "{range:?}"); // ln(11 / 2) / 0.02 − 59
//! # Ok::<(), gemba_learn::Error>(())
//! ```

mod course;
mod cover;
mod drift;
mod fade;
mod fraction;
mod growth;
mod health;
mod margin;
mod monotone;
mod past;
mod range;
mod similar;

pub use course::Course;
pub use cover::Cover;
pub use drift::{Drift, Scale};
pub use fade::{Fade, FadePath, straight_on};
pub use fraction::{LifeFraction, Record, equally_likely};
pub use growth::Growth;
pub use health::HealthIndex;
pub use margin::Misses;
pub use monotone::{falling, monotonicity, rising};
pub use past::own_past;
pub use range::Range;
pub use similar::Similar;
