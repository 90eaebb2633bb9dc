//! Words and lines that must not be there.

use super::{files, root, short};

/// This file names what it looks for.
const SELF: &str = "crates/testkit/tests/house/words.rs";

fn lines_with(endings: &[&str], bad: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(&root(), endings).iter().filter(|p| short(p) != SELF) {
        let text = std::fs::read_to_string(path).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| bad(line)) {
            found.push(format!("{}:{}: {}", short(path), number + 1, line.trim()));
        }
    }
    found
}

#[test]
fn no_matches_whose_answer_is_thrown_away() {
    let found =
        lines_with(&[".rs"], |line| line.trim_start().starts_with("matches!(") && line.trim_end().ends_with(");"));
    assert!(found.is_empty(), "wrap it in assert!:\n{}", found.join("\n"));
}

#[test]
fn nothing_is_left_unfinished() {
    let words = ["todo!(", "unimplemented!(", "TODO", "FIXME", "coming soon", "not yet implemented"];
    let found = lines_with(&[".rs", ".ts", ".svelte"], |line| words.iter().any(|word| line.contains(word)));
    assert!(found.is_empty(), "finish it or take it out:\n{}", found.join("\n"));
}

#[test]
fn no_test_is_switched_off() {
    let found = lines_with(&[".rs"], |line| line.contains("#[ignore"));
    assert!(found.is_empty(), "make it fast or move it to `cargo xtask bench`:\n{}", found.join("\n"));
}

#[test]
fn no_path_of_a_machine_and_no_download_address() {
    let found = lines_with(&[".rs", ".ts", ".svelte", ".md", ".toml", ".json"], |line| {
        ["\"/work/", " /work/", "/root/", "registry.npmjs", "index.crates.io", "pypi.org"]
            .iter()
            .any(|word| line.contains(word))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}
