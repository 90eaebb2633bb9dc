//! Who may use whom, and which heavy packages may be where.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::root;

/// Our crates and what each may use of ours (tests left out). The order is that of the layers.
const MAY_USE: &[(&str, &[&str])] = &[
    ("gemba-plant", &[]),
    ("gemba-connect", &["plant"]),
    ("gemba-store", &["plant"]),
    ("gemba-flow", &["plant"]),
    ("gemba-learn", &["plant"]),
    ("gemba-act", &["plant"]),
    ("gemba-solutions", &["plant", "learn", "act"]),
    ("gemba-query", &["plant", "store"]),
    ("gemba-node", &["plant", "connect", "store", "flow", "learn", "act", "solutions", "query"]),
    ("gemba-sim", &["plant"]),
    ("gemba-server", &["plant", "connect", "store", "act", "query", "node"]),
    ("gemba", &["plant", "connect", "store", "act", "query", "node", "sim", "server"]),
    ("gemba-testkit", &["plant"]),
    ("gemba-bench", &["plant", "store", "flow", "learn", "act", "solutions", "sim", "testkit"]),
    ("xtask", &[]),
];

/// Heavy packages and the only crates of ours that may reach them directly.
const HEAVY: &[(&str, &[&str])] = &[
    ("datafusion", &["gemba-query"]),
    ("parquet", &["gemba-store", "gemba-query", "gemba-connect"]),
    ("async-opcua", &["gemba-connect", "gemba-sim"]),
    ("mqtt5", &["gemba-connect", "gemba-sim"]),
    ("rusqlite", &["gemba-node"]),
    ("tokio-postgres", &["gemba-connect"]),
    ("axum", &["gemba-server"]),
    ("nalgebra", &["gemba-learn"]),
    ("clap", &["gemba", "gemba-bench", "xtask"]),
];

/// Packages that must not be below a crate at all, however deep.
const NEVER_BELOW: &[(&str, &[&str])] = &[
    ("gemba-plant", &["tokio", "parquet", "datafusion", "tracing"]),
    ("gemba-learn", &["tokio", "parquet", "datafusion", "rusqlite"]),
    ("gemba-act", &["tokio", "parquet", "datafusion", "rusqlite"]),
    ("gemba-solutions", &["tokio", "parquet", "datafusion", "rusqlite"]),
    ("gemba-store", &["datafusion", "axum"]),
    ("gemba-connect", &["datafusion", "axum", "rusqlite"]),
];

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Direct dependencies (not those for tests) of every crate of the workspace.
fn direct(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let ours: BTreeSet<&str> =
        metadata["workspace_members"].as_array().unwrap().iter().map(|m| m.as_str().unwrap()).collect();
    let packages = metadata["packages"].as_array().unwrap().iter().filter(|p| ours.contains(p["id"].as_str().unwrap()));
    packages
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let normal = dependencies.filter(|d| d["kind"].is_null()).map(|d| d["name"].as_str().unwrap().to_owned());
            (package["name"].as_str().unwrap().to_owned(), normal.collect())
        })
        .collect()
}

#[test]
fn crates_use_only_what_stands_below_them() {
    let direct = direct(&metadata());
    let table: BTreeMap<&str, BTreeSet<String>> =
        MAY_USE.iter().map(|(name, may)| (*name, may.iter().map(|m| format!("gemba-{m}")).collect())).collect();
    for (name, uses) in &direct {
        let may = table
            .get(name.as_str())
            .unwrap_or_else(|| panic!("crate {name} is not in MAY_USE: add it, with a page in docs/decisions"));
        let ours: BTreeSet<String> = uses.iter().filter(|u| u.starts_with("gemba-")).cloned().collect();
        let beyond: Vec<_> = ours.difference(may).collect();
        assert!(
            beyond.is_empty(),
            "{name} uses {beyond:?}: a new edge needs a page in docs/decisions and a line in MAY_USE"
        );
        let unused: Vec<_> = may.difference(&ours).collect();
        assert!(unused.is_empty(), "MAY_USE lets {name} use {unused:?}, which it does not: take it out");
    }
    for name in table.keys() {
        assert!(direct.contains_key(*name), "MAY_USE names {name}, which is gone: take the line out");
    }
}

#[test]
fn heavy_packages_stay_in_their_leaf() {
    let direct = direct(&metadata());
    for (package, only) in HEAVY {
        for (name, uses) in &direct {
            assert!(
                !uses.contains(*package) || only.contains(&name.as_str()),
                "{name} depends on {package}, which only {only:?} may"
            );
        }
        let unused: Vec<_> =
            only.iter().filter(|name| !direct.get(**name).is_some_and(|u| u.contains(*package))).collect();
        assert!(unused.is_empty(), "HEAVY lets {unused:?} use {package}, which they do not: take them out");
    }
}

#[test]
fn light_crates_stay_light_all_the_way_down() {
    let metadata = metadata();
    let nodes: BTreeMap<&str, Vec<&str>> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            let below = node["deps"].as_array().unwrap().iter();
            let normal = below.filter(|d| d["dep_kinds"].as_array().unwrap().iter().any(|k| k["kind"].is_null()));
            (node["id"].as_str().unwrap(), normal.map(|d| d["pkg"].as_str().unwrap()).collect())
        })
        .collect();
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["id"].as_str().unwrap(), p["name"].as_str().unwrap()))
        .collect();
    for (ours, never) in NEVER_BELOW {
        let start = names.iter().find(|(_, name)| *name == ours).map(|(id, _)| *id).unwrap();
        let mut seen = BTreeSet::from([start]);
        let mut open = vec![start];
        while let Some(id) = open.pop() {
            for below in nodes.get(id).into_iter().flatten() {
                if seen.insert(below) {
                    open.push(below);
                }
            }
        }
        let found: Vec<_> = seen.iter().filter_map(|id| names.get(id)).filter(|name| never.contains(*name)).collect();
        assert!(found.is_empty(), "{ours} reaches {found:?}");
    }
}

#[test]
fn every_crate_inherits_the_lints() {
    for manifest in super::files(&root(), &["Cargo.toml"]) {
        let text = std::fs::read_to_string(&manifest).unwrap();
        assert!(
            text.contains("[workspace]") || text.contains("[lints]\nworkspace = true"),
            "{}: add [lints] workspace = true",
            super::short(&manifest)
        );
    }
}
