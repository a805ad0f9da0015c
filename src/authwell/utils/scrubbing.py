"""Takes secrets and control characters out of what is written to a log (THREATS.md LG).

A secret is known by its name, by the form of a URL or header around it, or by its own form.
Long text is cut, and deep or wide values are, so that no request can flood the log.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Final, cast

SCRUBBED: Final = "[scrubbed]"
_LONGEST: Final = 2048
_DEEPEST: Final = 6
_WIDEST: Final = 50

_NAMES: Final = frozenset(
    {
        "api_key",
        "assertion",
        "authorization",
        "auth_req_id",
        "backup_code",
        "backup_codes",
        "code",
        "code_challenge",
        "cookie",
        "cookies",
        "credentials",
        "csrf",
        "database_url",
        "device_code",
        "dsn",
        "handle",
        "id_token_hint",
        "key_encryption_key",
        "key_encryption_key_old",
        "magic_link",
        "otp",
        "passwd",
        "passphrase",
        "password",
        "private",
        "private_jwk",
        "private_key",
        "private_pem",
        "private_sealed",
        "proxy_authorization",
        "query",
        "query_string",
        "redis_url",
        "request_uri",
        "reset_link",
        "secret",
        "secret_key",
        "secrets",
        "sentry_dsn",
        "set_cookie",
        "signature",
        "token",
        "tokens",
        "totp",
        "user_code",
        "x_api_key",
        "x_csrf_token",
    }
)
_ENDINGS: Final = (
    "_password", "_secret", "_token", "_cookie", "_assertion", "_verifier", "_secret_key",
)  # fmt: skip

# Most values are short words; they cannot hold what the long expression looks for.
_PLAIN: Final = re.compile(r"[\w./-]{0,39}(?: [\w./-]{0,7}){0,8}", re.ASCII)
_IN_TEXT: Final = re.compile(
    r"(?P<control>[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff])"
    r"|(?<=://)(?P<login>[^/\s@?#]+)@"
    r"|(?P<query>[?#](?=[^\s\"'<>]*=)[^\s\"'<>]+)"
    r"|(?P<scheme>\b(?:bearer|basic|dpop)\s+)[\w+/.~=-]{8,}"
    r"|(?P<name>\b(?:\w+_)?(?:password|passwd|secret|token|assertion|verifier|cookie|authorization"
    r"|api_key|otp)[\"']?\s*[=:]\s*[\"']?|\bcode[\"']?\s*[=:]\s*[\"']?)(?:(?:bearer|basic|dpop) +)?[^\s\"'&,;]+"
    r"|\b[a-z]{1,12}_[\w-]{43}(?![\w-])"
    r"|\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)*"
    r"|(?P<parameters>\[parameters: ).*?\](?=\n|$)",
    re.IGNORECASE | re.DOTALL,
)


def scrub(value: object, *, depth: int = _DEEPEST) -> object:
    """Return a value fit for the log: JSON types only, without secrets, of bounded size.

    Args:
        value: anything.
        depth: how many containers deep it is kept.
    """
    return _scrub(value, depth)


@lru_cache(maxsize=1024)
def names_a_secret(name: str) -> bool:
    """Return whether what has this name is a secret, in whatever case and with `-` or `_`."""
    plain = name.lower().replace("-", "_")
    return plain in _NAMES or plain.endswith(_ENDINGS)


def scrub_text(text: str) -> str:
    """Return the text without secrets and control characters, cut when it is long."""
    if _PLAIN.fullmatch(text):
        return text
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}... ({len(text)} characters)"
    return _IN_TEXT.sub(_replacement, text)


def _replacement(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind == "control":
        character = found["control"]
        return character if character == "\n" else f"\\u{ord(character):04x}"
    if kind == "login":
        return f"{SCRUBBED}@"
    if kind == "query":
        return f"{found['query'][0]}{SCRUBBED}"
    if kind in {"scheme", "name", "parameters"}:
        return f"{found[kind]}{SCRUBBED}"
    return SCRUBBED


def _scrub(value: object, depth: int) -> object:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else "(a number of more than 64 bits)"
    if isinstance(value, Mapping):
        return _scrub_mapping(cast(Mapping[object, object], value), depth)
    if isinstance(value, list | tuple | set | frozenset):
        return _scrub_items(list(cast(Iterable[object], value)), depth)
    return f"({len(value)} bytes)" if isinstance(value, bytes) else scrub_text(str(value))


def _scrub_items(items: list[object], depth: int) -> object:
    if depth == 0:
        return f"({len(items)} items)"
    kept = [_scrub(item, depth - 1) for item in items[:_WIDEST]]
    return kept if len(items) <= _WIDEST else [*kept, f"... ({len(items)} items)"]


def _scrub_mapping(value: Mapping[object, object], depth: int) -> object:
    if depth == 0:
        return f"({len(value)} items)"
    result: dict[str, object] = {}
    for key, item in islice(value.items(), _WIDEST):
        name = key if isinstance(key, str) else str(key)
        hidden = item is not None and names_a_secret(name)
        result[scrub_text(name)] = SCRUBBED if hidden else _scrub(item, depth - 1)
    if len(value) > _WIDEST:
        result["..."] = f"({len(value)} items)"
    return result
