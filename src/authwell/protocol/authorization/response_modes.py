"""How an authorization response travels (OAuth 2.0 Multiple Response Type Encoding Practices,
OAuth 2.0 Form Post Response Mode).
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from authwell.protocol import response_types


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where the response goes, proven, and what goes back with it."""

    redirect_uri: str
    mode: str
    """query, fragment or form_post."""
    state: str | None


@dataclass(frozen=True, slots=True)
class Redirect:
    """Answer by a 303 to this location."""

    location: str


@dataclass(frozen=True, slots=True)
class FormPost:
    """Answer by a page that posts these fields to the client."""

    action: str
    fields: tuple[tuple[str, str], ...]


def default_mode(response_type: str | None) -> str:
    """Fragment as soon as a token travels in the front channel, else query (section 2.1)."""
    return "fragment" if response_types.brings_tokens(response_type) else "query"


def may_carry(mode: str, response_type: str | None) -> bool:
    """Whether what the response type brings may travel in that mode: tokens in a query would
    stay in logs and histories (section 2.1).
    """
    return mode != "query" or not response_types.brings_tokens(response_type)


def encode(reply_to: ReplyTo, issuer: str, values: list[tuple[str, str]]) -> Redirect | FormPost:
    """The response with `state` and `iss` (RFC 9207) added, which happens only here."""
    fields = list(values)
    if reply_to.state is not None:
        fields.append(("state", reply_to.state))
    fields.append(("iss", issuer))
    if reply_to.mode == "form_post":
        return FormPost(reply_to.redirect_uri, tuple(fields))
    encoded = urlencode(fields)
    if reply_to.mode == "fragment":
        return Redirect(f"{reply_to.redirect_uri}#{encoded}")
    joint = "&" if "?" in reply_to.redirect_uri else "?"
    if reply_to.redirect_uri.endswith(("?", "&")):
        joint = ""
    return Redirect(f"{reply_to.redirect_uri}{joint}{encoded}")
