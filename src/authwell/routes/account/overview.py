"""The first page: who one is here, and what there is to look after."""

from flask import Response

from authwell.middleware.account_pages import account_page, person


def show() -> Response:
    """The page."""
    account = person().account
    return account_page(
        "account/overview.html",
        "overview",
        username=account.username,
        email=account.email,
        email_verified=account.email_verified,
    )
