"""Request limits (REQUIREMENTS.md section Q, K23 and K48).

The protocol's endpoints take their limit from token buckets, which cost about a
microsecond; pages and JSON APIs take it from flask-limiter. Both count in Redis, and fall
back to a stricter count of their own when it is away (THREATS.md HT-10).
"""

import math
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

from flask import Flask, current_app, request
from flask_limiter import Limiter, RateLimitExceeded
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.exceptions import TooManyRequests

from authwell.config.parsing import rate
from authwell.config.settings import RateLimit, Settings
from authwell.middleware import limit_switch
from authwell.middleware.buckets import LedgerAway, TokenBuckets
from authwell.middleware.calls import slug_of
from authwell.storage.registry import ROOT
from authwell.utils.addresses import subscriber
from authwell.utils.randomness import digest

EXTENSION: Final = "authwell.limits"
_TIMEOUT_SECONDS: Final = 0.25
_ADDRESS_FACTOR: Final = 10
_NOBODY: Final = "nobody"

P = ParamSpec("P")
R = TypeVar("R")


class RedisLedger:
    """Sums in Redis, one round trip each."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    def add(self, key: str, amount: int, seconds: int) -> int:
        """Add to a counter that ends by itself.

        Raises:
            LedgerAway: Redis does not answer.
        """
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.incrby(key, amount)
        pipeline.expire(key, seconds)
        try:
            return int(pipeline.execute()[0])
        except RedisError as error:
            raise LedgerAway from error


class Limits:
    """The limits of one application."""

    def __init__(self, settings: Settings) -> None:
        """Connect to Redis if it is configured, and find out whether it answers."""
        self.settings = settings
        token = settings.rate_limit_token
        self.limit_of_named = RateLimit(token.amount * _ADDRESS_FACTOR, token.period)
        default = settings.rate_limiting_default
        self.limit_of_callers = RateLimit(default.amount * _ADDRESS_FACTOR, default.period)
        self.redis = _connect(settings.redis_url)
        ledger = RedisLedger(self.redis) if self.redis is not None else None
        self.buckets = TokenBuckets(ledger, workers=settings.web_concurrency)
        self._pages = _flask_limiter(settings)
        self._checks = {
            "page": self._check("page", settings.rate_limit_per_ip, _address),
            "api": self._check("api", settings.rate_limiting_default, _caller),
        }
        if self.is_on and self.redis_state() == "unavailable":
            self.buckets.mark_away()
        limit_switch.register(self)

    @property
    def is_on(self) -> bool:
        """Whether requests are counted."""
        return limit_switch.is_on(self.settings.rate_limiting_enabled)

    def reset(self) -> None:
        """Forget what was counted, here and in Redis if it answers: for tests."""
        self.buckets.forget_all()
        with suppress(RedisError):
            self._pages.reset()

    def redis_state(self) -> str:
        """Ask Redis: `ok`, `unavailable` or `not_configured`."""
        if self.redis is None:
            return "not_configured"
        try:
            self.redis.ping()
        except RedisError:
            return "unavailable"
        return "ok"

    def charge(self, kind: str, key: str, limit: RateLimit) -> None:
        """Take one token of a bucket.

        Raises:
            TooManyRequests: there is none.
        """
        if self.is_on and (wait := self.buckets.take(kind, key, limit)):
            raise too_many(wait, kind, limit)

    def check(self, kind: str, key: str, limit: RateLimit) -> None:
        """Refuse what would be one too many, and take nothing.

        Raises:
            TooManyRequests: there is no token in the bucket.
        """
        if self.is_on and (wait := self.buckets.wait(kind, key, limit)):
            raise too_many(wait, kind, limit)

    def count(self, kind: str, key: str, limit: RateLimit) -> None:
        """Take one token of a bucket if there is one, and refuse nothing: `check` does."""
        if self.is_on:
            self.buckets.take(kind, key, limit)

    def charge_tenant(self, slug: str) -> None:
        """Take one page or call of a tenant: RATE_LIMIT_PER_TENANT, whoever it is by.

        Raises:
            TooManyRequests: there is none.
        """
        self.charge("tenant", slug, self.settings.rate_limit_per_tenant)

    def charge_tenant_machine(self, slug: str) -> None:
        """Take one call of a tenant's machine endpoints: RATE_LIMIT_PER_TENANT once more.

        Counted apart from pages, so that a flood of one leaves the others.

        Raises:
            TooManyRequests: there is none.
        """
        self.charge("tenant_machine", slug, self.settings.rate_limit_per_tenant)

    def charge_machine(
        self, address: str | None, authorization: str | None, tenant: str = ROOT
    ) -> None:
        """Take one call of a machine endpoint: RATE_LIMIT_TOKEN for each client and address.

        The client is named by whoever asks, so the address has a limit of its own above it.

        Raises:
            TooManyRequests: there is none.
        """
        if not self.is_on:
            return
        peer = subscriber(address or _NOBODY)
        client = _claimed_client(authorization)
        if client is not None:
            self.charge("client", f"{tenant}:{client}:{peer}", self.settings.rate_limit_token)
            self.charge("machine", peer, self.limit_of_named)
        else:
            self.charge("machine", peer, self.settings.rate_limit_token)

    def charge_address(self, endpoint: str, address: str | None) -> None:
        """Take one call of a protocol endpoint: RATE_LIMIT_PER_IP.

        Raises:
            TooManyRequests: there is none.
        """
        key = f"{endpoint}:{subscriber(address or _NOBODY)}"
        self.charge("address", key, self.settings.rate_limit_per_ip)

    def charge_window(self, name: str) -> None:
        """Count a page or a call of an API.

        Raises:
            TooManyRequests: the limit is reached.
        """
        if not self.is_on:
            return
        try:
            self._checks[name]()
        except RateLimitExceeded as error:
            reached = error.limit.limit
            period = timedelta(seconds=reached.get_expiry())
            limit = RateLimit(reached.amount, period)
            raise too_many(period.total_seconds(), name, limit) from error

    def _check(self, name: str, limit: RateLimit, key: Callable[[], str]) -> Callable[[], None]:
        def count() -> None:
            """Let the decorator count."""

        count.__qualname__ = f"Limits.{name}"
        return self._pages.limit(lambda: str(self._present(limit)), key_func=key)(count)

    def _present(self, limit: RateLimit) -> RateLimit:
        """Return the limit, or less of it while each process counts for itself."""
        if self.redis is not None and not self.buckets.is_away:
            return limit
        divisor = max(self.settings.web_concurrency, 2 if self.buckets.is_away else 1)
        return RateLimit(max(1, limit.amount // divisor), limit.period)


def init_app(app: Flask, settings: Settings) -> None:
    """Give the application its limits."""
    app.extensions[EXTENSION] = Limits(settings)


def limits() -> Limits:
    """Return the limits of the application that serves this request."""
    return cast(Limits, current_app.extensions[EXTENSION])


def limit_address(view: Callable[P, R]) -> Callable[P, R]:
    """Decorate a protocol endpoint that browsers and clients reach: RATE_LIMIT_PER_IP."""

    @wraps(view)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        limits().charge_address(str(request.endpoint), request.environ.get("REMOTE_ADDR"))
        return view(*args, **kwargs)

    return limited


def limit_registration(view: Callable[P, R]) -> Callable[P, R]:
    """Decorate the endpoint where clients register: RATE_LIMIT_CLIENT_REGISTRATION by address."""

    @wraps(view)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        here = limits()
        here.charge("registration", _address(), here.settings.rate_limit_client_registration)
        return view(*args, **kwargs)

    return limited


def limit_page(view: Callable[P, R]) -> Callable[P, R]:
    """Decorate a page: RATE_LIMIT_PER_IP."""

    @wraps(view)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        here = limits()
        here.charge_window("page")
        here.charge_tenant(slug_of(request.environ))
        return view(*args, **kwargs)

    return limited


def limit_api(view: Callable[P, R]) -> Callable[P, R]:
    """Decorate a JSON route of a first-party API: RATE_LIMITING_DEFAULT for each caller.

    Callers name themselves by whatever token they send, so the address has a limit above it.
    """

    @wraps(view)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        here = limits()
        here.charge("api", _address(), here.limit_of_callers)
        here.charge_window("api")
        here.charge_tenant(slug_of(request.environ))
        return view(*args, **kwargs)

    return limited


def conditional_limit(text: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give a JSON route a limit of its own, for each caller, where limits are on (M7).

    Callers name themselves by whatever they send, so the address has a limit above it.

    Args:
        text: such as `5/minute`.
    """
    limit = rate(text)
    limit_of_address = RateLimit(limit.amount * _ADDRESS_FACTOR, limit.period)

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def limited(*args: P.args, **kwargs: P.kwargs) -> R:
            here, kind = limits(), f"view:{view.__name__}"
            here.charge(f"{kind}:address", _address(), limit_of_address)
            here.charge(kind, _caller(), limit)
            here.charge_tenant(slug_of(request.environ))
            return view(*args, **kwargs)

        return limited

    return decorate


