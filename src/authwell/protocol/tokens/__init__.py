"""Tokens: issuing, reading and ending them."""
