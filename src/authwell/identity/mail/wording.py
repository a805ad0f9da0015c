"""A tenant's own words in mails: a subject and an opening, by mail and language.

They are text with places for values, `{name}`, and nothing else: no expressions, no markup and
no links (THREATS.md RC-09). The rest of a mail, its button and its warnings, stays ours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from authwell.identity.mail.catalogue import FACTOR, MAILS, OBSERVATION
from authwell.identity.tenants.nested import mapping_at, wrong_at
from authwell.protocol.model import Tenant
from authwell.protocol.policy import InvalidPolicy
from authwell.utils.translations import LANGUAGES

MEMBER: Final = "mails"
_mapping, _wrong = partial(mapping_at, MEMBER), partial(wrong_at, MEMBER)

_PLACE: Final = re.compile(r"\{([a-z_]+)\}", re.ASCII)
_LONGEST: Final = {"subject": 150, "opening": 1000}


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one mail in one language; what is None is ours."""

    subject: str | None = None
    opening: str | None = None


Wordings = Mapping[tuple[str, str], Wording]
"""By mail and language."""


def wordings_of(tenant: Tenant) -> Wordings:
    """Those of a tenant; none if what is configured is from a version with other rules."""
    try:
        return read_wordings(tenant.people_policy.get(MEMBER))
    except InvalidPolicy:
        return {}


def read_wordings(value: object) -> Wordings:
    """Read the member `mails` of a tenant's policy: by mail, then by language.

    Raises:
        InvalidPolicy: there is no such mail, language, text or place for a value.
    """
    if value is None:
        return {}
    found = dict[tuple[str, str], Wording]()
    for template, languages in _mapping(value, "", tuple(MAILS)).items():
        for language, texts in _mapping(languages, template, LANGUAGES).items():
            path = f"{template}.{language}"
            given = _mapping(texts, path, tuple(_LONGEST))
            checked = {name: _text(given[name], path, name, template) for name in given}
            found[template, language] = Wording(**checked)
    return found


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its values; what stands in a value is never a place itself."""
    return _PLACE.sub(lambda place: values[place.group(1)], text)


def places_of(template: str) -> frozenset[str]:
    """The values that a tenant's text may name: not links, which a button shows, nor words of ours."""
    shown = (
        name
        for name, kind in MAILS[template].values.items()
        if not name.endswith("link") and kind not in {FACTOR, OBSERVATION}
    )
    return frozenset({*shown, "tenant"})


def _text(value: object, path: str, name: str, template: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST[name]:
        raise _wrong(f"{path}.{name}", f"must be text of 1 to {_LONGEST[name]} characters")
    if not value.isprintable():
        raise _wrong(f"{path}.{name}", "must be one line")
    unknown = sorted(set(_PLACE.findall(value)) - places_of(template))
    if unknown or re.search(r"[{}]", _PLACE.sub("", value)):
        known = ", ".join(f"{{{place}}}" for place in sorted(places_of(template)))
        raise _wrong(f"{path}.{name}", f"braces are for values only; there are {known}")
    return value
