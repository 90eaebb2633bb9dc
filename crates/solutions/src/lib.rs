//! What a plant wants solved; operators that end in findings.

pub mod maintenance;
