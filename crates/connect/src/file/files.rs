//! Which files are meant.

use std::path::{Path, PathBuf};

use crate::Error;

/// The most files that one replay may hold: a folder of a file a second for a day.
const FILES_MAX: usize = 100_000;

/// The files that some patterns mean, each pattern's sorted by name.
///
/// # Errors
/// When a pattern means no file, or a folder cannot be read.
pub(super) fn find(patterns: &[String]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for pattern in patterns {
        let fail = |why: String| Error::File { path: pattern.clone(), why };
        let mut found = matching(Path::new(pattern)).map_err(|e| fail(e.to_string()))?;
        if found.is_empty() {
            return Err(fail("no such file; check the path and the pattern".into()));
        }
        found.sort();
        files.extend(found);
        if files.len() > FILES_MAX {
            return Err(fail(format!("more than {FILES_MAX} files")));
        }
    }
    Ok(files)
}

fn matching(pattern: &Path) -> std::io::Result<Vec<PathBuf>> {
    if pattern.is_file() {
        return Ok(vec![pattern.to_owned()]);
    }
    if pattern.is_dir() {
        return list(pattern, |name| {
            let end = name.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
            // what an office program locks begins with ~
            !name.starts_with(['.', '~'])
                && ["csv", "txt", "tsv", "dat", "parquet", "pq", "gz", "zip", "xlsx", "xlsm", "ods"]
                    .contains(&end.as_str())
        });
    }
    let folder = pattern.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = pattern.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !folder.is_dir() || !wanted.contains(['*', '?']) {
        return Ok(Vec::new());
    }
    list(folder, |name| fits(wanted.as_bytes(), name.as_bytes()))
}

fn list(folder: &Path, wanted: impl Fn(&str) -> bool) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() && path.file_name().is_some_and(|name| wanted(&name.to_string_lossy())) {
            files.push(path);
        }
    }
    Ok(files)
}

/// Whether a name fits a pattern of `*` (any run) and `?` (any one byte). Linear but for the last `*`.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == b'?' || name.get(n) == Some(c) => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                p = at + 1;
                n = from + 1;
            }
        }
    }
    pattern.iter().skip(p).all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, name, want) in [
            ("*.csv", "a.csv", true),
            ("*.csv", "a.csv.bak", false),
            ("run-?.txt", "run-7.txt", true),
            ("run-?.txt", "run-77.txt", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xxbxxa", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern.as_bytes(), name.as_bytes()), want, "{pattern} {name}");
        }
    }

    #[test]
    fn folders_and_patterns_are_sorted_and_missing_ones_are_told() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.csv", "c.txt", ".hidden.csv", "note.md"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let names = |pattern: String| -> Vec<String> {
            find(&[pattern]).unwrap().iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        let at = folder.path().display();
        assert_eq!(names(format!("{at}")), ["a.csv", "b.csv", "c.txt"]);
        assert_eq!(names(format!("{at}/?.csv")), ["a.csv", "b.csv"]);
        assert!(find(&[format!("{at}/*.parquet")]).is_err());
    }
}
