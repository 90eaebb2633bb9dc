//! Faults that the real program survives: killed, cut off, full, lied to. Each test starts `gemba` as a person does.

mod commands;
mod device;
mod disk;
mod house;
mod kill;
mod noise;
mod plc;
