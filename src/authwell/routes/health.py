"""`/health`, `/health/db`, `/health/redis`, `/metrics`, and `/`: what this is and how it does."""

from collections.abc import Mapping
from ipaddress import ip_address

import orjson
from flask import Blueprint, Response, abort, request

from authwell import __version__
from authwell.middleware.context import authorization_server, site
from authwell.middleware.limits.counting import limits
from authwell.middleware.metrics import exposition
from authwell.middleware.pages import render
from authwell.protocol.ports import StorageUnavailable

blueprint = Blueprint("health", __name__)

ACCOUNT = "/account"
NO_STORE = {"Cache-Control": "no-store"}


@blueprint.get("/health")
def health() -> Response:
    """All parts at once; 503 if the server cannot do its work.

    Without Redis it works with stricter local limits, so that is told but is no failure.
    """
    database = _database_answers()
    status = "ok" if database else "unavailable"
    body = {
        "status": status,
        "version": __version__,
        "database": "ok" if database else "unavailable",
        "rate_limits": limits().state(),
    }
    return _answer(body, available=database)


@blueprint.get("/health/db")
def health_database() -> Response:
    """Whether the database answers."""
    available = _database_answers()
    return _answer({"status": "ok" if available else "unavailable"}, available=available)


@blueprint.get("/health/redis")
def health_redis() -> Response:
    """Whether Redis answers; `not_configured` is fine."""
    state = limits().redis_state()
    return _answer({"status": state}, available=state != "unavailable")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text, for the addresses of METRICS_ALLOW."""
    address = ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104 - stands for nobody
    if not any(address in network for network in site().settings.metrics_allow):
        abort(404)
    body, content_type = exposition()
    return Response(body, content_type=content_type, headers=NO_STORE)


@blueprint.get("/")
def home() -> Response:
    """A page for people, the same facts as JSON for programs."""
    tenant = authorization_server().tenant
    discovery = f"{tenant.issuer}/.well-known/openid-configuration"
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return render(
            "home.html",
            issuer=tenant.issuer,
            discovery_url=discovery,
            version=__version__,
            accounts_url=ACCOUNT,
        )
    body = {
        "service": "authwell",
        "status": "ok",
        "version": __version__,
        "issuer": tenant.issuer,
        "discovery": discovery,
    }
    return _answer(body, available=True)


def _database_answers() -> bool:
    try:
        site().database.ping()
    except StorageUnavailable:
        return False
    return True


def _answer(body: Mapping[str, object], *, available: bool) -> Response:
    return Response(
        orjson.dumps(body), 200 if available else 503, NO_STORE, mimetype="application/json"
    )
