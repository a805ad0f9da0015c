"""How a tenant looks: a logo and colours, checked so strictly that they can carry nothing else.

A colour is six hexadecimal digits, a logo an https address; there is no free CSS or HTML (THREATS.md
BR-04). Whatever pairs of text and ground come of it must be readable, in the light scheme and in
the dark one (WCAG 2.2, criteria 1.4.3 and 1.4.11).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any, Final, Literal

import orjson

from authwell.identity.tenants.nested import mapping_at, wrong_at
from authwell.protocol.model import Tenant
from authwell.protocol.policy import InvalidPolicy
from authwell.utils.urls import split_canonical

MEMBER: Final = "branding"
_mapping, _wrong = partial(mapping_at, MEMBER), partial(wrong_at, MEMBER)

Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")

DEFAULTS: Final[Mapping[Scheme, Mapping[str, str]]] = {
    "light": {
        "page": "#e9f0ee",
        "page_glow": "#f7faf9",
        "ring": "#c5d6d2",
        "surface": "#ffffff",
        "sunken": "#f3f7f6",
        "line": "#d8e2df",
        "line_field": "#768b87",
        "text": "#10211f",
        "quiet": "#485a57",
        "brand": "#0b5d59",
        "brand_hover": "#084845",
        "on_brand": "#ffffff",
        "link": "#0a5854",
        "focus": "#c2570c",
    },
    "dark": {
        "page": "#091312",
        "page_glow": "#12211f",
        "ring": "#1d3431",
        "surface": "#111e1c",
        "sunken": "#182826",
        "line": "#263936",
        "line_field": "#66807b",
        "text": "#e8f0ee",
        "quiet": "#a5b8b4",
        "brand": "#74d3c6",
        "brand_hover": "#93e3d8",
        "on_brand": "#04201d",
        "link": "#86dccf",
        "focus": "#ffb35c",
    },
}
"""The colours that may be changed, as `static/tokens.css` has them (`--color-page-glow`, ...)."""

_GROUNDS: Final = ("page", "page_glow", "surface", "sunken")
_PAIRS: Final = (
    *((text, ground, 4.5) for text in ("text", "quiet", "link") for ground in _GROUNDS),
    *(("brand", ground, 4.5) for ground in ("surface", "sunken")),
    *(("on_brand", ground, 4.5) for ground in ("brand", "brand_hover")),
    *(("focus", ground, 3.0) for ground in _GROUNDS),
    ("line_field", "surface", 3.0),
    ("brand", "page", 3.0),
)
"""What stands on what, and how much the two must differ at least."""
_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)
_SPECIAL: Final = re.compile(r"[;,'\"<>]")
_LONGEST: Final = 2048


@dataclass(frozen=True, slots=True)
class Branding:
    """What a tenant changed; nothing by default.

    Attributes:
        logo_uri: an https address of a picture, or None.
        colors: by scheme, the colours that differ from `DEFAULTS`.
    """

    logo_uri: str | None = None
    colors: Mapping[Scheme, Mapping[str, str]] = field(default_factory=dict[Scheme, Any])

    def color(self, name: str, scheme: Scheme = "light") -> str:
        """One of the colours of `DEFAULTS`, as it is here."""
        return self.colors.get(scheme, {}).get(name) or DEFAULTS[scheme][name]

    @property
    def stylesheet(self) -> str:
        """The changed colours as custom properties; empty if there are none."""
        light, dark = (_properties(self.colors.get(scheme, {})) for scheme in SCHEMES)
        sheet = f":root {{\n{light}}}\n" if light else ""
        if dark:
            sheet += f"@media (prefers-color-scheme: dark) {{\n:root {{\n{dark}}}\n}}\n"
        return sheet

    @property
    def version(self) -> str:
        """Changes with the stylesheet, so that it may be cached; empty if there is none."""
        sheet = self.stylesheet
        return sha256(sheet.encode()).hexdigest()[:16] if sheet else ""


def branding_of(tenant: Tenant) -> Branding:
    """That of a tenant; none if what is configured is from a version with other rules."""
    value = tenant.people_policy.get(MEMBER)
    if not value:
        return Branding()
    try:
        return _parsed(orjson.dumps(value))
    except InvalidPolicy:
        return Branding()


def read_branding(value: object) -> Branding:
    """Read the member `branding` of a tenant's policy.

    Raises:
        InvalidPolicy: something in it is unknown, not in its form, or cannot be read by people.
    """
    if value is None:
        return Branding()
    members = _mapping(value, "", ("logo_uri", "colors"))
    given = _mapping(members.get("colors", {}), "colors", SCHEMES)
    colors = {scheme: _colors(given.get(scheme, {}), scheme) for scheme in SCHEMES}
    branding = Branding(_logo(members.get("logo_uri")), {s: c for s, c in colors.items() if c})
    _require_contrast(branding)
    return branding


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.2, definition of it)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def preview_stylesheet(branding: Branding) -> str:
    """All colours of both schemes for the parts of a page that preview them, each by its place."""
    return "".join(
        f".preview-{place} {{\n"
        + _properties({name: branding.color(name, scheme) for name in DEFAULTS[scheme]})
        + f"color-scheme: {scheme};\n}}\n"
        for place, scheme in enumerate(SCHEMES, 1)
    )


@lru_cache(maxsize=64)
def _parsed(value: bytes) -> Branding:
    return read_branding(orjson.loads(value))


def _logo(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _is_plain_https(value):
        raise _wrong("logo_uri", "must be an https URL in its plain form")
    return value


def _is_plain_https(uri: str) -> bool:
    """Its origin becomes a part of the content security policy, so nothing may end it early."""
    try:
        parts = split_canonical(uri)
    except ValueError:
        return False
    return parts.scheme == "https" and len(uri) <= _LONGEST and not _SPECIAL.search(uri)


def _colors(value: object, scheme: Scheme) -> Mapping[str, str]:
    path = f"colors.{scheme}"
    given = _mapping(value, path, tuple(DEFAULTS[scheme]))
    for name, color in given.items():
        if not isinstance(color, str) or not _HEX.fullmatch(color):
            raise _wrong(f"{path}.{name}", "must be a colour of six hexadecimal digits, as #0b5d59")
    colors = {name: color.lower() for name, color in given.items()}
    brand = colors.get("brand")
    if brand is not None:
        colors.setdefault(
            "brand_hover", _mixed(brand, "#000000" if scheme == "light" else "#ffffff")
        )
        colors.setdefault("link", brand)
    return colors


def _require_contrast(branding: Branding) -> None:
    for scheme in SCHEMES:
        if scheme not in branding.colors:
            continue
        for text, ground, least in _PAIRS:
            found = contrast(branding.color(text, scheme), branding.color(ground, scheme))
            if found < least:
                raise _wrong(
                    f"colors.{scheme}",
                    f"{text} on {ground} has a contrast of {found:.2f}; at least {least} is needed",
                )


def _luminance(color: str) -> float:
    """The relative luminance (WCAG 2.2, definition of it)."""
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(color: str, other: str) -> str:
    """The colour with a fifth of another in it."""
    pairs = [(int(color[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{(4 * one + two) // 5:02x}" for one, two in pairs)


def _properties(colors: Mapping[str, str]) -> str:
    return "".join(
        f"--color-{name.replace('_', '-')}: {color};\n" for name, color in sorted(colors.items())
    )
