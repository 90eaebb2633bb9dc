//! The files of a set, found by listing.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// All files whose names end in `ending` (upper or lower case) below `data/set`, or below `data` when there is no such
/// folder; by path.
///
/// # Errors
/// When a folder cannot be listed.
pub(crate) fn below(data: &Path, set: &str, ending: &str) -> anyhow::Result<Vec<PathBuf>> {
    let own = data.join(set);
    all(if own.is_dir() { &own } else { data }, ending)
}

/// What `read` makes of each file that [`below`] finds, and how many could not be used. What it answers with none for is
/// no part of the set.
///
/// # Errors
/// When a folder cannot be listed.
pub(crate) fn read_each<T>(
    (data, set, ending): (&Path, &str, &str),
    read: impl Fn(&Path) -> anyhow::Result<Option<T>>,
) -> anyhow::Result<(Vec<T>, usize)> {
    let (mut all, mut skipped) = (Vec::new(), 0);
    for path in &below(data, set, ending)? {
        match read(path) {
            Ok(one) => all.extend(one),
            Err(_) => skipped += 1,
        }
    }
    Ok((all, skipped))
}

/// All files whose names end in `ending` (upper or lower case) in a folder and below it; by path.
///
/// # Errors
/// When a folder cannot be listed.
pub(crate) fn all(folder: &Path, ending: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(folder, ending, &mut found).with_context(|| format!("listing {}", folder.display()))?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        if path.is_dir() {
            collect(&path, ending, found)?;
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    Ok(())
}
