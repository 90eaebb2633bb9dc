//! A topic's place in the namespace.

use gemba_plant::AssetPath;

/// The proposal for where the value at `field` of `topic` belongs; empty when none can be made.
///
/// Prefixes of conventions (`umh/v1`) and data contracts (segments that begin with `_`) say how a value travels,
/// not where it belongs, and are left out.
pub(crate) fn proposed_path(topic: &str, field: &str) -> String {
    let topic = topic.strip_prefix("umh/v1/").or_else(|| topic.strip_prefix("umh.v1/")).unwrap_or(topic);
    let places = topic.split('/').filter(|segment| !segment.is_empty() && !segment.starts_with('_'));
    let parts = field.split(['.', '[', ']']).filter(|part| !part.is_empty());
    let all: Vec<&str> = places.chain(parts).collect();
    if all.len() > AssetPath::DEPTH_MAX {
        return String::new();
    }
    AssetPath::slug(&all.join("/")).map(String::from).unwrap_or_default()
}

/// The address of a value, as it stands in a binding: `topic` or `topic#field`.
pub(crate) fn address(topic: &str, field: &str) -> String {
    if field.is_empty() { topic.to_owned() } else { format!("{topic}#{field}") }
}

/// The topic of an address.
pub(crate) fn of(address: &str) -> &str {
    address.split_once('#').map_or(address, |(topic, _)| topic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_leave_conventions_out() {
        for (topic, field, want) in [
            ("acme/north/pump-1/flow", "", "acme/north/pump-1/flow"),
            ("ACME/North Hall/Pump 1/_raw/Flow", "", "acme/north-hall/pump-1/flow"),
            ("umh/v1/acme/north/_historian/motor/current", "", "acme/north/motor/current"),
            ("acme/pump", "motor.current[0]", "acme/pump/motor/current/0"),
            ("//", "", ""),
            ("a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/b", "", ""),
        ] {
            assert_eq!(proposed_path(topic, field), want, "{topic}#{field}");
        }
    }
}
