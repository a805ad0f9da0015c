"""The host of a tenant, chosen by administrators of the server among those that it has shown."""

from typing import Final

from flask import Response, request
from flask_babel import gettext

from authwell.identity.configuration.problems import NotFound, Refused
from authwell.identity.tenants.hosts import TenantHosts
from authwell.identity.tenants.issuers import issuer_below
from authwell.middleware.console_pages import address, author, go, is_root, needs
from authwell.middleware.context import site
from authwell.middleware.notices import notify
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, save
from authwell.routes.console.parts import Field
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.registry import ROOT
from authwell.storage.tenancy.domains import Domains
from authwell.storage.tenancy.tenants import Tenants
from authwell.storage.values import searchable

SECTION: Final = "tenants"


@blueprint.get("/tenants/<tenant_id>/host")
@needs("tenant:manage", recent=True)
def ask_for_host(tenant_id: str) -> Response:
    """A choice of its hosts."""
    return _form(other_tenant(tenant_id))


@blueprint.post("/tenants/<tenant_id>/host")
@needs("tenant:manage", recent=True)
def set_host(tenant_id: str) -> Response:
    """Move the tenant there, or below the server again."""
    record = other_tenant(tenant_id)

    def move() -> Response:
        here, host = site(), request.form.get("host", "").strip()
        TenantHosts(here.database, here.settings).set(record, host or None, author())
        return notify(go(SECTION, record.id), "console_done")

    return answered(move, lambda refused: _form(record, refused))


def other_tenant(tenant_id: str) -> TenantRecord:
    """A tenant that is not the default one.

    Raises:
        NotFound: there is none, or whoever asks is no administrator of the server.
    """
    found = Tenants(site().database).find(searchable(tenant_id)) if is_root() else None
    if found is None or found.slug == ROOT:
        raise NotFound("tenant", tenant_id)
    return found


def _form(record: TenantRecord, refused: Refused | None = None) -> Response:
    here = site()
    hosts = [
        each.domain
        for each in Domains(here.database).list(record.id)
        if each.use == "host" and each.verified_at is not None
    ]
    below = issuer_below(here.settings.issuer, record.slug)
    now = record.issuer.partition("://")[2]
    asked = Field(
        "host",
        gettext("Host of the pages"),
        "choice",
        choices=[("", below), *((host, host) for host in hosts)],
        chosen=[now if now in hosts else ""],
        help=gettext("Its tokens end, and its passkeys no longer fit."),
    )
    heading, back = gettext("Host of the pages"), address(SECTION, record.id)
    return form_page(
        SECTION, heading, back, [asked], about=record.name, label=save(), refused=refused
    )
