"""Who may do what: scopes of our own APIs, rules against escalation, and their administration."""
