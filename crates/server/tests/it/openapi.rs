//! The OpenAPI document is a golden file: a changed address is a visible difference.

use std::path::Path;

/// Set to anything to write the golden file anew.
const UPDATE: &str = "GEMBA_UPDATE_GOLDEN";

#[test]
fn the_document_is_the_golden_file() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let made = gemba_server::openapi();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&golden, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&golden).unwrap_or_default();
    let difference = kept.lines().zip(made.lines()).position(|(a, b)| a != b);
    assert!(
        kept == made,
        "openapi.json differs from line {difference:?} on; run with {UPDATE}=1, then `npm run types` in web/, and look at \
         the difference"
    );
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
    let document: serde_json::Value = serde_json::from_str(&gemba_server::openapi()).unwrap();
    let mut references = Vec::new();
    collect(&document, &mut references);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
    let paths = document["paths"].as_object().unwrap();
    let mut names: Vec<&str> = paths
        .values()
        .flat_map(|p| p.as_object().unwrap().values())
        .map(|o| o["operationId"].as_str().unwrap())
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

fn collect(value: &serde_json::Value, references: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(|r| r.as_str()).map(str::to_owned));
            fields.values().for_each(|v| collect(v, references));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|v| collect(v, references)),
        _ => {}
    }
}
