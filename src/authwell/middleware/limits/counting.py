"""The limits of an application: who may have how much, and what is refused."""

from typing import Final, cast

from flask import Flask, current_app

from authwell.config.settings import RateLimit, Settings
from authwell.middleware.limits import switch
from authwell.middleware.limits.buckets import TokenBuckets
from authwell.middleware.limits.counted import NOBODY, claimed_client
from authwell.middleware.limits.ledger import RedisLedger
from authwell.middleware.limits.reached import LimitReached
from authwell.middleware.limits.windows import Window, Windows
from authwell.storage.registry import ROOT
from authwell.utils.addresses import subscriber

EXTENSION: Final = "authwell.limits"
_ADDRESS_FACTOR: Final = 10


class Limits:
    """The limits of one application."""

    def __init__(self, settings: Settings) -> None:
        """Connect to Redis if it is configured, and find out whether it answers."""
        self.settings = settings
        self.limit_of_callers = limit_of_address(settings.rate_limiting_default)
        self._limit_of_named = limit_of_address(settings.rate_limit_token)
        self._ledger = RedisLedger(settings.redis_url) if settings.redis_url is not None else None
        self.buckets = TokenBuckets(self._ledger, workers=settings.web_concurrency)
        self._windows = Windows(settings, self.buckets)
        if self.is_on and self.redis_state() == "unavailable":
            self.buckets.mark_away()
        switch.register(self)

    @property
    def is_on(self) -> bool:
        """Whether requests are counted."""
        return switch.is_on(self.settings.rate_limiting_enabled)

    def reset(self) -> None:
        """Forget what was counted, here and in Redis if it answers: for tests."""
        self.buckets.forget_all()
        self._windows.forget_all()

    def redis_state(self) -> str:
        """Ask Redis: `ok`, `unavailable` or `not_configured`."""
        if self._ledger is None:
            return "not_configured"
        return "ok" if self._ledger.answers() else "unavailable"

    def state(self) -> dict[str, str]:
        """Return how limits are kept, for `/health`."""
        if not self.is_on:
            return {"mode": "off"}
        if self._ledger is None:
            return {"mode": "local", "redis": "not_configured"}
        if self.buckets.is_away:
            return {"mode": "local, stricter", "redis": "unavailable"}
        return {"mode": "shared", "redis": "ok"}

    def charge(self, kind: str, key: str, limit: RateLimit) -> None:
        """Take one token of a bucket.

        Raises:
            LimitReached: there is none.
        """
        if self.is_on and (wait := self.buckets.take(kind, key, limit)):
            raise LimitReached(wait, kind, limit)

    def check(self, kind: str, key: str, limit: RateLimit) -> None:
        """Refuse what would be one too many, and take nothing.

        Raises:
            LimitReached: there is no token in the bucket.
        """
        if self.is_on and (wait := self.buckets.wait(kind, key, limit)):
            raise LimitReached(wait, kind, limit)

    def count(self, kind: str, key: str, limit: RateLimit) -> None:
        """Take one token of a bucket if there is one, and refuse nothing: `check` does."""
        if self.is_on:
            self.buckets.take(kind, key, limit)

    def charge_tenant(self, slug: str) -> None:
        """Take one page or call of a tenant: RATE_LIMIT_PER_TENANT, whoever it is by.

        Raises:
            LimitReached: there is none.
        """
        self.charge("tenant", slug, self.settings.rate_limit_per_tenant)

    def charge_tenant_machine(self, slug: str) -> None:
        """Take one call of a tenant's machine endpoints: RATE_LIMIT_PER_TENANT once more.

        Counted apart from pages, so that a flood of one leaves the others.

        Raises:
            LimitReached: there is none.
        """
        self.charge("tenant_machine", slug, self.settings.rate_limit_per_tenant)

    def charge_machine(
        self, address: str | None, authorization: str | None, tenant: str = ROOT
    ) -> None:
        """Take one call of a machine endpoint: RATE_LIMIT_TOKEN for each client and address.

        The client is named by whoever asks, so the address has a limit of its own above it.

        Raises:
            LimitReached: there is none.
        """
        if not self.is_on:
            return
        peer = subscriber(address or NOBODY)
        client = claimed_client(authorization)
        if client is not None:
            self.charge("client", f"{tenant}:{client}:{peer}", self.settings.rate_limit_token)
            self.charge("machine", peer, self._limit_of_named)
        else:
            self.charge("machine", peer, self.settings.rate_limit_token)

    def charge_address(self, endpoint: str, address: str | None) -> None:
        """Take one call of a protocol endpoint: RATE_LIMIT_PER_IP.

        Raises:
            LimitReached: there is none.
        """
        key = f"{endpoint}:{subscriber(address or NOBODY)}"
        self.charge("address", key, self.settings.rate_limit_per_ip)

    def charge_window(self, name: Window) -> None:
        """Count a page or a call of an API.

        Raises:
            LimitReached: the limit is reached.
        """
        if self.is_on:
            self._windows.charge(name)


def limit_of_address(limit: RateLimit) -> RateLimit:
    """What an address may do, where each that it names may do so much."""
    return RateLimit(limit.amount * _ADDRESS_FACTOR, limit.period)


def init_app(app: Flask, settings: Settings) -> None:
    """Give the application its limits."""
    app.extensions[EXTENSION] = Limits(settings)


def limits() -> Limits:
    """Return the limits of the application that serves this request."""
    return cast(Limits, current_app.extensions[EXTENSION])
