//! The files of a set, found by listing: wherever they lie below the folder that was named, whatever the folders between
//! are called. What a file is, its name and its content must say: see the suites.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::report::say;

/// Levels of folders that are looked through.
const LEVELS: usize = 8;
/// Bytes of a file in which its first line must end.
const FIRST_LINE: u64 = 1 << 16;

/// The files whose names pass, by path: those in a folder called `set` where there is such a folder with any, in `data` or
/// deeper; otherwise all in `data` and below it. What hides is passed over.
///
/// # Errors
/// When a folder cannot be listed.
pub(crate) fn find(data: &Path, set: &str, passes: impl Fn(&str) -> bool) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let own = data.join(set);
    if own.is_dir() {
        collect(&own, LEVELS, &passes, &mut found).with_context(|| format!("listing {}", own.display()))?;
    }
    if found.is_empty() {
        collect(data, LEVELS, &passes, &mut found).with_context(|| format!("listing {}", data.display()))?;
        let within =
            |p: &PathBuf| p.strip_prefix(data).is_ok_and(|rest| rest.components().any(|c| c.as_os_str() == set));
        if found.iter().any(within) {
            found.retain(within);
        }
    }
    found.sort();
    Ok(found)
}

/// As [`find`], of all files whose names end in `ending` (upper or lower case).
///
/// # Errors
/// When a folder cannot be listed.
pub(crate) fn below(data: &Path, set: &str, ending: &str) -> anyhow::Result<Vec<PathBuf>> {
    find(data, set, |name| name.to_ascii_lowercase().ends_with(ending))
}

/// As [`find`], but only the files of the folder with the shortest path that holds any.
///
/// # Errors
/// When a folder cannot be listed.
pub(crate) fn nearest(data: &Path, set: &str, passes: impl Fn(&str) -> bool) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = find(data, set, passes)?;
    let folder = found.iter().filter_map(|p| p.parent()).min_by_key(|f| f.components().count()).map(Path::to_owned);
    found.retain(|p| p.parent() == folder.as_deref());
    Ok(found)
}

/// What `read` makes of each file that [`below`] finds, and how many could not be used: those are said. What it answers
/// with none for is no part of the set.
///
/// # Errors
/// When a folder cannot be listed.
pub(crate) fn read_each<T>(
    (data, set, ending): (&Path, &str, &str),
    read: impl Fn(&Path) -> anyhow::Result<Option<T>>,
) -> anyhow::Result<(Vec<T>, usize)> {
    Ok(read_all(&below(data, set, ending)?, read))
}

/// As [`read_each`], of these files.
pub(crate) fn read_all<T>(paths: &[PathBuf], read: impl Fn(&Path) -> anyhow::Result<Option<T>>) -> (Vec<T>, usize) {
    let (mut all, mut skipped) = (Vec::new(), 0);
    for path in paths {
        match read(path) {
            Ok(one) => all.extend(one),
            Err(error) => {
                say(format!("{} is skipped: {error:#}", path.display()));
                skipped += 1;
            }
        }
    }
    (all, skipped)
}

/// Whether a file's name ends so, in capitals or not.
pub(crate) fn ends(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e.eq_ignore_ascii_case(extension))
}

/// A file's first line, without a mark in front; empty when there is none that is text.
pub(crate) fn first_line(path: &Path) -> String {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|f| f.take(FIRST_LINE).read_to_end(&mut head));
    if read.is_err() {
        return String::new();
    }
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line).trim_start_matches('\u{feff}').trim().to_owned()
}

/// A file's name; empty when it has none that is text.
pub(crate) fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|n| n.to_str()).unwrap_or_default()
}

fn collect(
    folder: &Path,
    levels: usize,
    passes: &impl Fn(&str) -> bool,
    found: &mut Vec<PathBuf>,
) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = name_of(&path);
        if name.starts_with('.') || name == "__MACOSX" {
            continue;
        }
        if !path.is_dir() {
            found.extend(passes(name).then_some(path));
        } else if levels > 0 {
            collect(&path, levels - 1, passes, found)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_the_sets_name_comes_first_and_any_other_will_do() {
        let dir = tempfile::tempdir().unwrap();
        let write = |parts: &str| {
            let path = dir.path().join(parts);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "\u{feff}a;b\r\n1;2\n").unwrap();
        };
        let names = |data: &Path| -> Vec<String> {
            below(data, "mine", ".csv").unwrap().iter().map(|p| name_of(p).to_owned()).collect()
        };
        write("other/deep/b.CSV");
        write("other/a.csv");
        write(".hidden/c.csv");
        assert_eq!(names(dir.path()), ["a.csv", "b.CSV"]);
        let near = nearest(dir.path(), "mine", |n| n.to_lowercase().ends_with("csv")).unwrap();
        assert_eq!(near, [dir.path().join("other/a.csv")]);
        write("sets/mine/d.csv");
        assert_eq!(names(dir.path()), ["d.csv"]);
        write("mine/e.csv");
        assert_eq!((names(dir.path()), names(&dir.path().join("mine"))), (vec!["e.csv".into()], vec!["e.csv".into()]));
        assert_eq!(first_line(&dir.path().join("mine/e.csv")), "a;b");
        assert_eq!(first_line(&dir.path().join("gone")), "");
        assert!(below(&dir.path().join("gone"), "mine", ".csv").is_err());
    }
}
