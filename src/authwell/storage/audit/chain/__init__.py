"""The hash chain of the audit log: how events are numbered, read in that order, and taken away."""
