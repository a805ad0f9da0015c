"""Tenants, looked after by administrators of the default one: made, suspended, ended (H2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response, request
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from marshmallow import fields, validate
from werkzeug.exceptions import Forbidden

from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.identity.invitations.service import Wish
from authwell.identity.people.email_addresses import InvalidEmail, read_email
from authwell.identity.tenants.life_cycle import TenantLife
from authwell.identity.tenants.naming import slug_of
from authwell.middleware.api.fields import text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.middleware.console_pages import address, author, go, is_root, needs
from authwell.middleware.context import site
from authwell.middleware.notices import notify
from authwell.protocol.access import ADMIN
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, list_page, save, show_page
from authwell.routes.console.paging import listed
from authwell.routes.console.parts import Act, Cell, Field, Table, code, fact, moment, state
from authwell.routes.console.words import WORDS, words
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.registry import ROOT
from authwell.storage.tenancy.tenants import Tenants
from authwell.storage.values import searchable

_ = lazy_gettext

SECTION: Final = "tenants"
PERMISSION: Final = "tenant:manage"
STATUSES: Final = ("active", "suspended")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that becomes of a tenant."""

    label: LazyString
    when: str
    run: Callable[[TenantLife, TenantRecord, Author], object]
    about: LazyString | None = None


STEPS: Final[Mapping[str, Step]] = {
    "suspend": Step(
        _("Suspend"),
        "active",
        lambda life, record, who: life.suspend(record, who),
        _("Sessions and tokens end at once."),
    ),
    "activate": Step(
        _("Enable"), "suspended", lambda life, record, who: life.activate(record, who)
    ),
    "delete": Step(
        _("Delete"),
        "",
        lambda life, record, who: life.delete(record, who),
        _("All that it has ends at once, and is erased soon after."),
    ),
}


class QuerySchema(PageSchema):
    """Which page of tenants."""

    sort = sorted_by("slug", "created_at", default="slug")
    q = text(63)
    status = fields.String(validate=validate.OneOf(STATUSES))


@blueprint.get("/tenants")
@needs(PERMISSION)
def list_tenants() -> Response:
    """All of them by slug, or those that are looked for."""
    _require_root()
    page = listed(SECTION, QuerySchema(), Tenants(site().database).page)
    heads = (*words("name"), "slug", "issuer", *words("status"))
    return list_page(
        SECTION,
        gettext("Tenants"),
        Table("tenants", heads, [_row(record) for record in page.rows], more=page.more),
        filters=[
            Field("q", gettext("Begins with"), value=page.query.get("q", "")),
            Field(
                "status",
                WORDS["status"],
                "choice",
                choices=[("", gettext("All")), *((each, each) for each in STATUSES)],
                chosen=[page.query.get("status", "")],
            ),
        ],
        links=[Act(gettext("Add a tenant"), address(SECTION, "new"))],
    )


@blueprint.get("/tenants/new")
@needs(PERMISSION, recent=True)
def new_tenant() -> Response:
    """A form for another one."""
    _require_root()
    return _form()


@blueprint.post("/tenants/new")
@needs(PERMISSION, recent=True)
def create_tenant() -> Response:
    """Make it with keys of its own, and invite its first administrator."""
    _require_root()

    def create() -> Response:
        name, invited = _typed("name"), _typed("admin_email")
        if not name:
            raise Refused([Problem("name", gettext("Give it a name."))])
        if invited:
            _check_email(invited)
        made = _life().create(_typed("slug") or slug_of(name), name, author())
        if invited:
            site().invitations.invite(made, Wish(invited, (ADMIN,)), author())
        return notify(go(SECTION, made.id), "console_done")

    return answered(create, _form)


@blueprint.get("/tenants/<tenant_id>")
@needs(PERMISSION)
def show_tenant(tenant_id: str) -> Response:
    """One of them, and the way to its own console."""
    record = _found(tenant_id)
    links = [
        Act(step.label, address(SECTION, record.id, name), is_grave=name != "activate")
        for name, step in STEPS.items()
        if _is_offered(step, record)
    ]
    if record.slug != ROOT:
        links.insert(0, Act(gettext("Host of the pages"), address(SECTION, record.id, "host")))
        links.insert(0, Act(gettext("Edit"), address(SECTION, record.id, "edit")))
    return show_page(
        SECTION,
        record.name,
        [
            fact("slug", code(record.slug)),
            fact("issuer", code(record.issuer)),
            fact(WORDS["status"], state(record.status)),
            fact("id", code(record.id)),
            fact(WORDS["created_at"], moment(record.created_at)),
            fact(WORDS["updated_at"], moment(record.updated_at)),
        ],
        links=links,
    )


@blueprint.get("/tenants/<tenant_id>/<step>")
@needs(PERMISSION, recent=True)
def ask_about_tenant(tenant_id: str, step: str) -> Response:
    """Ask whether one is sure."""
    record, found = _found(tenant_id), _step(tenant_id, step)
    about = f"{record.name}: {found.about}" if found.about else record.name
    back = address(SECTION, record.id)
    return form_page(SECTION, found.label, back, about=about, is_grave=step != "activate")


@blueprint.post("/tenants/<tenant_id>/<step>")
@needs(PERMISSION, recent=True)
def act_on_tenant(tenant_id: str, step: str) -> Response:
    """Do it."""
    record, found = _found(tenant_id), _step(tenant_id, step)
    found.run(_life(), record, author())
    place = (SECTION,) if step == "delete" else (SECTION, record.id)
    return notify(go(*place), "console_done")


def _require_root() -> None:
    if not is_root():
        raise Forbidden("Only administrators of the server look after tenants.")


def _found(tenant_id: str) -> TenantRecord:
    _require_root()
    found = Tenants(site().database).find(searchable(tenant_id))
    if found is None:
        raise NotFound("tenant", tenant_id)
    return found


def _step(tenant_id: str, name: str) -> Step:
    step = STEPS.get(name)
    if step is None or not _is_offered(step, _found(tenant_id)):
        raise NotFound("action", name)
    return step


def _is_offered(step: Step, record: TenantRecord) -> bool:
    return record.slug != ROOT and step.when in ("", record.status)


def _row(record: TenantRecord) -> tuple[Cell, ...]:
    return (
        Cell(record.name, href=address(SECTION, record.id)),
        code(record.slug),
        code(record.issuer),
        state(record.status),
    )


def _life() -> TenantLife:
    here = site()
    return TenantLife(here.database, here.sealer, here.settings)


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()


def _check_email(email: str) -> None:
    try:
        read_email(email, is_development=site().settings.is_development)
    except InvalidEmail as error:
        text = gettext("This is no email address.")
        raise Refused([Problem("admin_email", text)]) from error


def _form(refused: Refused | None = None) -> Response:
    made = gettext("Without one, one is made.")
    asked = [
        Field("name", WORDS["name"], value=_typed("name"), required=True),
        Field("slug", "slug", value=_typed("slug"), help=made),
        Field(
            "admin_email",
            gettext("Email of its first administrator"),
            value=_typed("admin_email"),
            help=gettext("Gets an invitation."),
        ),
    ]
    heading = gettext("Add a tenant")
    return form_page(SECTION, heading, address(SECTION), asked, label=save(), refused=refused)
