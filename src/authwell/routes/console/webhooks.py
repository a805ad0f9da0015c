"""Webhooks: who is told of which events, what became of each message, and sending one again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Response, request
from flask_babel import gettext

from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.identity.webhooks.catalogue import OFFERED
from authwell.identity.webhooks.drafts import STATUSES, BadEndpoint
from authwell.identity.webhooks.service import (
    NameTaken,
    NoSuchThing,
    TooManyEndpoints,
    members_of,
)
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.middleware.console_pages import address, author, go, may, needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, list_page, save, show_page
from authwell.routes.console.paging import listed
from authwell.routes.console.parts import (
    Act,
    Cell,
    Field,
    Table,
    code,
    codes,
    fact,
    moment,
    state,
)
from authwell.routes.console.words import WORDS, words
from authwell.storage.pages import Wanted
from authwell.storage.webhooks.endpoints import ALL_TYPES, Endpoint, read_endpoint
from authwell.storage.webhooks.log import Delivery, read_delivery

SECTION: Final = "webhooks"
SHOWN: Final = 50
"""Of deliveries on the page of an endpoint."""


class QuerySchema(PageSchema):
    """Which page of endpoints."""

    sort = sorted_by("name", default="name")


@blueprint.get("/webhooks")
@needs("webhook:read")
def list_webhooks() -> Response:
    """All endpoints by name."""
    tenant_id = authorization_server().tenant.id
    page = listed(
        SECTION, QuerySchema(), lambda wanted, _filters: site().webhooks.page(tenant_id, wanted)
    )
    rows = [_row(read_endpoint(row)) for row in page.rows]
    add = Act(gettext("Add an endpoint"), address(SECTION, "new"))
    return list_page(
        SECTION,
        gettext("Webhooks"),
        Table("endpoints", (*words("name"), "url", *words("status")), rows, more=page.more),
        links=[add if may("webhook:create") else None],
    )


@blueprint.get("/webhooks/new")
@needs("webhook:create", recent=True)
def new_webhook() -> Response:
    """A form for another one."""
    return _form(None, {"event_types": [ALL_TYPES]})


@blueprint.post("/webhooks/new")
@needs("webhook:create", recent=True)
def create_webhook() -> Response:
    """Make it; its secret is shown this once."""

    def create() -> Response:
        with _refusing():
            made = site().webhooks.create(authorization_server().tenant.id, _typed(), author())
        return _page(made.endpoint, made.secret)

    return answered(create, lambda refused: _form(None, _typed(), refused))


@blueprint.get("/webhooks/<endpoint_id>")
@needs("webhook:read")
def show_webhook(endpoint_id: str) -> Response:
    """One endpoint with its last deliveries."""
    return _page(_found(endpoint_id))


@blueprint.get("/webhooks/<endpoint_id>/edit")
@needs("webhook:update", recent=True)
def edit_webhook(endpoint_id: str) -> Response:
    """A form with what may change."""
    found = _found(endpoint_id)
    return _form(found, members_of(found))


@blueprint.post("/webhooks/<endpoint_id>/edit")
@needs("webhook:update", recent=True)
def update_webhook(endpoint_id: str) -> Response:
    """Change it."""
    found = _found(endpoint_id)

    def change() -> Response:
        with _refusing():
            site().webhooks.update(found, _typed(), author())
        return notify(go(SECTION, found.id), "console_saved")

    return answered(change, lambda refused: _form(found, _typed(), refused))


@blueprint.get("/webhooks/<endpoint_id>/rotate-secret")
@needs("webhook:update", recent=True)
def ask_to_rotate_webhook_secret(endpoint_id: str) -> Response:
    """Ask first."""
    found = _found(endpoint_id)
    means = gettext("The present secret stays good for a day.")
    return form_page(SECTION, gettext("Rotate the secret"), address(SECTION, found.id), about=means)


@blueprint.post("/webhooks/<endpoint_id>/rotate-secret")
@needs("webhook:update", recent=True)
def rotate_webhook_secret(endpoint_id: str) -> Response:
    """Make another secret and show it this once."""
    made = site().webhooks.rotate_secret(_found(endpoint_id), author())
    return _page(made.endpoint, made.secret)


@blueprint.get("/webhooks/<endpoint_id>/delete")
@needs("webhook:delete", recent=True)
def ask_to_delete_webhook(endpoint_id: str) -> Response:
    """Ask first."""
    found = _found(endpoint_id)
    heading, back = gettext("Delete this endpoint?"), address(SECTION, found.id)
    return form_page(
        SECTION, heading, back, label=gettext("Delete"), about=found.name, is_grave=True
    )


@blueprint.post("/webhooks/<endpoint_id>/delete")
@needs("webhook:delete", recent=True)
def delete_webhook(endpoint_id: str) -> Response:
    """Delete it with its log."""
    site().webhooks.delete(_found(endpoint_id), author())
    return notify(go(SECTION), "console_done")


@blueprint.get("/webhooks/<endpoint_id>/test")
@needs("webhook:update", recent=True)
def ask_to_test_webhook(endpoint_id: str) -> Response:
    """Ask first."""
    found = _found(endpoint_id)
    return form_page(
        SECTION, gettext("Send a test message"), address(SECTION, found.id), about=found.url
    )


@blueprint.post("/webhooks/<endpoint_id>/test")
@needs("webhook:update", recent=True)
def test_webhook(endpoint_id: str) -> Response:
    """Put a message on its way, if the endpoint is enabled."""
    found = _found(endpoint_id)
    if found.status == "active":
        site().webhooks.test(found, authorization_server().tenant.slug, author())
    return notify(go(SECTION, found.id), "console_done")


@blueprint.get("/webhooks/<endpoint_id>/deliveries/<delivery_id>")
@needs("webhook:read")
def show_delivery(endpoint_id: str, delivery_id: str) -> Response:
    """One delivery with the message."""
    endpoint = _found(endpoint_id)
    with _refusing():
        found = site().webhooks.delivery(endpoint, delivery_id)
    replay = Act(
        gettext("Send again"), address(SECTION, endpoint.id, "deliveries", found.id, "replay")
    )
    return show_page(
        SECTION,
        found.event_type,
        [
            fact("url", code(endpoint.url)),
            fact(WORDS["status"], state(found.status)),
            fact("attempts", Cell(str(found.attempts))),
            fact("last_status", Cell(str(found.last_status or ""))),
            fact("last_error", Cell(found.last_error or "")),
            fact("next_attempt_at", moment(found.next_attempt_at)),
            fact(WORDS["created_at"], moment(found.created_at)),
            fact("body", code(found.body)),
        ],
        about=endpoint.name,
        links=[replay if found.done_at is not None and may("webhook:update") else None],
    )


@blueprint.get("/webhooks/<endpoint_id>/deliveries/<delivery_id>/replay")
@needs("webhook:update", recent=True)
def ask_to_replay(endpoint_id: str, delivery_id: str) -> Response:
    """Ask first."""
    endpoint = _found(endpoint_id)
    with _refusing():
        found = site().webhooks.delivery(endpoint, delivery_id)
    back = address(SECTION, endpoint.id, "deliveries", found.id)
    return form_page(SECTION, gettext("Send again"), back, about=found.event_type)


@blueprint.post("/webhooks/<endpoint_id>/deliveries/<delivery_id>/replay")
@needs("webhook:update", recent=True)
def replay_delivery(endpoint_id: str, delivery_id: str) -> Response:
    """Send it once more; its receiver knows it by its id."""
    endpoint = _found(endpoint_id)
    with _refusing():
        site().webhooks.replay(endpoint, delivery_id, author())
    return notify(go(SECTION, endpoint.id, "deliveries", delivery_id), "console_done")


@contextmanager
def _refusing() -> Iterator[None]:
    """What the service refuses, as the console's forms show it."""
    try:
        yield
    except BadEndpoint as error:
        found = [Problem(name, text) for name, text in error.problems.items()]
        raise Refused(found) from error
    except NameTaken as error:
        raise Refused([Problem("name", gettext("The name is taken."))]) from error
    except TooManyEndpoints as error:
        raise Refused([Problem("", str(error))]) from error
    except NoSuchThing as error:
        raise NotFound("delivery", str(error)) from error


