"""`/console`: the pages of administrators."""
