"""Signing keys, what the calendar will do with them, and letting the next one take over."""

from flask import Response, request
from flask_babel import gettext

from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.identity.keys.calendar import steps
from authwell.identity.keys.keeper import KeyKeeper, NoSuchKey, NotRotated, key_keeper
from authwell.middleware.console_pages import address, author, console_page, go, may, needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, show_page
from authwell.routes.console.parts import Act, Cell, Field, Table, code, fact, moment, state
from authwell.routes.console.words import WORDS, words
from authwell.storage.keys import KeyRecord

SECTION = "keys"


@blueprint.get("/keys")
@needs("key:read")
def list_keys() -> Response:
    """All keys, and the calendar."""
    keeper = _keeper()
    records = keeper.keys.list(authorization_server().tenant.id)
    calendar = [
        (moment(step.at), Cell(step.action), Cell(step.alg), code(step.kid))
        for step in steps(records, keeper.calendar)
    ]
    algs = dict.fromkeys(record.alg for record in records if record.state == "active")
    links = [
        Act(gettext("Rotate %(alg)s", alg=alg), address(SECTION, "rotate", alg)) for alg in algs
    ]
    return console_page(
        "console/tables.html",
        SECTION,
        heading=gettext("Keys"),
        about=None,
        links=links if may("key:update") else [],
        tables=[
            Table(
                "keys",
                words("alg", "kid", "status", "created_at", "since"),
                [_row(record) for record in reversed(records)],
                gettext("Keys"),
            ),
            Table("calendar", words("at", "action", "alg", "kid"), calendar, gettext("Calendar")),
        ],
    )


@blueprint.get("/keys/rotate/<alg>")
@needs("key:update", recent=True)
def ask_to_rotate(alg: str) -> Response:
    """Ask first."""
    return _form(alg)


@blueprint.post("/keys/rotate/<alg>")
@needs("key:update", recent=True)
def rotate_key(alg: str) -> Response:
    """The next key signs from now on; the present one is published until its tokens have ended."""

    def rotate() -> Response:
        _require_known(alg)
        server = authorization_server()
        try:
            _keeper().rotate(
                server.tenant.id, alg, server.now, at_once=_is_at_once(), author=author()
            )
        except NotRotated as error:
            raise Refused([Problem("", str(error))]) from error
        return notify(go(SECTION), "console_done")

    return answered(rotate, lambda refused: _form(alg, refused))


@blueprint.get("/keys/<kid>")
@needs("key:read")
def show_key(kid: str) -> Response:
    """One key."""
    record = _found(kid)
    revoke = Act(gettext("Revoke"), address(SECTION, "revoke", kid), is_grave=True)
    return show_page(
        SECTION,
        record.alg,
        [
            fact("kid", code(record.kid)),
            fact("use", code(record.use)),
            fact(WORDS["status"], state(record.state)),
            fact(WORDS["created_at"], moment(record.created_at)),
            fact("activated_at", moment(record.activated_at)),
            fact("retiring_at", moment(record.retiring_at)),
            fact("retired_at", moment(record.retired_at)),
        ],
        links=[revoke if record.state != "retired" and may("key:update") else None],
    )


@blueprint.get("/keys/revoke/<kid>")
@needs("key:update", recent=True)
def ask_to_revoke(kid: str) -> Response:
    """Ask first."""
    return _revocation_form(kid)


@blueprint.post("/keys/revoke/<kid>")
@needs("key:update", recent=True)
def revoke_key(kid: str) -> Response:
    """Nothing that it signed is believed any more."""

    def revoke() -> Response:
        server = authorization_server()
        try:
            _keeper().revoke(server.tenant.id, kid, server.now, author())
        except NoSuchKey as error:
            raise NotFound("key", kid) from error
        except NotRotated as error:
            raise Refused([Problem("", str(error))]) from error
        return notify(go(SECTION), "console_done")

    return answered(revoke, lambda refused: _revocation_form(kid, refused))


def _revocation_form(kid: str, refused: Refused | None = None) -> Response:
    _found(kid)
    return form_page(
        SECTION,
        gettext("Revoke this key?"),
        address(SECTION, kid),
        label=gettext("Revoke"),
        about=gettext("Nothing that it signed is believed any more."),
        is_grave=True,
        refused=refused,
    )


def _found(kid: str) -> KeyRecord:
    for record in _keeper().keys.list(authorization_server().tenant.id):
        if record.kid == kid:
            return record
    raise NotFound("key", kid)


def _form(alg: str, refused: Refused | None = None) -> Response:
    _require_known(alg)
    at_once = Field(
        "now",
        gettext("At once"),
        "check",
        choices=[("yes", gettext("Others know the present key: do not wait for caches"))],
    )
    return form_page(
        SECTION,
        gettext("Rotate %(alg)s", alg=alg),
        address(SECTION),
        [at_once],
        about=gettext("Tokens that are signed already stay good."),
        refused=refused,
    )


def _row(record: KeyRecord) -> tuple[Cell, ...]:
    since = record.retired_at or record.retiring_at or record.activated_at or record.created_at
    return (
        Cell(record.alg),
        Cell(record.kid, href=address(SECTION, record.kid)),
        state(record.state),
        moment(record.created_at),
        moment(since),
    )


def _require_known(alg: str) -> None:
    records = _keeper().keys.list(authorization_server().tenant.id)
    if alg not in {record.alg for record in records}:
        raise NotFound("algorithm", alg)


def _is_at_once() -> bool:
    return request.form.get("now") == "yes"


def _keeper() -> KeyKeeper:
    here = site()
    return key_keeper(here.database, here.sealer, here.settings)
