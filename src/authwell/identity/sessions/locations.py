"""Where an address is: its network, and its country and city if a GeoIP file knows them (K37).

The file is optional (GEOIP_DB, MaxMind's format) and never the reason of a failure: whatever it
does not know is left out.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from ipaddress import IPv6Address, ip_network
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

import maxminddb

from authwell.config.settings import SettingsError
from authwell.utils.addresses import parsed
from authwell.utils.logs import get_logger

IPV4_PREFIX = 24
IPV6_PREFIX = 48
"""What providers give to one site: addresses within change without meaning anything."""

_EARTH_RADIUS_KM = 6371.0
_LONGEST_NAME = 80
_log = get_logger("locations")


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of an address.

    Attributes:
        prefix: its network, which stands for the place where nothing else is known.
        country: ISO 3166-1, two letters.
        city: its English name.
    """

    prefix: str | None = None
    country: str | None = None
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> "Place":
        """From what was kept with a session."""
        return cls(**{name: (kept or {}).get(name) for name in cls.__dataclass_fields__})

    @property
    def label(self) -> str | None:
        """What a person is shown: city and country, else the network."""
        named = ", ".join(part for part in (self.city, self.country) if part)
        return named or self.prefix

    def members(self) -> dict[str, Any]:
        """What is known, to be kept."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def distance(self, other: "Place") -> float | None:
        """Kilometres between both along a great circle; None if one of them is unknown."""
        if self.latitude is None or self.longitude is None:
            return None
        if other.latitude is None or other.longitude is None:
            return None
        here, there = radians(self.latitude), radians(other.latitude)
        east = radians(other.longitude - self.longitude)
        half = sin((there - here) / 2) ** 2 + cos(here) * cos(there) * sin(east / 2) ** 2
        return 2 * _EARTH_RADIUS_KM * asin(min(1.0, sqrt(half)))


class Locations:
    """Finds places by the file that the operator gave, or by networks alone."""

    def __init__(self, file: Path | None) -> None:
        """Open the file, if any.

        Raises:
            SettingsError: it is no GeoIP file.
        """
        try:
            self._reader = None if file is None else maxminddb.open_database(file)
        except (maxminddb.InvalidDatabaseError, OSError) as error:
            raise SettingsError({"GEOIP_DB": f"is no MaxMind database: {file}"}) from error

    def find(self, address: str | None) -> Place:
        """The place of an address; an empty one if it is none."""
        try:
            found = parsed(address or "")
        except ValueError:
            return Place()
        length = IPV6_PREFIX if isinstance(found, IPv6Address) else IPV4_PREFIX
        prefix = str(ip_network((found, length), strict=False))
        return _place(prefix, self._record(str(found)))

    def _record(self, address: str) -> Mapping[str, Any]:
        if self._reader is None:
            return {}
        try:
            record = self._reader.get(address)
        except (maxminddb.InvalidDatabaseError, ValueError) as error:
            _log.warning("locations.unreadable", error=type(error).__name__)
            return {}
        return record if isinstance(record, Mapping) else {}


NETWORKS_ONLY = Locations(None)
"""Where there is no file."""


def _place(prefix: str, record: Mapping[str, Any]) -> Place:
    country = _member(record, "country") or _member(record, "registered_country")
    coordinates = _member(record, "location")
    return Place(
        prefix=prefix,
        country=_text(country.get("iso_code")),
        city=_text(_member(_member(record, "city"), "names").get("en")),
        latitude=_number(coordinates.get("latitude"), 90),
        longitude=_number(coordinates.get("longitude"), 180),
    )


def _member(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = record.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(value: object) -> str | None:
    return value[:_LONGEST_NAME] if isinstance(value, str) and value.isprintable() else None


def _number(value: object, most: float) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > most:
        return None
    return float(value)
