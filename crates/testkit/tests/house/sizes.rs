//! Files and functions short enough to be proved by reading.

use std::path::Path;

use syn::spanned::Spanned;
use syn::visit::Visit;

use super::{files, root, short};

/// Lines of a file, its tests included.
const FILE_MAX: usize = 500;
/// Lines of a function, signature and braces included.
const FUNCTION_MAX: usize = 70;

/// How the first line of a file ends that a program made: nobody reads it to prove it.
const GENERATED: &str = "Do not edit.";

#[test]
fn files_stay_short() {
    let mut faults = Vec::new();
    for path in files(&root(), &[".rs", ".ts", ".svelte"]) {
        let text = std::fs::read_to_string(&path).unwrap();
        if text.lines().next().is_some_and(|first| first.ends_with(GENERATED)) {
            continue;
        }
        let lines = text.lines().count();
        if lines > FILE_MAX {
            faults.push(format!("{}: {lines} lines, at most {FILE_MAX}: split it by what it does", short(&path)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[derive(Default)]
struct Functions(Vec<(String, usize)>);

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.0.push((item.sig.ident.to_string(), lines(item)));
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.0.push((item.sig.ident.to_string(), lines(item)));
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.0.push((item.sig.ident.to_string(), lines(item)));
        syn::visit::visit_trait_item_fn(self, item);
    }
}

fn lines(item: &impl Spanned) -> usize {
    let span = item.span();
    span.end().line - span.start().line + 1
}

fn functions(path: &Path) -> Vec<(String, usize)> {
    let text = std::fs::read_to_string(path).unwrap();
    let file = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", short(path)));
    let mut found = Functions::default();
    found.visit_file(&file);
    found.0
}

#[test]
fn functions_stay_short() {
    let mut faults = Vec::new();
    for path in files(&root(), &[".rs"]) {
        for (function, lines) in functions(&path).into_iter().filter(|(_, lines)| *lines > FUNCTION_MAX) {
            faults.push(format!("{}: fn {function} has {lines} lines, at most {FUNCTION_MAX}", short(&path)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
