"""Invitations: administrators let people make accounts with roles, by mail."""
