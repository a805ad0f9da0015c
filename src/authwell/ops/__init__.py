"""Commands, schedules and the development mode."""
