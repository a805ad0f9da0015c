"""Administrators who talk to the first-party API."""

from tests.routes.api.people import add_account, change_account
from tests.routes.api.talking import Talker

ADA = "ada"


def administrator_token(api: Talker, username: str = ADA, *roles: str) -> str:
    """An access token of a new account with these roles; `admin` if none is named."""
    add_account(api, username, email=f"{username}@people.example", email_verified=True)
    change_account(api, username, roles=list(roles or ("admin",)))
    return str(api.log_in(username)["access_token"])
