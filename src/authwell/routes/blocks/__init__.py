"""`/blocks`: what administrators shut out, and what failed attempts have locked (L10)."""
