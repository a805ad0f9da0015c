"""`/auth`: logging in by JSON, and what a person proves themselves with."""
