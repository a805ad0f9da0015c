"""The part of the API that the modules of this package add their operations to."""

from collections.abc import Iterator
from contextlib import contextmanager

from authwell.identity.webhooks.drafts import BadEndpoint
from authwell.identity.webhooks.service import (
    NameTaken,
    NoSuchThing,
    TooManyEndpoints,
    Webhooks,
)
from authwell.middleware.api.bodies import invalid
from authwell.middleware.api.operations import Api
from authwell.middleware.api.versions import expected
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.routes.webhooks.schemas import shown
from authwell.storage.webhooks.endpoints import Endpoint

api = Api("webhook_endpoints", "/webhook-endpoints", prefixes=("/api/v1",))

MISSING = {404: "The tenant has no such endpoint"}


def webhooks() -> Webhooks:
    """The service."""
    return site().webhooks


def tenant_id() -> str:
    """The tenant of this request."""
    return authorization_server().tenant.id


def endpoint(endpoint_id: str) -> Endpoint:
    """The endpoint of a path.

    Raises:
        Problem: there is none, or it is another tenant's, which is the same.
    """
    with refusing():
        return webhooks().get(tenant_id(), endpoint_id)


def seen_endpoint(endpoint_id: str) -> Endpoint:
    """The same as the caller has seen it; what is written then stands against that.

    Raises:
        ChangedMeanwhile: `If-Match` names another version.
    """
    found = endpoint(endpoint_id)
    expected().require(shown(found))
    return found


@contextmanager
def refusing() -> Iterator[None]:
    """Answer what the service refuses."""
    try:
        yield
    except NoSuchThing as error:
        raise Problem(404, "not_found", "There is no such thing in this tenant.") from error
    except BadEndpoint as error:
        raise invalid({name: [f"It {text}."] for name, text in error.problems.items()}) from error
    except NameTaken as error:
        raise Problem(409, "conflict", "Another endpoint has this name.") from error
    except TooManyEndpoints as error:
        raise Problem(409, "too_many_webhook_endpoints", str(error)) from error
