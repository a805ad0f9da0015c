"""Domains of the tenant: named, shown to be its own, forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from flask import Response, request
from flask_babel import gettext
from marshmallow import Schema, fields, validate

from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.identity.domains.names import LONGEST, InvalidDomain
from authwell.identity.domains.service import (
    DomainNotShown,
    DomainTaken,
    TooManyDomains,
    file_url,
    record_name,
)
from authwell.middleware.api.fields import text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.middleware.console_pages import address, author, go, may, needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, list_page, save, show_page
from authwell.routes.console.paging import listed
from authwell.routes.console.parts import Act, Cell, Field, Table, code, fact, moment, state
from authwell.routes.console.reading import read_form
from authwell.routes.console.words import WORDS, words
from authwell.storage.tenancy.domains import DomainInUse, DomainRecord, Domains, read_domain_row
from authwell.storage.values import searchable

SECTION: Final = "domains"
USES: Final = ("email", "host")


class QuerySchema(PageSchema):
    """Which page of domains."""

    sort = sorted_by("domain", default="domain")


class DomainSchema(Schema):
    """A domain to be named."""

    domain = text(LONGEST, required=True)
    use = fields.String(required=True, validate=validate.OneOf(USES))


@blueprint.get("/domains")
@needs("policy:read")
def list_domains() -> Response:
    """All of them by name."""
    kept = Domains(site().database)
    page = listed(SECTION, QuerySchema(), lambda wanted, _filters: kept.page(_tenant_id(), wanted))
    rows = [_row(read_domain_row(row)) for row in page.rows]
    add = Act(gettext("Add a domain"), address(SECTION, "new"))
    return list_page(
        SECTION,
        gettext("Domains"),
        Table("domains", words("domain", "type", "status"), rows, more=page.more),
        links=[add if may("policy:update") else None],
    )


@blueprint.get("/domains/new")
@needs("policy:update", recent=True)
def new_domain() -> Response:
    """A form for another one."""
    return _form()


@blueprint.post("/domains/new")
@needs("policy:update", recent=True)
def create_domain() -> Response:
    """Name it; it has no effect until it was verified."""

    def create() -> Response:
        given = read_form(DomainSchema(), _typed())
        with _refusing():
            made = site().domains.add(_tenant_id(), given["domain"], given["use"], author())
        return notify(go(SECTION, made.id), "console_saved")

    return answered(create, _form)


@blueprint.get("/domains/<domain_id>")
@needs("policy:read")
def show_domain(domain_id: str) -> Response:
    """One domain, and what it has to show."""
    found = _found(domain_id)
    means = gettext(
        "Put it into a TXT record of %(name)s, or into a file at %(url)s.",
        name=record_name(found),
        url=file_url(found),
    )
    links = []
    if may("policy:update"):
        if found.verified_at is None:
            links.append(Act(gettext("Verify"), address(SECTION, found.id, "verify")))
        links.append(Act(gettext("Delete"), address(SECTION, found.id, "delete"), is_grave=True))
    return show_page(
        SECTION,
        found.domain,
        [
            fact(WORDS["type"], Cell(_uses()[found.use])),
            fact(WORDS["status"], _state(found)),
            fact(WORDS["challenge"], code(found.challenge)),
            fact(WORDS["created_at"], moment(found.created_at)),
            fact("checked_at", moment(found.checked_at)),
            fact("verified_at", moment(found.verified_at)),
        ],
        about=None if found.verified_at else means,
        links=links,
    )


@blueprint.get("/domains/<domain_id>/verify")
@needs("policy:update", recent=True)
def ask_to_verify_domain(domain_id: str) -> Response:
    """Ask first."""
    return _verify_form(_found(domain_id))


@blueprint.post("/domains/<domain_id>/verify")
@needs("policy:update", recent=True)
def verify_domain(domain_id: str) -> Response:
    """Look for record and file."""
    found = _found(domain_id)

    def verify() -> Response:
        with _refusing():
            site().domains.verify(_tenant_id(), found.id, author())
        return notify(go(SECTION, found.id), "console_done")

    return answered(verify, lambda refused: _verify_form(found, refused))


@blueprint.get("/domains/<domain_id>/delete")
@needs("policy:update", recent=True)
def ask_to_delete_domain(domain_id: str) -> Response:
    """Ask first."""
    return _delete_form(_found(domain_id))


@blueprint.post("/domains/<domain_id>/delete")
@needs("policy:update", recent=True)
def delete_domain(domain_id: str) -> Response:
    """Forget it."""
    found = _found(domain_id)

    def delete() -> Response:
        with _refusing():
            site().domains.remove(_tenant_id(), found.id, author())
        return notify(go(SECTION), "console_done")

    return answered(delete, lambda refused: _delete_form(found, refused))


@contextmanager
def _refusing() -> Iterator[None]:
    """What the service refuses, as the console's forms show it."""
    try:
        yield
    except InvalidDomain as error:
        raise Refused([Problem("domain", gettext("This is no domain."))]) from error
    except DomainTaken as error:
        raise Refused([Problem("domain", gettext("It belongs to a tenant already."))]) from error
    except DomainNotShown as error:
        told = gettext("Neither the record nor the file shows it.")
        raise Refused([Problem("", told)]) from error
    except DomainInUse as error:
        raise Refused([Problem("", gettext("The tenant is found at this host."))]) from error
    except TooManyDomains as error:
        told = gettext("There are as many as a tenant may have.")
        raise Refused([Problem("", told)]) from error


def _tenant_id() -> str:
    return authorization_server().tenant.id


def _found(domain_id: str) -> DomainRecord:
    found = Domains(site().database).find(_tenant_id(), searchable(domain_id))
    if found is None:
        raise NotFound("domain", domain_id)
    return found


def _uses() -> dict[str, str]:
    return {"email": gettext("Addresses of people"), "host": gettext("Host of the pages")}


def _state(found: DomainRecord) -> Cell:
    return state("active" if found.verified_at else "pending")


def _row(found: DomainRecord) -> tuple[Cell, ...]:
    name = Cell(found.domain, href=address(SECTION, found.id))
    return (name, Cell(_uses()[found.use]), _state(found))


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in ("domain", "use")}


def _form(refused: Refused | None = None) -> Response:
    typed = _typed()
    asked = [
        Field("domain", WORDS["domain"], value=typed["domain"], required=True),
        Field("use", WORDS["type"], "choice", choices=[*_uses().items()], chosen=[typed["use"]]),
    ]
    heading, back = gettext("Add a domain"), address(SECTION)
    return form_page(SECTION, heading, back, asked, label=save(), refused=refused)


def _verify_form(found: DomainRecord, refused: Refused | None = None) -> Response:
    heading, back = gettext("Verify"), address(SECTION, found.id)
    return form_page(SECTION, heading, back, about=found.domain, refused=refused)


def _delete_form(found: DomainRecord, refused: Refused | None = None) -> Response:
    heading, back = gettext("Delete"), address(SECTION, found.id)
    return form_page(SECTION, heading, back, about=found.domain, is_grave=True, refused=refused)
