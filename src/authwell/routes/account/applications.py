"""The page of connected applications (FEATURES.md 1.12, 6.5)."""

from flask import Response, request

from authwell.identity.clients.applications import Applications
from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.middleware.replies import see_other
from authwell.middleware.sentences import translated

PATH = "/account/applications"


def show() -> Response:
    """Each application with what it may do, since when, and a button that ends it."""
    found = Applications(site().database).list(authorization_server(), person().account)
    return account_page(
        "account/applications.html",
        "applications",
        applications=[
            {
                "client_id": one.client_id,
                "name": one.name,
                "client_uri": one.client_uri,
                "since": one.since,
                "allows": [translated(sentence) for sentence in one.allows],
                "access": one.access,
                "offline": any(access.offline for access in one.access),
            }
            for one in found
        ],
    )


def remove() -> Response:
    """End it; an application that has no access any more is as good as ended."""
    client_id = request.form.get("client_id", "")
    applications = Applications(site().database)
    removed = applications.remove(authorization_server(), person().account, client_id)
    response = see_other(PATH)
    return notify(response, "access_removed") if removed else response
