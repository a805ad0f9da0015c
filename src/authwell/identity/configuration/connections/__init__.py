"""What ties a tenant to other systems, as documents have it: webhooks, integrations, domains.

Secrets go in by reference or by value, and come out sealed if that is asked for: those that a
document leaves out are made, and told once to whoever applies it. Members that are left out stay
as they are.
"""
