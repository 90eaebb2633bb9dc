//! How the program is linked.

#![allow(clippy::print_stdout, reason = "the way a build script speaks to cargo")]

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // a third of a million addresses are relocated at the start: packed they are 80 KB to read instead of 8 MB
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
