"""Response types: what each sends through the browser, and which grants it needs (OAuth 2.0
Multiple Response Type Encoding Practices, OpenID Connect Dynamic Client Registration section 2).

A response type is kept in its normal form: its values in alphabetical order, which is also the
order in which everybody writes them.
"""

FRONT_CHANNEL = frozenset({"token", "id_token"})
"""The values that bring a token through the browser."""


def normal(response_type: str) -> str:
    """The response type with its values in order, which says nothing (section 3)."""
    return " ".join(sorted(response_type.split()))


def parts(response_type: str | None) -> frozenset[str]:
    """The values of a response type."""
    return frozenset((response_type or "").split())


def brings_tokens(response_type: str | None) -> bool:
    """Whether a token travels through the browser, which a query must not carry (section 2.1)."""
    return bool(parts(response_type) & FRONT_CHANNEL)


def grant_types(response_type: str) -> frozenset[str]:
    """The grant types that a client needs for the response type; `none` needs no grant."""
    needed = {"authorization_code"} if "code" in parts(response_type) else set[str]()
    if brings_tokens(response_type):
        needed |= {"implicit"}
    return frozenset(needed)
