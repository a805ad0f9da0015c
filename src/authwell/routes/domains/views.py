"""Domains of a tenant: named, shown to be its own, forgotten (FEATURES.md 3.6)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from marshmallow import Schema, fields, validate

from authwell.identity.administration.shown import moment
from authwell.identity.configuration.problems import NotFound
from authwell.identity.domains.names import LONGEST, InvalidDomain
from authwell.identity.domains.service import (
    DomainNotShown,
    DomainTaken,
    TooManyDomains,
    file_url,
    record_name,
)
from authwell.middleware.api.administrators import author
from authwell.middleware.api.bodies import invalid
from authwell.middleware.api.fields import text
from authwell.middleware.api.operations import Api, permission
from authwell.middleware.api.paging import PageSchema, read_page, sorted_by
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.storage.tenancy.domains import DomainInUse, DomainRecord, Domains, read_domain_row

api = Api("domains", "/domains", prefixes=("/api/v1",))

_MISSING: Final = {404: "The tenant has no such domain"}


class NewDomainSchema(Schema):
    """What the tenant says is its own."""

    domain = text(LONGEST, required=True, metadata={"description": "Such as acme.example"})
    use = fields.String(
        validate=validate.OneOf(["email", "host"]),
        load_default="email",
        metadata={"description": "Whether people have addresses there, or it is a host"},
    )


class DomainSchema(Schema):
    """A domain, and what it has to show."""

    id = fields.String(required=True)
    domain = fields.String(required=True)
    use = fields.String(required=True)
    challenge = fields.String(
        required=True, metadata={"description": "The TXT record, or a line of the file"}
    )
    challenge_name = fields.String(
        required=True, metadata={"description": "The name of the TXT record"}
    )
    challenge_url = fields.String(required=True, metadata={"description": "Where the file is"})
    created_at = fields.DateTime(required=True)
    checked_at = fields.DateTime(required=True, allow_none=True)
    verified_at = fields.DateTime(required=True, allow_none=True)


class DomainsSchema(Schema):
    """A page of them."""

    domains = fields.List(fields.Nested(DomainSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class QuerySchema(PageSchema):
    """Which page of domains."""

    sort = sorted_by("domain", default="domain")


@api.add("GET", "", needs=permission("policy", "read"), query=QuerySchema, answer=DomainsSchema)
def list_domains(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of domains by name."""
    page = read_page("domains", query)
    found = Domains(site().database).page(_tenant_id(), page.wanted)
    return page.answer(found, lambda row: _shown(read_domain_row(row)))


@api.add(
    "POST",
    "",
    needs=permission("policy", "update"),
    body=NewDomainSchema,
    answer=DomainSchema,
    status=201,
    refusals={409: "It is taken: `code` is `domain_taken`; or there are too many"},
)
def create_domain(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Name a domain; it has no effect until it was verified."""
    with _refusing():
        return _shown(site().domains.add(_tenant_id(), body["domain"], body["use"], author()))


@api.add(
    "GET",
    "/<domain_id>",
    needs=permission("policy", "read"),
    answer=DomainSchema,
    refusals=_MISSING,
)
def show_domain(domain_id: str) -> Mapping[str, Any]:
    """One domain."""
    found = Domains(site().database).find(_tenant_id(), domain_id)
    if found is None:
        raise Problem(404, "not_found", "There is no such domain.")
    return _shown(found)


@api.add(
    "POST",
    "/<domain_id>/verify",
    needs=permission("policy", "update"),
    answer=DomainSchema,
    refusals={**_MISSING, 409: "`domain_not_shown`, or `domain_taken` by another tenant"},
)
def verify_domain(domain_id: str) -> Mapping[str, Any]:
    """Look for the record at `challenge_name`, then for the file at `challenge_url`."""
    with _refusing():
        return _shown(site().domains.verify(_tenant_id(), domain_id, author()))


@api.add(
    "DELETE",
    "/<domain_id>",
    needs=permission("policy", "update"),
    refusals={**_MISSING, 409: "`domain_in_use`: the tenant is found at this host"},
)
def delete_domain(domain_id: str) -> None:
    """Forget a domain."""
    with _refusing():
        site().domains.remove(_tenant_id(), domain_id, author())


def _tenant_id() -> str:
    return authorization_server().tenant.id


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise Problem(404, "not_found", "There is no such domain.") from error
    except InvalidDomain as error:
        raise invalid({"domain": ["It must be a name such as acme.example."]}) from error
    except DomainTaken as error:
        raise Problem(409, "domain_taken", "It is a tenant's already.") from error
    except DomainNotShown as error:
        sentence = "Neither a record at challenge_name nor a line at challenge_url has it."
        raise Problem(409, "domain_not_shown", sentence) from error
    except DomainInUse as error:
        raise Problem(409, "domain_in_use", "The tenant is found at this host.") from error
    except TooManyDomains as error:
        raise Problem(409, "too_many_domains", "Forget one first.") from error


def _shown(record: DomainRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "domain": record.domain,
        "use": record.use,
        "challenge": record.challenge,
        "challenge_name": record_name(record),
        "challenge_url": file_url(record),
        "created_at": moment(record.created_at),
        "checked_at": moment(record.checked_at),
        "verified_at": moment(record.verified_at),
    }
