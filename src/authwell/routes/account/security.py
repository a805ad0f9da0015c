"""The page of all that lets a person in, from which it is changed."""

from flask import Response

from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import authorization_server, site
from authwell.routes.account.password import has_password


def show() -> Response:
    """What there is, and what can be done with it."""
    server, account = authorization_server(), person().account
    return account_page(
        "account/security.html",
        "security",
        has_password=has_password(),
        enrolled=site().second_factors.enrolled(server, account),
        passkeys=site().passkeys.keyring.list(server.tenant.id, account.id),
    )
