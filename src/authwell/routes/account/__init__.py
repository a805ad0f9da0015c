"""The pages on which people look after their account: who they are, who has access, what happened."""
