"""Settings, read once at start into one frozen value."""
