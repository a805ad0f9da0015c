"""The audit log as a whole: chained, signed, shipped, verified, shown, exported, archived."""