def charge_account(account_id: str) -> None:
    """Count a change that somebody makes by the API: RATE_LIMIT_PER_USER, however they came in.

    Raises:
        TooManyRequests: the limit is reached.
    """
    here = limits()
    here.charge("account", account_id, here.settings.rate_limit_per_user)


def check_logins(username: str) -> None:
    """Refuse a login while too many for this account from this address have failed.

    Raises:
        TooManyRequests: RATE_LIMIT_LOGIN is reached.
    """
    here = limits()
    here.check("login", _login_key(username), here.settings.rate_limit_login)


def count_failed_login(username: str) -> None:
    """Count a failed login for an account and an address together (K48)."""
    here = limits()
    here.count("login", _login_key(username), here.settings.rate_limit_login)


def check_registrations() -> None:
    """Refuse a registration while there were too many from this address.

    Raises:
        TooManyRequests: RATE_LIMIT_REGISTER is reached.
    """
    here = limits()
    here.check("register", _address(), here.settings.rate_limit_register)


def count_registration() -> None:
    """Count one that asked for an account; a form that was not filled in well is none."""
    here = limits()
    here.count("register", _address(), here.settings.rate_limit_register)


def charge_password_reset(email: str) -> None:
    """Count somebody who asks for a link to one address, whether it has an account or not.

    Raises:
        TooManyRequests: RATE_LIMIT_PASSWORD_RESET is reached.
    """
    here = limits()
    key = f"{_named(email)}:{_address()}"
    here.charge("password_reset", key, here.settings.rate_limit_password_reset)


