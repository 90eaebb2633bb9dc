//! Protocols: how machines speak to Gemba, one folder each.
