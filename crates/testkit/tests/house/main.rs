//! The rules of the house, as tests. Each says in its message what to do when it is broken.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

mod documents;
mod edges;
mod sizes;
mod words;

use std::path::{Path, PathBuf};

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// Every file below `dir` with one of these endings, sorted; build outputs and packages of others left out.
fn files(dir: &Path, endings: &[&str]) -> Vec<PathBuf> {
    const LEFT_OUT: [&str; 6] = ["target", "node_modules", "dist", ".git", "test-results", ".venv"];
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()) {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if entry.is_dir() && !LEFT_OUT.contains(&name.as_str()) && !name.starts_with("target-") {
                folders.push(entry);
            } else if endings.iter().any(|ending| name.ends_with(ending)) && entry.is_file() {
                found.push(entry);
            }
        }
    }
    found.sort();
    found
}

/// A path as people read it, from the root.
fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
