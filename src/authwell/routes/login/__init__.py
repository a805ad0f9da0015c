"""The pages on which a person logs in, consents and logs out."""
