//! A whole node on recorded files: stored, looked at, restarted.

mod config;
mod files;