def _found(endpoint_id: str) -> Endpoint:
    try:
        return site().webhooks.get(authorization_server().tenant.id, endpoint_id)
    except NoSuchThing as error:
        raise NotFound("webhook", endpoint_id) from error


def _row(endpoint: Endpoint) -> tuple[Cell, ...]:
    name = Cell(endpoint.name, href=address(SECTION, endpoint.id))
    return (name, code(endpoint.url), state(endpoint.status))


def _page(endpoint: Endpoint, secret: str | None = None) -> Response:
    wanted = Wanted("-created_at", SHOWN)
    found = site().webhooks.deliveries(endpoint, wanted).rows
    rows = [_delivery(endpoint, read_delivery(row)) for row in found]
    heads = words("event", "created_at", "status", "attempts", "last_status")
    return show_page(
        SECTION,
        endpoint.name,
        [
            fact("url", code(endpoint.url)),
            fact(WORDS["status"], state(endpoint.status)),
            fact("problem", Cell(endpoint.problem or "")),
            fact("description", Cell(endpoint.description)),
            fact("event_types", *codes(endpoint.event_types)),
            fact(WORDS["created_at"], moment(endpoint.created_at)),
        ],
        links=_links(endpoint),
        tables=[Table("deliveries", heads, rows, gettext("Deliveries"))],
        secrets=[(gettext("The secret"), secret)] if secret else (),
    )


