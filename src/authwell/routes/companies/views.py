"""`/companies` (H2, H3): administrators of the default tenant look after all tenants.

Guarded by the permission `tenant:manage` in the default tenant. Inside another tenant
they have no rights but those that it gives them itself.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from flask import Response

from authwell.identity.configuration.problems import NotFound, Refused
from authwell.identity.invitations.service import Wish
from authwell.identity.people.email_addresses import InvalidEmail, read_email
from authwell.identity.tenants.applying import Several
from authwell.identity.tenants.hosts import NOT_SHOWN, TenantHosts
from authwell.identity.tenants.life_cycle import EXISTS, ROOT_STAYS, TenantLife, shown
from authwell.identity.tenants.naming import slug_of
from authwell.middleware.api.administrators import administrator, author
from authwell.middleware.api.bodies import invalid
from authwell.middleware.api.operations import Api, permission_over_all
from authwell.middleware.api.paging import read_page
from authwell.middleware.api.versions import expected, versioned
from authwell.middleware.configuring import configurator
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.protocol.access import ADMIN
from authwell.routes.companies.schemas import (
    ChangeSchema,
    HostSchema,
    NewSchema,
    QuerySchema,
    TenantSchema,
    TenantsSchema,
)
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.registry import ROOT
from authwell.storage.tenancy.tenants import Tenants

api = Api("companies", "/companies", prefixes=("/api/v1",))

_MANAGER: Final = permission_over_all("tenant", "manage")
_MISSING: Final = {404: "There is no such tenant"}
_WRITING: Final = {**_MISSING, 409: "It is the default tenant", 412: "It has changed meanwhile"}


@api.add("GET", "", needs=_MANAGER, query=QuerySchema, answer=TenantsSchema)
def list_tenants(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of tenants by slug, unless asked otherwise."""
    _require_root()
    page = read_page("companies", query)
    return page.answer(_stored().page(page.wanted, page.filters), shown)


@api.add(
    "POST",
    "",
    needs=_MANAGER,
    body=NewSchema,
    answer=TenantSchema,
    status=201,
    refusals={409: "The slug is taken"},
)
def create_tenant(body: Mapping[str, Any]) -> Response:
    """Make a tenant with keys of its own, and invite its first administrator."""
    _require_root()
    if "admin_email" in body:
        _check_email(body["admin_email"])
    with _refusing():
        slug = body.get("slug") or slug_of(body["name"])
        policy = body.get("policy") or {}
        Several(configurator(), _life()).check_new(slug, body["name"], policy, author())
        made = _life().create(slug, body["name"], author())
    if body.get("policy"):
        _set(made, {"policy": body["policy"]})
    if "admin_email" in body:
        site().invitations.invite(made, Wish(body["admin_email"], (ADMIN,)), author())
    response = versioned(shown(_get(made.id)), 201)
    response.headers["Location"] = f"{authorization_server().issuer}{api.path}/{made.id}"
    return response


@api.add(
    "GET",
    "/<company_id>",
    needs=_MANAGER,
    answer=TenantSchema,
    refusals=_MISSING,
    versioned=True,
)
def show_tenant(company_id: str) -> Mapping[str, Any]:
    """One tenant with its policy."""
    _require_root()
    return shown(_get(company_id))


@api.add(
    "PUT",
    "/<company_id>",
    needs=_MANAGER,
    body=ChangeSchema,
    answer=TenantSchema,
    refusals=_WRITING,
    versioned=True,
)
def change_tenant(company_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Change name and policy; what is left out stays."""
    _require_root()
    record = _get(company_id)
    if record.slug == ROOT and "policy" in body:
        _require_may_set_own_policy()
    _set(record, body)
    return shown(_get(company_id))


@api.add("DELETE", "/<company_id>", needs=_MANAGER, refusals=_WRITING, versioned=True)
def delete_tenant(company_id: str) -> None:
    """End a tenant: refused at once, and erased soon after but for its audit log."""
    _require_root()
    with _refusing():
        _life().delete(_get(company_id), author(), expected())


@api.add(
    "POST",
    "/<company_id>/suspend",
    needs=_MANAGER,
    answer=TenantSchema,
    refusals=_WRITING,
    versioned=True,
)
def suspend_tenant(company_id: str) -> Mapping[str, Any]:
    """Refuse all that is asked of a tenant, and end its sessions and tokens for good."""
    _require_root()
    with _refusing():
        return shown(_life().suspend(_get(company_id), author(), expected()))


@api.add(
    "POST",
    "/<company_id>/activate",
    needs=_MANAGER,
    answer=TenantSchema,
    refusals=_WRITING,
    versioned=True,
)
def activate_tenant(company_id: str) -> Mapping[str, Any]:
    """Serve a suspended tenant again; its people and clients log in anew."""
    _require_root()
    with _refusing():
        return shown(_life().activate(_get(company_id), author(), expected()))


@api.add(
    "PUT",
    "/<company_id>/host",
    needs=_MANAGER,
    body=HostSchema,
    answer=TenantSchema,
    refusals={**_WRITING, 409: "It is the default tenant, or has not shown the host"},
    versioned=True,
)
def set_host(company_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a tenant a host of its own, which is its issuer then, or take it back."""
    _require_root()
    here = site()
    with _refusing():
        hosts = TenantHosts(here.database, here.settings)
        moved = hosts.set(_get(company_id), body["host"], author(), expected())
    here.tenants.forget(moved.slug)
    return shown(moved)


def _set(record: TenantRecord, members: Mapping[str, Any]) -> None:
    several = Several(configurator(), _life())
    with _refusing():
        several.set_members(record.slug, members, author(), expected())
    site().tenants.forget(record.slug)


def _require_root() -> None:
    if authorization_server().tenant.slug != ROOT:
        raise Problem(403, "forbidden", "Only administrators of the server look after tenants.")


def _require_may_set_own_policy() -> None:
    """The default tenant is the caller's own, where more than `tenant:manage` is needed for that."""
    if not administrator().held.allows("policy", "update"):
        raise Problem(403, "forbidden", "This needs the permission policy:update.")


def _check_email(address: str) -> None:
    try:
        read_email(address, is_development=site().settings.is_development)
    except InvalidEmail as error:
        raise invalid({"admin_email": ["It is no address that mail can be sent to."]}) from error


def _get(company_id: str) -> TenantRecord:
    found = _stored().find(company_id) if len(company_id) == 36 else None
    if found is None:
        raise Problem(404, "not_found", "There is no such tenant.")
    return found


def _stored() -> Tenants:
    return Tenants(site().database)


def _life() -> TenantLife:
    here = site()
    return TenantLife(here.database, here.sealer, here.settings)


@contextmanager
def _refusing() -> Iterator[None]:
    """Answer what the service refuses."""
    try:
        yield
    except NotFound as error:
        raise Problem(404, "not_found", "There is no such tenant.") from error
    except Refused as refused:
        first = refused.problems[0]
        if first.code == NOT_SHOWN:
            raise Problem(409, NOT_SHOWN, "The tenant has not shown this host.") from refused
        if first.code in (EXISTS, ROOT_STAYS):
            raise Problem(409, "conflict", f"{first.path} {first.text}.") from refused
        found = {problem.path or "policy": [f"It {problem.text}."] for problem in refused.problems}
        raise invalid(found) from refused
