"""Where somebody logs in, by their identifier (RFC 7033, OpenID Connect Discovery section 2).

The answer rests on the host of the identifier alone, so it tells nobody who has an account.
"""

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from authwell.protocol.errors import InvalidRequest
from authwell.utils.urls import canonical_host_port, host_of

ISSUER_RELATION = "http://openid.net/specs/connect/1.0/issuer"

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+")
_OF_PEOPLE = frozenset({"acct", "mailto"})
_OF_HOSTS = frozenset({"https", "http"})


def host_in(resource: str) -> str | None:
    """The host, with its port if it has one, that an identifier names; None for another URI.

    Raises:
        InvalidRequest: it is no URI, or has no host where its scheme demands one.
    """
    scheme, _, rest = resource.partition(":")
    try:
        if not _URI.fullmatch(resource):
            raise _malformed()
        if scheme.lower() in _OF_PEOPLE:
            name, _, host = rest.rpartition("@")
            return canonical_host_port(host if name else "")
        if scheme.lower() in _OF_HOSTS:
            return canonical_host_port(urlsplit(resource).netloc.rpartition("@")[2])
    except ValueError as error:
        raise _malformed() from error
    return None


def describe(
    issuer: str, hosts: Collection[str], resource: str, relations: Collection[str]
) -> dict[str, Any] | None:
    """The JSON Resource Descriptor (RFC 7033 section 4.4); None if the host is not ours.

    Args:
        issuer: who logs them in.
        hosts: whose people they are, beside the issuer's own host.
        resource: the identifier.
        relations: the values of `rel`; none asks for all.

    Raises:
        InvalidRequest: the identifier is malformed.
    """
    host = host_in(resource)
    own = urlsplit(issuer).netloc
    if host is None or not {host, host_of(host)} & {own, host_of(own), *hosts}:
        return None
    link = {"rel": ISSUER_RELATION, "href": issuer}
    wanted = not relations or ISSUER_RELATION in relations
    return {"subject": resource, "links": [link] if wanted else []}


def _malformed() -> InvalidRequest:
    return InvalidRequest(
        "resource must be a URI such as acct:alice@example.com.", rule="resource_malformed"
    )
