//! Builds the pages, so that `cargo run` is all that is needed.
//!
//! When `web/dist` is missing or older than its sources and Node is there, runs `npm ci` and `npm run build`.
//! Otherwise, and when that fails, the program is built all the same and tells how to get pages. `GEMBA_WEB=skip`
//! leaves `web/` alone.

#![allow(clippy::print_stdout, reason = "the way a build script speaks to cargo")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The oldest Node that builds the pages.
const NODE_MIN: u32 = 20;
/// What the pages are made of, below `web/`.
const SOURCES: &[&str] = &[
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "svelte.config.js",
    "tsconfig.json",
];

fn main() {
    println!("cargo:rerun-if-env-changed=GEMBA_WEB");
    println!("cargo:rerun-if-changed=build.rs");
    let why = match web() {
        Ok(()) => String::new(),
        Err(why) => {
            println!("cargo:warning={why}");
            why
        }
    };
    println!("cargo:rustc-env=GEMBA_WEB_WHY={why}");
}

/// Sees to it that `web/dist` holds the pages; says in one sentence why it does not.
fn web() -> Result<(), String> {
    let home = std::env::var("CARGO_MANIFEST_DIR").map_err(|e| e.to_string())?;
    let web = Path::new(&home).join("../../web");
    let dist = web.join("dist");
    // the macro that embeds the pages wants the folder to be there
    std::fs::create_dir_all(&dist).map_err(|e| format!("The folder web/dist cannot be made: {e}."))?;
    if std::env::var("GEMBA_WEB").is_ok_and(|v| v == "skip") {
        return if dist.join("index.html").exists() { Ok(()) } else { Err("It was built with GEMBA_WEB=skip.".into()) };
    }
    for source in SOURCES.iter().map(|name| web.join(name)).filter(|path| path.exists()) {
        println!("cargo:rerun-if-changed={}", source.display());
    }
    // while it is missing cargo runs this again each time, so that a Node that was installed meanwhile is found
    println!("cargo:rerun-if-changed={}", dist.join("index.html").display());
    let sources = newest(&web).ok_or("The folder web with the sources of the pages is missing.")?;
    if modified(&dist.join("index.html")).is_some_and(|built| built >= sources) {
        return Ok(());
    }
    let built = node().and_then(|()| build(&web)).and_then(|()| mark(&dist, sources));
    match built {
        Err(why) if dist.join("index.html").exists() => {
            println!("cargo:warning=The pages are older than their sources. {why}");
            Ok(())
        }
        other => other,
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|m| m.modified()).ok()
}

/// When the youngest source was changed.
fn newest(web: &Path) -> Option<SystemTime> {
    let mut left: Vec<PathBuf> = SOURCES.iter().map(|name| web.join(name)).collect();
    let mut newest = None;
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).ok()?.filter_map(|entry| Some(entry.ok()?.path())));
        } else {
            newest = newest.max(modified(&path));
        }
    }
    newest
}

/// Whether there is a Node that builds the pages.
fn node() -> Result<(), String> {
    let want = format!("Node.js {NODE_MIN} or newer builds the pages");
    let told =
        Command::new("node").arg("--version").output().map_err(|e| format!("{want}, and there is none here ({e})."))?;
    let version = String::from_utf8_lossy(&told.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major >= NODE_MIN) { Ok(()) } else { Err(format!("{want}, here is {version}.")) }
}

fn build(web: &Path) -> Result<(), String> {
    let lock = modified(&web.join("package-lock.json"));
    if modified(&web.join("node_modules/.package-lock.json")) < lock {
        npm(web, &["ci", "--no-audit", "--no-fund"])?;
    }
    npm(web, &["run", "build"])
}

fn npm(web: &Path, args: &[&str]) -> Result<(), String> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let command = format!("npm {}", args.join(" "));
    let ran = Command::new(program)
        .args(args)
        .current_dir(web)
        .output()
        .map_err(|e| format!("{command} does not start: {e}."))?;
    if ran.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&ran.stderr);
    let line = told.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    Err(format!("{command} failed in web/: {line}"))
}

/// Gives the result the time of its sources: cargo compares with the time at which this script started, and would
/// run it again for a result that is younger.
fn mark(dist: &Path, sources: SystemTime) -> Result<(), String> {
    let index = dist.join("index.html");
    let file = std::fs::File::options()
        .write(true)
        .open(&index)
        .map_err(|e| format!("The build left no {}: {e}.", index.display()))?;
    file.set_modified(sources).map_err(|e| format!("The time of web/dist/index.html cannot be set: {e}."))
}
