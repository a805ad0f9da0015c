"""The parts of the API that show a person their own account, under the names of all documents."""

from authwell.middleware.api.operations import Api

at_users = Api("users", "/users", prefixes=("/api/v1",))
at_auth = Api("profile", "/auth", prefixes=("/api/v1", "/api"))
"""`/auth/me` and `/auth/profile/me` are the same as `/users/me` (REQUIREMENTS.md K17)."""
