//! `gemba schema`: JSON Schema for editors, made from the types themselves.

use gemba_node::config::{Schema, schema};

use crate::cli::SchemaOf;
use crate::exit::Exit;

pub(crate) fn run(of: SchemaOf) -> Result<(), Exit> {
    let value = match of {
        SchemaOf::Gemba => schema(Schema::Gemba),
        SchemaOf::Plant => schema(Schema::Plant),
        SchemaOf::Templates => serde_json::to_value(gemba_plant::Template::all())?,
    };
    say!("{}", serde_json::to_string_pretty(&value)?);
    Ok(())
}
