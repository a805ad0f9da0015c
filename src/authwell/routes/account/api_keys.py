"""The page of API keys (REQUIREMENTS.md J1 to J5)."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from flask import Response, request
from flask_babel import gettext

from authwell.identity.people.api_keys import SCOPES, NewKey, TooManyKeys
from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.middleware.recency import confirm_first, is_confirmed
from authwell.middleware.replies import see_other
from authwell.middleware.sentences import translated

PATH: Final = "/account/api-keys"
LONGEST_NAME: Final = 255
DAYS: Final = (7, 30, 90, 365)
"""How long a key may be made for, here; the API takes any number."""


def show() -> Response:
    """The keys, and the form of a new one."""
    return _page()


def create() -> Response:
    """Make a key and show it, this once; or say what is wrong with the form."""
    name = request.form.get("name", "").strip()
    scopes = frozenset(request.form.getlist("scope"))
    errors = _errors(name, scopes)
    if errors:
        return _page(name=name, chosen=scopes, field_errors=errors)
    server, account = authorization_server(), person().account
    days = request.form.get("days", "")
    lifetime = timedelta(days=int(days)) if days in map(str, DAYS) else None
    try:
        made = site().api_keys.create(server, account, name, scopes, lifetime)
    except TooManyKeys:
        sentence = gettext("You have as many keys as you may have. Remove one first.")
        return _page(name=name, chosen=scopes, error=sentence)
    return _page(made=made)


def revoke() -> Response:
    """End a key."""
    key_id = request.form.get("key", "")
    revoked = site().api_keys.revoke(authorization_server(), person().account, key_id)
    return notify(see_other(PATH), "key_removed") if revoked else see_other(PATH)


def _errors(name: str, scopes: frozenset[str]) -> dict[str, str]:
    errors = {}
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        errors["name"] = gettext("Give the key a name.")
    if not scopes or not scopes <= SCOPES.keys():
        errors["scope-1"] = gettext("Choose what the key may do.")
    return errors


def _page(
    *,
    name: str = "",
    chosen: frozenset[str] = frozenset(),
    error: str | None = None,
    field_errors: Mapping[str, str] | None = None,
    made: NewKey | None = None,
) -> Response:
    server = authorization_server()
    return account_page(
        "account/api_keys.html",
        "api-keys",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error or field_errors else HTTPStatus.OK,
        keys=site().api_keys.list(server, person().account),
        scopes=[(scope, translated(text), scope in chosen) for scope, text in SCOPES.items()],
        days=DAYS,
        name=name,
        error=error,
        field_errors=field_errors or {},
        made=made,
        confirm=None if is_confirmed() else confirm_first(PATH).headers["Location"],
        now=server.now,
    )
