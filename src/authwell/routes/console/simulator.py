"""The token simulator: what somebody would get in a client, and why."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from flask import Response, request
from flask_babel import gettext
from werkzeug.exceptions import Forbidden

from authwell.identity.people.names import canonical_username
from authwell.middleware.configuring import configurator
from authwell.middleware.console_pages import address, console_page, may, needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.pages import below
from authwell.protocol.model import Account
from authwell.protocol.simulation import Question, Simulated, simulate
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import lines
from authwell.routes.console.parts import Field
from authwell.routes.console.words import WORDS
from authwell.storage.people.accounts import Accounts

PEOPLE: Final = "user:read"
TOKENS: Final = ("response", "access_token", "id_token", "userinfo")


@blueprint.get("/simulate/<path:client_id>")
@needs("client:read")
def simulate_tokens(client_id: str) -> Response:
    """The form, and below it what comes out; nothing is kept, so it is asked by GET."""
    record = configurator().client(client_id)
    asked = {name: request.args.get(name, "").strip() for name in ("user", "scope", "claims")}
    wanted = lines(request.args.get("resource", ""))
    if asked["user"] and not may(PEOPLE):
        # What tokens say of somebody is more than clients are.
        raise Forbidden(f"This needs the permission {PEOPLE}.")
    account, is_known = _account(asked["user"])
    is_asked = is_known and not {"user", "scope"}.isdisjoint(request.args)
    answer = _simulated(client_id, account, asked, wanted) if is_asked else None
    return console_page(
        "console/simulator.html",
        "clients",
        status=200 if is_known else 422,
        heading=gettext("Simulate tokens"),
        about=str(record.metadata.get("client_name") or client_id),
        action=below(request.path),
        back=address("client", client_id),
        error=None if is_known else gettext("There is no such user."),
        fields=_fields(asked, wanted),
        reasons=answer.reasons if answer else (),
        tokens=_tokens(answer) if answer else [],
    )


def _simulated(
    client_id: str, account: Account | None, asked: Mapping[str, str], wanted: list[str]
) -> Simulated:
    server = authorization_server()
    question = Question(
        client_id,
        account,
        asked["scope"] or None,
        tuple(wanted),
        asked["claims"] or None,
    )
    # What was changed a moment ago counts.
    return simulate(server.newer() or server, question)


def _account(name: str) -> tuple[Account | None, bool]:
    """Whose tokens it is about: nobody's without a name; and whether that is somebody."""
    if not name:
        return None, True
    people, tenant_id = Accounts(site().database), authorization_server().tenant.id
    record = people.find_by_name(tenant_id, canonical_username(name))
    return (record.account, True) if record is not None else (None, False)


def _tokens(answer: Simulated) -> list[tuple[str, str]]:
    """What comes out, as JSON by its name."""
    found = ((name, getattr(answer, name)) for name in TOKENS)
    return [(name, _json(value)) for name, value in found if value]


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _fields(asked: Mapping[str, str], wanted: list[str]) -> list[Field]:
    alone = gettext("Without one, the client asks for itself.")
    registered = gettext("Without one, all that the client is registered for.")
    user = Field("user", WORDS["user"], value=asked["user"], help=alone)
    return [
        *([user] if may(PEOPLE) else []),
        Field("scope", "scope", value=asked["scope"], help=registered),
        Field("resource", "resource", "lines", "\n".join(wanted)),
        Field("claims", "claims", "lines", asked["claims"]),
    ]
