//! One running Gemba: sources, store, flow, alarms, wired as a list of named steps.
