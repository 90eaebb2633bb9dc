//! A virtual plant with physics and known faults that speaks the real protocols.
