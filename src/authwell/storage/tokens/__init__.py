"""Grants and what they become: interactions, codes, tokens, consents."""
