//! JSON Schema of everything a person writes, made from the types themselves.

use super::raw::{GembaFile, PlantFile};

/// Which file a schema is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// `gemba.toml`.
    Gemba,
    /// `plant/*.toml`.
    Plant,
}

/// The JSON Schema (draft 2020-12) of a file.
pub fn schema(of: Schema) -> serde_json::Value {
    match of {
        Schema::Gemba => schemars::schema_for!(GembaFile),
        Schema::Plant => schemars::schema_for!(PlantFile),
    }
    .to_value()
}
