"""The limits of views, each as its decorator."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request

from authwell.config.parsing import rate
from authwell.middleware.calls import slug_of
from authwell.middleware.limits.counted import caller, peer
from authwell.middleware.limits.counting import limit_of_address, limits

P = ParamSpec("P")
R = TypeVar("R")


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
        here.charge("registration", peer(), here.settings.rate_limit_client_registration)
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
        here.charge("api", peer(), here.limit_of_callers)
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
    limit_above = limit_of_address(limit)

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def limited(*args: P.args, **kwargs: P.kwargs) -> R:
            here, kind = limits(), f"view:{view.__name__}"
            here.charge(f"{kind}:address", peer(), limit_above)
            here.charge(kind, caller(), limit)
            here.charge_tenant(slug_of(request.environ))
            return view(*args, **kwargs)

        return limited

    return decorate
