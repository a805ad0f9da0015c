"""Language tags in names of claims, and which of several languages a client means (BCP 47).

A claim in one language is called `name#ja-Kana-JP` (OpenID Connect Core section 5.2); tags are
compared without letter case.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

MAX_LOCALES = 20
"""Of `claims_locales`; the further ones are not looked at."""

_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8}")


def is_tag(text: str) -> bool:
    """Whether it has the form of a language tag (RFC 5646 section 2.1)."""
    return _TAG.fullmatch(text) is not None


def locales(parameter: str | None) -> tuple[str, ...]:
    """The tags of `claims_locales`, the preferred first; what is none is passed over."""
    words = (parameter or "").split()[:MAX_LOCALES]
    return tuple(word for word in words if is_tag(word))


def base(name: str) -> str:
    """The name of a claim without its language."""
    return name.partition("#")[0]


def translations(claims: Mapping[str, Any], name: str, asked: str) -> dict[str, Any]:
    """A claim in the language that was asked for, under that very name; or in all that it covers
    (basic filtering, RFC 4647 section 3.3.1).
    """
    known = dict(_tagged(claims, name))
    wanted = asked.lower()
    exact = [key for tag, key in known.items() if tag == wanted]
    if exact:
        return {f"{name}#{asked}": claims[exact[0]]}
    return {key: claims[key] for tag, key in known.items() if tag.startswith(f"{wanted}-")}


def preferred(claims: Mapping[str, Any], name: str, wanted: Iterable[str]) -> Any:
    """A claim in the first wanted language that it is known in (lookup, RFC 4647 section 3.4).

    The claim without a language counts as one in that of the person's `locale`, and stands in
    where no wanted language is known.
    """
    known = dict(_tagged(claims, name))
    own = str(claims.get("locale", "")).replace("_", "-").lower()
    if own and name in claims:
        known[own] = name
    for language in wanted:
        key = _nearest(known, language.lower())
        if key is not None:
            return claims[key]
    return claims.get(name)


def _nearest(known: Mapping[str, str], wanted: str) -> str | None:
    """The very language, else a narrower one, else a wider one."""
    if wanted in known:
        return known[wanted]
    for tag, key in known.items():
        if tag.startswith(f"{wanted}-"):
            return key
    wider = wanted.rpartition("-")[0]
    while wider and wider not in known:
        wider = wider.rpartition("-")[0]
    return known.get(wider)


def _tagged(claims: Mapping[str, Any], name: str) -> Iterable[tuple[str, str]]:
    begin = f"{name}#"
    return ((key[len(begin) :].lower(), key) for key in sorted(claims) if key.startswith(begin))
