//! Runs operators over ordered batches: bounded queues, event time, watermarks, ticks, checkpoints, replay.
