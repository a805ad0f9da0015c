"""Figures for Prometheus, added up over the worker processes of this machine.

With `PROMETHEUS_MULTIPROC_DIR` set, which `authwell serve` does, the workers share files in
that folder, and any of them can tell the sum.
"""

import os
from collections.abc import Mapping
from functools import cache
from time import perf_counter
from typing import Final
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from authwell.config.settings import Settings
from authwell.middleware.limits.counting import EXTENSION, Limits
from authwell.middleware.machine import MachineFigures
from authwell.utils.logs import get_logger, writes_every_request

REQUESTS: Final = Counter(
    "authwell_requests", "Requests answered.", ["endpoint", "method", "status"]
)
DURATIONS: Final = Histogram(
    "authwell_request_seconds",
    "Seconds from the first byte to the answer.",
    ["endpoint"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
TOKENS: Final = Counter("authwell_tokens_issued", "Token responses.", ["grant_type"])
LOGINS: Final = Counter("authwell_logins", "Attempts to log in.", ["outcome"])
SECOND_FACTORS: Final = Counter(
    "authwell_second_factors", "Second factors that were shown.", ["outcome"]
)
SUSPICIONS: Final = Counter(
    "authwell_suspicious_activity", "Rules of suspicious activity that applied.", ["rule", "action"]
)
LOGOUT_TOKENS: Final = Counter(
    "authwell_logout_tokens", "Attempts to deliver a logout token.", ["outcome"]
)
WEBHOOKS: Final = Counter("authwell_webhooks", "Attempts to deliver a webhook.", ["outcome"])
RECEIVED: Final = Counter(
    "authwell_received_messages", "Messages that integrations have sent.", ["outcome"]
)
BLOCKED: Final = Counter("authwell_blocked", "Refusals by a block of an administrator.", ["kind"])
MAILS: Final = Counter("authwell_mails", "Attempts to send a mail.", ["outcome"])
REGISTRATIONS: Final = Counter(
    "authwell_client_registrations", "Clients that registered or changed themselves.", ["change"]
)
ACCOUNTS: Final = Counter("authwell_account_registrations", "People who asked for an account.")
API_KEYS: Final = Counter("authwell_api_keys", "Uses of API keys.", ["outcome"])
AUDIT_ALARMS: Final = Counter(
    "authwell_audit_alarms", "Alarms because an audit log is not what was written."
)
LIMITED: Final = Counter("authwell_requests_limited", "Requests refused by a limit.", ["endpoint"])
REDIS_AWAY: Final = Gauge(
    "authwell_limits_without_redis",
    "1 while a process keeps stricter limits because Redis does not answer.",
    multiprocess_mode="livemax",
)
_UNKNOWN: Final = "none"
_BLOCKS: Final[Mapping[str, str]] = {
    "address_blocked": "address",
    "account_blocked": "account",
    "client_blocked": "client",
}
"""Kinds of blocks by the rules of their refusals."""

log = get_logger("request")


class _Measure:
    """The children of the figures of one kind of request; finding them again costs too much."""

    __slots__ = ("count", "duration")

    def __init__(self, endpoint: str, method: str, status: str) -> None:
        self.count = REQUESTS.labels(endpoint, method, status)
        self.duration = DURATIONS.labels(endpoint)


_measures: dict[tuple[str | None, str, int], _Measure] = {}


def observe(endpoint: str | None, method: str, status: int, seconds: float) -> None:
    """Count an answer; the endpoint is a name of ours, never what a stranger sent."""
    key = (endpoint, method, status)
    measure = _measures.get(key)
    if measure is None:
        measure = _measures[key] = _Measure(endpoint or _UNKNOWN, method, str(status))
    measure.count.inc()
    measure.duration.observe(seconds)


def count_tokens(grant_type: str) -> None:
    """Count a token response; the grant type is one that the server knows."""
    _tokens(grant_type).inc()


@cache
def _tokens(grant_type: str) -> Counter:
    return TOKENS.labels(grant_type)


def count_account() -> None:
    """Count somebody who asked for an account."""
    ACCOUNTS.inc()


def count_login(outcome: str) -> None:
    """Count an attempt to log in: `success`, `failure` or `locked`."""
    LOGINS.labels(outcome).inc()


def count_refused_login(reason: str) -> None:
    """Count a password that lets nobody in, by the reason of its `LoginFailed`."""
    count_login("locked" if reason == "account_locked" else "failure")
    count_block(reason)


def count_block(rule: str) -> None:
    """Count a refusal, if its rule is that of a block."""
    kind = _BLOCKS.get(rule)
    if kind is not None:
        BLOCKED.labels(kind).inc()


def count_second_factor(outcome: str) -> None:
    """Count a second factor that was shown: `success`, `failure` or `locked`."""
    SECOND_FACTORS.labels(outcome).inc()


def count_suspicion(rule: str, action: str) -> None:
    """Count a rule of suspicious activity that applied, with its action."""
    SUSPICIONS.labels(rule, action).inc()


def count_logout_token(outcome: str) -> None:
    """Count an attempt to deliver a logout token: `delivered`, `retried` or `failed`."""
    LOGOUT_TOKENS.labels(outcome).inc()


def count_mail(outcome: str) -> None:
    """Count an attempt to send a mail: `delivered`, `retried` or `failed`."""
    MAILS.labels(outcome).inc()


def count_webhook(outcome: str) -> None:
    """Count an attempt to deliver a webhook: `delivered`, `retried` or `failed`."""
    WEBHOOKS.labels(outcome).inc()


def count_received(outcome: str) -> None:
    """Count a message of an integration: `accepted`, `duplicate` or `refused`."""
    RECEIVED.labels(outcome).inc()


def count_registration(change: str) -> None:
    """Count a client that `registered`, `updated` or `deleted` itself."""
    REGISTRATIONS.labels(change).inc()


def log_with(**facts: object) -> None:
    """Let the request's own line in the log say this too; one line is cheaper than two."""
    g.log_facts = {**g.get("log_facts", {}), **facts}


def init_app(app: Flask, _settings: Settings) -> None:
    """Count and log every answer of the application."""
    app.after_request(_after)
    state = app.extensions.get(EXTENSION)
    if isinstance(state, Limits):
        _follow(state)


def count_audit_alarm() -> None:
    """Count an alarm because the audit log of a tenant is not what was written."""
    AUDIT_ALARMS.inc()


def count_api_key(outcome: str) -> None:
    """Count a use of an API key: `accepted` or `refused`."""
    API_KEYS.labels(outcome).inc()


def exposition() -> tuple[bytes, str]:
    """Return the figures as text, and its content type."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    machine = CollectorRegistry()
    machine.register(MachineFigures())
    return generate_latest(registry) + generate_latest(machine), CONTENT_TYPE_LATEST


def note_answer(
    environ: WSGIEnvironment, endpoint: str | None, status: int, facts: Mapping[str, object]
) -> None:
    """Count an answer, and tell of it in the request's own line in the log.

    Args:
        environ: the request.
        endpoint: a name of ours; None where the path is none of ours.
        status: of the answer.
        facts: what the line says besides.
    """
    now = perf_counter()
    seconds = now - environ.get("authwell.started", now)
    observe(endpoint, environ["REQUEST_METHOD"], status, seconds)
    if status == 429:
        LIMITED.labels(endpoint or _UNKNOWN).inc()
    if writes_every_request():
        log.info(
            "request",
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            status=status,
            ms=round(seconds * 1000, 2),
            address=environ.get("REMOTE_ADDR"),
            **facts,
        )


def _after(response: Response) -> Response:
    facts = g.get("log_facts", {})
    note_answer(request.environ, request.endpoint, response.status_code, facts)
    return response


def _follow(limits: Limits) -> None:
    """Let the gauge show whether Redis is away."""
    limits.buckets.when_away = REDIS_AWAY.set
    REDIS_AWAY.set(int(limits.buckets.is_away))
