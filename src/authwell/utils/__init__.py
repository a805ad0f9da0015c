"""Small things that would make sense in any program; imports nothing else of Authwell."""
