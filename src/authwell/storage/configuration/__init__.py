"""What is declared: read, changed and written in one transaction."""
