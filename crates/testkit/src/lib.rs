//! Test helpers: a fake clock, a faulty disk, golden files; and the house rules.