def _delivery(endpoint: Endpoint, found: Delivery) -> tuple[Cell, ...]:
    return (
        Cell(found.event_type, href=address(SECTION, endpoint.id, "deliveries", found.id)),
        moment(found.created_at),
        state(found.status),
        Cell(str(found.attempts)),
        Cell(str(found.last_status or "")),
    )


def _links(endpoint: Endpoint) -> list[Act]:
    links = []
    if may("webhook:update"):
        links = [
            Act(gettext("Edit"), address(SECTION, endpoint.id, "edit")),
            Act(gettext("Rotate the secret"), address(SECTION, endpoint.id, "rotate-secret")),
            Act(gettext("Send a test message"), address(SECTION, endpoint.id, "test")),
        ]
    if may("webhook:delete"):
        links.append(Act(gettext("Delete"), address(SECTION, endpoint.id, "delete"), is_grave=True))
    return links


def _typed() -> dict[str, Any]:
    form = request.form
    names = ("name", "url", "description", "status")
    return {
        **{name: form.get(name, "").strip() for name in names},
        "event_types": form.getlist("event_types"),
    }


def _form(
    endpoint: Endpoint | None, values: dict[str, Any], refused: Refused | None = None
) -> Response:
    types = [ALL_TYPES, *OFFERED]
    fields = [
        Field("name", WORDS["name"], value=values.get("name", ""), required=True),
        Field("url", "url", value=values.get("url", ""), required=True),
        Field("description", "description", value=values.get("description", "")),
        Field(
            "status",
            WORDS["status"],
            "choice",
            choices=[(each, each) for each in STATUSES],
            chosen=[values.get("status", STATUSES[0])],
        ),
        Field(
            "event_types",
            "event_types",
            "check",
            choices=[(str(each), str(each)) for each in types],
            chosen=values["event_types"],
        ),
    ]
    heading = endpoint.name if endpoint else gettext("Add an endpoint")
    back = address(SECTION, endpoint.id) if endpoint else address(SECTION)
    return form_page(SECTION, heading, back, fields, label=save(), refused=refused)
