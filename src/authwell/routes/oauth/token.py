"""`POST /oauth/token`, `/oauth/introspect`, `/oauth/revoke`: machine endpoints.

`machine.py` answers them below Flask; what it passes on comes here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from flask import Blueprint, Response, abort, request

from authwell.config.settings import Settings
from authwell.middleware.calls import Answer, Call, read_call
from authwell.middleware.context import Site, site
from authwell.middleware.limits.counting import Limits, limits
from authwell.middleware.metrics import log_with
from authwell.middleware.replies import response_of
from authwell.routes.oauth.server import introspection_answer, revocation_answer, token_answer
from authwell.storage.registry import ROOT

blueprint = Blueprint("oauth_machine", __name__)


def _by_client(limits: Limits, _name: str, call: Call) -> None:
    limits.charge_machine(call.caller.address, call.authorization, _slug(call))


def _slug(call: Call) -> str:
    return ROOT if call.tenant is None else call.tenant.slug


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A machine endpoint, however it is mounted.

    Attributes:
        name: in the figures.
        ask: what answers within the limits.
        is_on: whether the settings have it.
        methods: what it takes.
        charge: what takes its limit; that of the tenant comes after it.
    """

    name: str
    path: str
    ask: Callable[[Site, Call], Answer]
    is_on: Callable[[Settings], bool]
    methods: tuple[str, ...] = ("POST",)
    charge: Callable[[Limits, str, Call], None] = _by_client

    def answer(self, site: Site, limits: Limits, call: Call) -> Answer:
        """Answer a call.

        Raises:
            TooManyRequests: the client, its address or its tenant has none left.
            StorageUnavailable: the database is away.
        """
        self.charge(limits, self.name, call)
        # Who is over a limit of their own takes nothing from the tenant's.
        limits.charge_tenant_machine(_slug(call))
        return self.ask(site, call)


def always(_settings: Settings) -> bool:
    """Whatever the settings say."""
    return True


TOKEN: Final = Endpoint("oauth_machine.token", "/oauth/token", token_answer, always)
INTROSPECTION: Final = Endpoint(
    "oauth_machine.introspect",
    "/oauth/introspect",
    introspection_answer,
    attrgetter("token_introspection_enabled"),
)
REVOCATION: Final = Endpoint(
    "oauth_machine.revoke",
    "/oauth/revoke",
    revocation_answer,
    attrgetter("token_revocation_enabled"),
)
ENDPOINTS: Final = (TOKEN, INTROSPECTION, REVOCATION)


@blueprint.post(TOKEN.path)
def token() -> Response:
    """RFC 6749 section 3.2."""
    return by_flask(TOKEN)


@blueprint.post(INTROSPECTION.path)
def introspect() -> Response:
    """RFC 7662 section 2."""
    return by_flask(INTROSPECTION)


@blueprint.post(REVOCATION.path)
def revoke() -> Response:
    """RFC 7009 section 2."""
    return by_flask(REVOCATION)


def by_flask(endpoint: Endpoint) -> Response:
    """Answer Flask's request."""
    if not endpoint.is_on(site().settings):
        abort(404)
    call = read_call(request.environ, request.get_data(cache=False))
    answer = endpoint.answer(site(), limits(), call)
    log_with(**answer.facts)
    return response_of(answer)
