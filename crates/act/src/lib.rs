//! Pure decisions: the alarm life cycle and its journal.
