"""The pages of registration, of links in mails, and of a forgotten password."""
