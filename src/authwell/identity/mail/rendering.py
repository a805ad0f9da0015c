"""Turning a letter into a subject, a text and an HTML page, in the reader's language.

One template says what a mail has, in parts: paragraphs, a button, facts. Two layouts say how
these parts look in HTML and in plain text, so that the two never tell different things.

What strangers gave (names, devices) reaches a template as text only, is escaped in HTML, and is
never a template itself; the environment is sandboxed besides (THREATS.md RC-09).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from authwell.identity.mail import catalogue
from authwell.identity.mail.catalogue import (
    ADDRESS,
    DAY,
    MAILS,
    MINUTES,
    MOMENT,
    NAME,
    BadLetter,
    Value,
)
from authwell.identity.mail.letters import Letter
from authwell.identity.mail.wording import Wording, Wordings, filled, wordings_of
from authwell.identity.tenants.branding import DEFAULTS, SCHEMES, Branding, branding_of
from authwell.protocol.model import Tenant
from authwell.utils.translations import best_of, catalog, direction

Form = Literal["html", "text"]
Unit = Literal["day", "hour", "minute"]

_TEMPLATES: Final = Path(__file__).parents[2] / "templates"
_LONGEST: Final = 200
# A name that a mail client would turn into a link is an advertisement (THREATS.md RC-07).
_NO_NAME: Final = re.compile(r"[/@:<>\\]|\.\w{2}|www", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class House:
    """Who writes.

    Attributes:
        name: the tenant's.
        issuer: below which all links are.
        branding: its logo and colours.
        wordings: its own words.
    """

    name: str
    issuer: str
    branding: Branding = field(default_factory=Branding)
    wordings: Wordings = field(default_factory=dict[tuple[str, str], Wording])

    @classmethod
    def of(cls, tenant: Tenant) -> "House":
        """A tenant's."""
        return cls(tenant.name, tenant.issuer, branding_of(tenant), wordings_of(tenant))


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail as people see it."""

    subject: str
    text: str
    html: str
    language: str


def render(letter: Letter, house: House, waited: timedelta = timedelta(0)) -> Rendered:
    """Write a letter.

    Args:
        letter: as it was posted.
        house: who writes it.
        waited: since it was posted; a link's time runs meanwhile.

    Raises:
        BadLetter: it is not as the catalogue says, or a link leads elsewhere (RC-01).
    """
    catalogue.check(letter.template, letter.to, letter.values)
    _require_own_links(letter, house)
    language = best_of([letter.language] if letter.language else [])
    shown = {**_shown(letter, language, waited), "tenant": _one_line(house.name)}
    own = house.wordings.get((letter.template, language), Wording())
    values: dict[str, object] = {
        **shown,
        **_looks(house.branding),
        "issuer": house.issuer,
        "lang": language,
        "dir": direction(language),
        "own_opening": filled(own.opening, shown) if own.opening is not None else None,
    }
    text = _environment("text", language).get_template(f"mail/{letter.template}.jinja")
    html = _environment("html", language).get_template(f"mail/{letter.template}.jinja")
    ours = "".join(text.blocks["subject"](text.new_context(values)))
    subject = _one_line(ours if own.subject is None else filled(own.subject, shown))
    page = html.render({**values, "subject": subject})
    return Rendered(
        subject=subject,
        text=re.sub(r"\n{3,}", "\n\n", text.render(values)).strip() + "\n",
        html=re.sub(r"\n\s*\n+", "\n", page).strip() + "\n",
        language=language,
    )


def _looks(branding: Branding) -> dict[str, object]:
    light, dark = (
        {name: branding.color(name, scheme) for name in DEFAULTS[scheme]} for scheme in SCHEMES
    )
    return {"colors": light, "dark": dark, "logo": branding.logo_uri}


def _require_own_links(letter: Letter, house: House) -> None:
    for name, value in letter.values.items():
        if name.endswith("link") and not value.startswith(f"{house.issuer}/"):
            raise BadLetter(f"{letter.template}: {name} does not lead to the issuer")


def _shown(letter: Letter, language: str, waited: timedelta) -> dict[str, str]:
    """The values as the reader sees them."""
    return {
        name: _shown_as(kind, name, letter.values[name], language, waited)
        for name, kind in MAILS[letter.template].values.items()
    }


def _shown_as(kind: Value, name: str, value: str, language: str, waited: timedelta) -> str:
    if kind is MINUTES:
        return _duration(timedelta(minutes=int(value)) - waited, language)
    if kind is MOMENT:
        moment = datetime.fromisoformat(value).astimezone(UTC)
        return format_datetime(moment, "long", tzinfo=UTC, locale=_locale(language))
    if kind is DAY:
        return format_date(date.fromisoformat(value), "long", locale=_locale(language))
    if kind is ADDRESS:
        local, _, domain = _one_line(value).rpartition("@")
        return f"{local[:1]}•••@{domain}"
    if kind is NAME and _NO_NAME.search(value):
        return ""
    return value if name.endswith("link") else _one_line(value)


def _one_line(text: str) -> str:
    """Without what ends a line, turns the direction of writing, or is not to be seen."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:_LONGEST]


def _duration(left: timedelta, language: str) -> str:
    """The time that is left, in whole days, hours or minutes."""
    # A letter leaves some seconds after it was posted; `60 minutes` shall not be 59.
    minutes = max(1, int((left + timedelta(seconds=59)).total_seconds()) // 60)
    unit: Unit = "minute"
    if minutes >= 2880:
        unit, minutes = "day", minutes // 1440 * 1440
    elif minutes == 60 or minutes >= 120:
        unit, minutes = "hour", minutes // 60 * 60
    # The threshold lets the unit be ours.
    whole = timedelta(minutes=minutes)
    return format_timedelta(whole, granularity=unit, threshold=1000, locale=_locale(language))


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@cache
def _environment(form: Form, language: str) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=form == "html",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    install: Callable[..., None] = environment.install_gettext_translations  # type: ignore[attr-defined]
    install(catalog(language), newstyle=True)
    shape: Mapping[str, Any] = {
        "layout": f"mail/layout.{form}.jinja",
        "parts": f"mail/parts.{form}.jinja",
    }
    environment.globals.update(shape)
    return environment
