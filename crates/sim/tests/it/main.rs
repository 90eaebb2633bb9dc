//! The virtual plant from outside: what it computes, and what real clients hear at its doors.

mod doors;
mod physics;
mod seeds;
mod support;
