"""A small GeoIP file for tests."""

from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]

AMSTERDAM = "81.2.69.1"
BERLIN = "81.2.70.1"
TOKYO = "2001:218::1"
UNPLACED = "81.2.71.1"


def geoip_file(folder: Path) -> Path:
    """A file that knows three cities, and one network without a place."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="GeoLite2-City")
    writer.insert_network(IPSet(["81.2.69.0/24"]), _city("NL", "Amsterdam", 52.37, 4.9))
    writer.insert_network(IPSet(["81.2.70.0/24"]), _city("DE", "Berlin", 52.52, 13.4))
    writer.insert_network(IPSet(["2001:218::/32"]), _city("JP", "Tokyo", 35.68, 139.69))
    writer.insert_network(IPSet(["81.2.71.0/24"]), {"country": "not a map", "location": "x"})
    file = folder / "places.mmdb"
    writer.to_db_file(str(file))
    return file


def _city(country: str, city: str, latitude: float, longitude: float) -> dict[str, object]:
    return {
        "country": {"iso_code": country},
        "city": {"names": {"en": city}},
        "location": {"latitude": latitude, "longitude": longitude},
    }
