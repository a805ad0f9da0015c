"""What clients own and are given: secrets, keys, consent, registration."""
