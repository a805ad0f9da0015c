"""The first page of the console: what happened in the last days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Response, current_app
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from authwell.identity.administration.event_counts import DailyCounts
from authwell.middleware.console_pages import console_page, may
from authwell.middleware.context import authorization_server, site
from authwell.protocol.events import EventType
from authwell.routes.console.blueprint import blueprint

_ = lazy_gettext

_EXTENSION: Final = "authwell.daily_counts"
WIDTH: Final = 280
HEIGHT: Final = 72
GAP: Final = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of a chart, with its place in the picture."""

    day: date
    number: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers by day."""

    name: str
    title: LazyString
    tone: str
    bars: Sequence[Bar]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def total(self) -> int:
        """Of all days."""
        return sum(bar.number for bar in self.bars)


CHARTS: Final[Sequence[tuple[str, LazyString, str, frozenset[str]]]] = (
    ("logins", _("Logins"), "good", frozenset({EventType.LOGIN_SUCCEEDED})),
    (
        "tokens",
        _("Tokens"),
        "brand",
        frozenset(
            {
                EventType.CODE_REDEEMED,
                EventType.TOKEN_REFRESHED,
                EventType.TOKENS_ISSUED,
                EventType.PASSWORD_GRANT_USED,
            }
        ),
    ),
    (
        "failures",
        _("Failures"),
        "bad",
        frozenset(
            {
                EventType.LOGIN_FAILED,
                EventType.LOGIN_BLOCKED,
                EventType.SECOND_FACTOR_FAILED,
                EventType.CODE_REPLAYED,
                EventType.REFRESH_TOKEN_REPLAYED,
            }
        ),
    ),
)
"""Name, title, colour, and the events that are counted."""


@blueprint.get("")
def show_dashboard() -> Response:
    """Logins, tokens and failures by day, and the way to everything else."""
    server = authorization_server()
    days = _counts().of(server.tenant.id, server.now) if may("audit:read") else []
    return console_page(
        "console/dashboard.html",
        "overview",
        issuer=server.issuer,
        charts=[_chart(*described, days) for described in CHARTS] if days else [],
    )


def _chart(
    name: str,
    title: LazyString,
    tone: str,
    types: frozenset[str],
    days: Sequence[tuple[date, Mapping[str, int]]],
) -> Chart:
    numbers = [sum(found.get(each, 0) for each in types) for _, found in days]
    most, step = max(*numbers, 1), WIDTH / len(days)
    bars = []
    for place, ((day, _found), number) in enumerate(zip(days, numbers, strict=True)):
        # What happened at all is seen, however little it was.
        height = max(round(HEIGHT * number / most, 1), 2 if number else 0)
        x = round(place * step + GAP / 2, 1)
        bars.append(Bar(day, number, x, round(HEIGHT - height, 1), round(step - GAP, 1), height))
    return Chart(name, title, tone, bars)


def _counts() -> DailyCounts:
    found: DailyCounts = current_app.extensions.setdefault(_EXTENSION, DailyCounts(site().database))
    return found
