"""`/integrations` (J6, J7): administrators make, change and delete them, each in their tenant."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from authwell.identity.integrations.drafts import BadIntegration
from authwell.identity.integrations.service import (
    Integrations,
    NameTaken,
    NoSuchIntegration,
    TooManyIntegrations,
    WithCredentials,
)
from authwell.middleware.api.administrators import author
from authwell.middleware.api.bodies import invalid
from authwell.middleware.api.operations import Api, permission
from authwell.middleware.api.paging import read_page
from authwell.middleware.api.versions import expected
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.routes.integrations.schemas import (
    IntegrationChangeSchema,
    IntegrationSchema,
    IntegrationsSchema,
    MadeIntegrationSchema,
    MessagesQuerySchema,
    MessagesSchema,
    NewIntegrationSchema,
    QuerySchema,
    RegenerationSchema,
    shown,
    shown_message,
)
from authwell.storage.integrations import Integration, read_integration

api = Api("integrations", "/integrations", prefixes=("/api/v1",))

_MISSING = {404: "The tenant has no such integration"}
_CHANGED = {412: "It was changed meanwhile"}


@api.add(
    "GET", "", needs=permission("integration", "read"), query=QuerySchema, answer=IntegrationsSchema
)
def list_integrations(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of integrations by name; of one type if asked."""
    page = read_page("integrations", query)
    found = _integrations().page(_tenant_id(), page.wanted, page.filters)
    return page.answer(found, lambda row: shown(read_integration(row)))


@api.add(
    "POST",
    "",
    needs=permission("integration", "create"),
    body=NewIntegrationSchema,
    answer=MadeIntegrationSchema,
    status=201,
    refusals={409: "The name is taken, or there are as many as a tenant may have"},
)
def create_integration(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make an integration; its key and its secret are in this answer only."""
    with _refusing():
        return _made(_integrations().create(_tenant_id(), body, author()))


@api.add(
    "GET",
    "/<integration_id>",
    needs=permission("integration", "read"),
    answer=IntegrationSchema,
    refusals=_MISSING,
    versioned=True,
)
def show_integration(integration_id: str) -> Mapping[str, Any]:
    """One integration."""
    return shown(_found(integration_id))


@api.add(
    "PUT",
    "/<integration_id>",
    needs=permission("integration", "update"),
    body=IntegrationChangeSchema,
    answer=IntegrationSchema,
    refusals={**_MISSING, **_CHANGED, 409: "Another integration has this name"},
    versioned=True,
)
def change_integration(integration_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Change an integration; what is left out stays. Its type stays."""
    found = _seen(integration_id)
    with _refusing():
        return shown(_integrations().update(found, body, author()))


@api.add(
    "DELETE",
    "/<integration_id>",
    needs=permission("integration", "delete"),
    refusals={**_MISSING, **_CHANGED},
)
def delete_integration(integration_id: str) -> None:
    """Delete an integration with its messages; its key ends at once."""
    _integrations().delete(_seen(integration_id), author())


@api.add(
    "POST",
    "/<integration_id>/regenerate-secret",
    needs=permission("integration", "update"),
    body=RegenerationSchema,
    answer=MadeIntegrationSchema,
    refusals={**_MISSING, **_CHANGED},
)
def regenerate_secret(integration_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Another key and secret, in this answer only; those before are good for the overlap."""
    overlap = timedelta(seconds=body["overlap_seconds"])
    return _made(_integrations().regenerate(_seen(integration_id), author(), overlap))


@api.add(
    "GET",
    "/<integration_id>/events",
    needs=permission("integration", "read"),
    query=MessagesQuerySchema,
    answer=MessagesSchema,
    refusals=_MISSING,
)
def list_received_events(integration_id: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of what the integration has sent in the last 30 days, the latest first."""
    found = _found(integration_id)
    page = read_page("events", {**query, "integration_id": found.id})
    return page.answer(_integrations().messages(found, page.wanted), shown_message)


def _integrations() -> Integrations:
    return site().integrations


def _tenant_id() -> str:
    return authorization_server().tenant.id


def _found(integration_id: str) -> Integration:
    with _refusing():
        return _integrations().get(_tenant_id(), integration_id)


def _seen(integration_id: str) -> Integration:
    """The integration as the caller has seen it; what is written then stands against that."""
    found = _found(integration_id)
    expected().require(shown(found))
    return found


def _made(made: WithCredentials) -> dict[str, Any]:
    return {**shown(made.integration), "api_key": made.api_key, "secret": made.secret}


@contextmanager
def _refusing() -> Iterator[None]:
    """Answer what the service refuses."""
    try:
        yield
    except NoSuchIntegration as error:
        raise Problem(404, "not_found", "There is no such integration in this tenant.") from error
    except BadIntegration as error:
        problems = {name: [f"It {text}."] for name, text in error.problems.items()}
        raise invalid(problems) from error
    except NameTaken as error:
        raise Problem(409, "conflict", "Another integration has this name.") from error
    except TooManyIntegrations as error:
        raise Problem(409, "too_many_integrations", str(error)) from error
