//! Algorithms only: signal processing, detectors, calibration; fit, then score.
