//! Public benchmarks and peers.
