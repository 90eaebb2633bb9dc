//! Operators of maintenance on synthetic machines with known faults.

mod maintenance;