def peer() -> str:
    """What whoever sends this request is counted by: an address, or a /64 of IPv6."""
    return _address()


def limits_state() -> dict[str, str]:
    """Return how limits are kept, for `/health`."""
    here = limits()
    if not here.is_on:
        return {"mode": "off"}
    if here.redis is None:
        return {"mode": "local", "redis": "not_configured"}
    if here.buckets.is_away:
        return {"mode": "local, stricter", "redis": "unavailable"}
    return {"mode": "shared", "redis": "ok"}


def redis_answers() -> str:
    """Ask Redis: `ok`, `unavailable` or `not_configured`."""
    return limits().redis_state()


class LimitReached(TooManyRequests):
    """429 with `Retry-After`, and which limit it was (draft-ietf-httpapi-ratelimit-headers)."""

    def __init__(self, seconds: int, name: str, limit: RateLimit) -> None:
        """Say when to come back.

        Args:
            seconds: until then.
            name: of the limit; fixed, never what a stranger sent.
            limit: the one that was reached.
        """
        text = f"Too many requests. Try again in {seconds} seconds."
        super().__init__(text, retry_after=seconds)
        window = int(limit.period.total_seconds())
        self._told = [
            ("RateLimit-Policy", f'"{name}";q={limit.amount};w={window}'),
            ("RateLimit", f'"{name}";r=0;t={seconds}'),
        ]

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        """Those of the base, and which limit it was."""
        return [*super().get_headers(*args, **kwargs), *self._told]


def too_many(seconds: float, name: str, limit: RateLimit) -> LimitReached:
    """Return the error that says which limit was reached, and when to come back."""
    return LimitReached(max(1, math.ceil(seconds)), name, limit)


def _flask_limiter(settings: Settings) -> Limiter:
    """Make flask-limiter count where it is asked to.

    Its hooks cost each request more than a token does, so they belong to an application that
    serves nothing; only the decorators are used.
    """
    limiter = Limiter(
        key_func=_address,
        storage_uri=settings.redis_url or "memory://",
        storage_options=_socket_options() if settings.redis_url else {},
        strategy="fixed-window",
        in_memory_fallback_enabled=True,
        key_prefix="aw:",
    )
    limiter.init_app(Flask("authwell.limits"))
    return limiter


def _connect(url: str | None) -> Redis | None:
    if url is None:
        return None
    retry = Retry(NoBackoff(), 1)
    return Redis.from_url(
        url, retry=retry, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
    )


def _socket_options() -> dict[str, str | int]:
    return {"socket_timeout": 1, "socket_connect_timeout": 1}


def _address() -> str:
    return subscriber(request.environ.get("REMOTE_ADDR") or _NOBODY)


def _caller() -> str:
    """Return who calls an API: the bearer of a token or key, by its digest, else the address."""
    shown = request.environ.get("HTTP_AUTHORIZATION") or request.environ.get("HTTP_X_API_KEY")
    return digest(shown).hex()[:32] if shown else _address()


def _claimed_client(authorization: str | None) -> str | None:
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() != "basic" or len(credentials) > 1000:
        return None
    try:
        return b64decode(credentials).partition(b":")[0].decode("ascii")
    except (NotBase64, ValueError):
        return None


def _login_key(username: str) -> str:
    return f"{_named(username)}:{_address()}"


def _named(name: str) -> str:
    """A name that somebody typed, which in another tenant is somebody else's (THREATS.md TN-11)."""
    return f"{slug_of(request.environ)}:{digest(name.strip().casefold()).hex()[:32]}"
