"""`/keys`: administrators see, rotate and revoke the keys of their tenant."""

from collections.abc import Mapping
from typing import Any, Final

from authwell.identity.keys.calendar import steps
from authwell.identity.keys.keeper import KeyKeeper, NoSuchKey, NotRotated, key_keeper
from authwell.middleware.api.administrators import author
from authwell.middleware.api.operations import Api, permission
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.routes.keys.schemas import (
    FilterSchema,
    KeySchema,
    KeysSchema,
    RotatedSchema,
    RotationSchema,
    shown,
    shown_step,
)
from authwell.storage.keys import KeyRecord

api = Api("keys", "/keys", prefixes=("/api/v1",))

_TOO_EARLY: Final = {409: "Not every cache may have the next key yet, or others change the keys"}


@api.add("GET", "", needs=permission("key", "read"), query=FilterSchema, answer=KeysSchema)
def list_keys(query: Mapping[str, str]) -> Mapping[str, Any]:
    """All keys with their states, and what the calendar will do with them."""
    keeper = _keeper()
    kept = keeper.keys.list(_tenant_id())
    found = [key for key in kept if all(getattr(key, name) == query[name] for name in query)]
    kids = {key.kid for key in found}
    planned = [step for step in steps(kept, keeper.calendar) if step.kid in kids]
    return {
        "keys": [shown(key) for key in found],
        "calendar": [shown_step(step) for step in planned],
        "next_cursor": None,
    }


@api.add("GET", "/<kid>", needs=permission("key", "read"), answer=KeySchema)
def show_key(kid: str) -> Mapping[str, Any]:
    """One key."""
    return shown(_key(kid))


@api.add(
    "POST",
    "/rotate",
    needs=permission("key", "update"),
    body=RotationSchema,
    answer=RotatedSchema,
    refusals=_TOO_EARLY,
)
def rotate_keys(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let the next keys take over; the earlier ones stay published until their tokens expire.

    Of several algorithms those are rotated whose next key may be in every cache.
    """
    keeper, tenant_id = _keeper(), _tenant_id()
    algs = {key.alg for key in keeper.keys.list(tenant_id) if key.state == "active"}
    wanted = {body["alg"]} if "alg" in body else algs
    if not wanted <= algs:
        known = ", ".join(sorted(algs))
        raise Problem(400, "unknown_algorithm", f"alg must be one of {known}.")
    rotated, refused = [], []
    for alg in sorted(wanted):
        try:
            rotated.append({"alg": alg, "kid": _rotate(keeper, alg, at_once=body["at_once"])})
        except NotRotated as error:
            refused.append(str(error))
    if not rotated:
        raise Problem(409, "not_rotated", refused[0])
    return {"rotated": rotated}


@api.add("POST", "/<kid>/revoke", needs=permission("key", "update"), refusals=_TOO_EARLY)
def revoke_key(kid: str) -> None:
    """Take a key away that others know: nothing that it signed is believed any more.

    If it was the active one, the next takes over at once. Twice is as good as once.
    """
    try:
        _keeper().revoke(_tenant_id(), kid, authorization_server().now, author())
    except NoSuchKey as error:
        raise _unknown() from error
    except NotRotated as error:
        raise Problem(409, "not_rotated", str(error)) from error


def _rotate(keeper: KeyKeeper, alg: str, *, at_once: bool) -> str:
    now = authorization_server().now
    return keeper.rotate(_tenant_id(), alg, now, at_once=at_once, author=author())


def _key(kid: str) -> KeyRecord:
    for key in _keeper().keys.list(_tenant_id()):
        if key.kid == kid:
            return key
    raise _unknown()


def _unknown() -> Problem:
    return Problem(404, "not_found", "There is no such key.")


def _keeper() -> KeyKeeper:
    here = site()
    return key_keeper(here.database, here.sealer, here.settings)


def _tenant_id() -> str:
    return authorization_server().tenant.id
