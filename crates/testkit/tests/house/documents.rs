//! Documents that name files must not outlive them.

use super::{files, root, short};

/// Words in back-ticks that look like paths of this repository.
fn named_paths(text: &str) -> Vec<String> {
    const ROOTS: [&str; 7] = ["crates/", "web/", "docs/", "xtask/", ".ci/", "examples/", "interop/"];
    let spans = text.split('`').skip(1).step_by(2);
    let words = spans.filter(|span| ROOTS.iter().any(|r| span.starts_with(r)) && !span.contains(['*', '<', ' ', '{']));
    words.map(|w| w.split(['#', ':']).next().unwrap_or(w).trim_end_matches('/').to_owned()).collect()
}

/// Made by a build, so not there in a fresh clone.
const BUILT: [&str; 1] = ["web/dist"];

#[test]
fn every_path_named_in_a_document_exists() {
    let mut gone = Vec::new();
    for document in files(&root(), &[".md"]) {
        let text = std::fs::read_to_string(&document).unwrap();
        for path in named_paths(&text).into_iter().filter(|p| !BUILT.contains(&p.as_str())) {
            if !root().join(&path).exists() {
                gone.push(format!("{} names {path}", short(&document)));
            }
        }
    }
    assert!(gone.is_empty(), "correct the name or take it out:\n{}", gone.join("\n"));
}

#[test]
fn decisions_are_numbered_without_holes_and_short() {
    let pages = files(&root().join("docs/decisions"), &[".md"]);
    for (number, page) in pages.iter().enumerate() {
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.starts_with(&format!("{:04}-", number + 1)), "{name} should be number {:04}", number + 1);
        let lines = std::fs::read_to_string(page).unwrap().lines().count();
        assert!(lines <= 120, "{name} has {lines} lines, at most 120");
    }
}
