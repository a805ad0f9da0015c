"""Places: by an optional GeoIP file, else by networks alone."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.config.settings import SettingsError
from authwell.identity.sessions.locations import NETWORKS_ONLY, Locations, Place
from tests.identity.sessions.geoip import AMSTERDAM, BERLIN, TOKYO, UNPLACED, geoip_file


@pytest.fixture(scope="module")
def locations(tmp_path_factory: pytest.TempPathFactory) -> Locations:
    return Locations(geoip_file(tmp_path_factory.mktemp("geoip")))


@pytest.mark.req("K37", "2.11", "A16", "Q-GEOIP_DB")
def test_the_file_tells_city_country_and_coordinates(locations: Locations) -> None:
    assert locations.find(AMSTERDAM) == Place("81.2.69.0/24", "NL", "Amsterdam", 52.37, 4.9)
    assert locations.find(TOKYO).label == "Tokyo, JP"
    assert locations.find(f"::ffff:{BERLIN}").city == "Berlin"


@pytest.mark.req("K37")
@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("nowhere", None),
        ("", None),
        (None, None),
    ],
)
def test_without_a_file_the_network_stands_for_the_place(
    address: str | None, label: str | None
) -> None:
    assert NETWORKS_ONLY.find(address).label == label


def test_what_the_file_does_not_know_is_left_out(locations: Locations) -> None:
    assert locations.find(UNPLACED) == Place("81.2.71.0/24")
    assert locations.find("192.0.2.77") == Place("192.0.2.0/24")


def test_a_place_is_kept_and_read_again(locations: Locations) -> None:
    place = locations.find(AMSTERDAM)

    assert Place.of(place.members()) == place
    assert Place.of(None) == Place()


def test_distances_are_great_circles(locations: Locations) -> None:
    here, there = locations.find(AMSTERDAM), locations.find(TOKYO)

    assert here.distance(there) == pytest.approx(9290, rel=0.01)
    assert here.distance(here) == 0
    assert here.distance(Place()) is None


@given(st.text())
def test_no_text_crashes(text: str) -> None:
    assert NETWORKS_ONLY.find(text) is not None


def test_another_file_stops_the_start_and_is_named(tmp_path: Path) -> None:
    file = tmp_path / "not.mmdb"
    file.write_text("no database")

    with pytest.raises(SettingsError, match="GEOIP_DB"):
        Locations(file)
