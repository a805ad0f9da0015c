"""TXT records (RFC 1035 section 3.3.14), asked of a name server on the loopback."""

from collections.abc import Iterator
from time import monotonic

import pytest

from authwell.utils import text_records
from authwell.utils.text_records import TextRecords
from tests.parts.names import NameServer, name_server

NAME = "_authwell-challenge.fern.example"


@pytest.fixture
def server() -> Iterator[NameServer]:
    with name_server() as running:
        yield running


def records(server: NameServer) -> TextRecords:
    host, _, port = server.address.partition(":")
    return TextRecords((host, int(port)))


def test_all_texts_of_a_name_are_found_whole(server: NameServer) -> None:
    server.texts[NAME] = ["one", 'two" "parts', "état"]

    found = records(server).find(NAME)

    assert sorted(found) == sorted(("one", "twoparts", "état"))


@pytest.mark.parametrize("name", ["other.example", "a..b", "x" * 64 + ".example", "a." * 140])
def test_a_name_without_texts_is_told(server: NameServer, name: str) -> None:
    with pytest.raises(LookupError):
        records(server).find(name)


def test_nobody_waits_for_a_server_that_says_nothing(
    server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_records, "SECONDS", 0.2)
    server.is_silent = True

    begun = monotonic()
    with pytest.raises(LookupError):
        records(server).find(NAME)

    assert monotonic() - begun < 2
