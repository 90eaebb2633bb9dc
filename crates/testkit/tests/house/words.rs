//! Words and lines that must not be there.

use syn::spanned::Spanned;
use syn::visit::Visit;

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

/// Lines of `matches!(…);` that stand as a statement, however many lines each takes.
#[derive(Default)]
struct Bare(Vec<usize>);

impl<'a> Visit<'a> for Bare {
    fn visit_stmt_macro(&mut self, one: &'a syn::StmtMacro) {
        if one.mac.path.is_ident("matches") && one.semi_token.is_some() {
            self.0.push(one.mac.path.span().start().line);
        }
    }
}

#[test]
fn a_thrown_away_answer_is_found_over_several_lines() {
    let text = "fn f() {\n    matches!(a, A);\n    let b = matches!(a, A);\n    assert!(matches!(a, A));\n    matches!(\n        a,\n        A\n    );\n    matches!(a, A)\n}\n";
    let mut bare = Bare::default();
    bare.visit_file(&syn::parse_file(text).unwrap());
    assert_eq!(bare.0, [2, 5]);
}

#[test]
fn no_matches_whose_answer_is_thrown_away() {
    let mut found = Vec::new();
    for path in files(&root(), &[".rs"]) {
        let Ok(file) = syn::parse_file(&std::fs::read_to_string(&path).unwrap()) else { continue };
        let mut bare = Bare::default();
        bare.visit_file(&file);
        found.extend(bare.0.iter().map(|line| format!("{}:{line}", short(&path))));
    }
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
