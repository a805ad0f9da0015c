"""The frame of the first-party JSON API: operations as a table, one way in, one mapping of errors."""
