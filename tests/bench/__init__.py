"""`./test bench`: speed, statements, memory and start-up of a running server."""
