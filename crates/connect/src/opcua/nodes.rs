//! Addresses of nodes as people write them.

use std::str::FromStr;

use gemba_plant::AssetPath;
use opcua::types::{Identifier, NamespaceMap, NodeId};

use crate::Error;

/// Reads `ns=2;s=Pump1.Flow`, `i=85`, or `nsu=http://maker/model;s=Pump1.Flow`, which stays right when the server
/// numbers its namespaces anew.
///
/// # Errors
/// When it cannot be meant, or the server does not know the namespace.
pub(super) fn parse(text: &str, namespaces: &NamespaceMap) -> Result<NodeId, Error> {
    let fail = |why: &str| Error::Address { address: text.to_owned(), why: why.to_owned() };
    let text = text.trim();
    let plain = match text.strip_prefix("nsu=") {
        None => text.to_owned(),
        Some(rest) => {
            let (uri, id) = split(rest).ok_or_else(|| fail("has no identifier after the namespace"))?;
            let index =
                namespaces.get_index(uri).ok_or_else(|| fail("names a namespace that the server does not have"))?;
            format!("ns={index};{id}")
        }
    };
    NodeId::from_str(&plain).map_err(|_code| fail("is no node; write it like ns=2;s=Pump1.Flow or ns=2;i=1001"))
}

/// Whether an address can be meant, whatever namespaces the server has.
///
/// # Errors
/// When it cannot be meant.
pub(super) fn check(text: &str) -> Result<(), Error> {
    let mut namespaces = NamespaceMap::new();
    if let Some(rest) = text.trim().strip_prefix("nsu=") {
        namespaces.add_namespace(split(rest).map_or(rest, |(uri, _)| uri));
    }
    parse(text, &namespaces).map(drop)
}

/// Namespace and identifier. A namespace may hold a semicolon itself: the identifier is what follows the first one that
/// begins one.
fn split(rest: &str) -> Option<(&str, &str)> {
    let at = ["i=", "s=", "g=", "b="].iter().filter_map(|kind| rest.find(&format!(";{kind}"))).min()?;
    Some((rest.get(..at)?, rest.get(at + 1..)?))
}

/// A place in the namespace for a node: what its identifier suggests, `ns=2;s=Pump1.Flow` → `pump1/flow`, else the names of the
/// folders above it and its own.
pub(super) fn place(node: &NodeId, above: &[String], name: &str) -> String {
    let slug = |path: &str| AssetPath::slug(path).map(String::from).unwrap_or_default();
    if let Identifier::String(id) = &node.identifier {
        let told = slug(&id.as_ref().replace(['.', '|', '\\'], "/").replace(['"', '[', ']'], " "));
        if told.contains('/') {
            return told;
        }
    }
    let names = above.iter().map(String::as_str).chain([name]);
    slug(&names.map(|name| name.replace('/', "-")).collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_by_number_or_name_of_the_namespace() {
        let mut namespaces = NamespaceMap::new();
        namespaces.add_namespace("http://maker/x");
        let index = namespaces.get_index("http://maker/x").unwrap();
        assert_eq!(parse("ns=2;s=Pump 1.Flow", &namespaces).unwrap(), NodeId::new(2, "Pump 1.Flow"));
        assert_eq!(parse("i=85", &namespaces).unwrap(), NodeId::new(0, 85_u32));
        assert_eq!(parse("nsu=http://maker/x;s=a;b", &namespaces).unwrap(), NodeId::new(index, "a;b"));
        for bad in ["", "Pump", "ns=x;i=1", "ns=2;i=x", "nsu=http://other;i=1", "nsu=http://maker/x"] {
            assert!(parse(bad, &namespaces).is_err(), "{bad}");
        }
        for (text, readable) in [
            ("ns=2;s=a", true),
            ("nsu=http://any;s=a;b", true),
            ("nsu=http://any", false),
            ("Pump", false),
            ("", false),
        ] {
            assert_eq!(check(text).is_ok(), readable, "{text}");
        }
    }

    #[test]
    fn identifiers_suggest_places() {
        let above = ["Hall A/B".to_owned(), "Pump 1".to_owned()];
        for (node, path) in [
            (NodeId::new(2, "Plant.Pump 1.Flow"), "plant/pump-1/flow"),
            (NodeId::new(3, "\"DB1\".\"Motor\"[2]"), "db1/motor-2"),
            (NodeId::new(2, 7_u32), "hall-a-b/pump-1/flow-rate"),
            (NodeId::new(2, "Flow"), "hall-a-b/pump-1/flow-rate"),
        ] {
            assert_eq!(place(&node, &above, "Flow Rate"), path, "{node}");
        }
    }
}
