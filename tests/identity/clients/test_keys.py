"""Keys behind a `jwks_uri`: fetched rarely, once for all threads, and never in the way of others."""

import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from authwell.identity.clients.keys import EARLY, FLOOR, LONGEST, FetchedKeys, fresh_for
from authwell.ops.serving import THREADS
from authwell.protocol.ports import KeysUnavailable
from authwell.utils.fetches import AT_ONCE, BUSY, Fetches
from authwell.utils.outgoing import Outgoing
from tests.identity.configuration.configuring import NOW
from tests.parts.https import HttpsServer, Reply, https_server

SECOND = timedelta(seconds=1)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[HttpsServer]:
    with https_server(tmp_path) as running:
        yield running


@pytest.fixture
def keys(other: HttpsServer) -> FetchedKeys:
    return FetchedKeys(Fetches(Outgoing.of((other.host_port, "127.0.0.1"), other.ca_file)))


def key_set(*kids: str, **headers: str) -> Reply:
    found = [ECKey.generate_key("P-256").as_dict(private=False, kid=kid) for kid in kids]
    return Reply(json.dumps({"keys": found}).encode(), headers=headers)


def kids(found: Any) -> list[str]:
    return [key.kid for key in found]


@pytest.mark.req("oidcc-registration-jwks-uri")
def test_a_set_is_fetched_once_and_kept(other: HttpsServer, keys: FetchedKeys) -> None:
    other.replies["/jwks"] = key_set("a", "b")
    uri = other.origin + "/jwks"

    found = [keys.find(uri, NOW + number * SECOND) for number in range(20)]

    assert {tuple(kids(each)) for each in found} == {("a", "b")}
    assert other.calls("/jwks") == 1


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({}, LONGEST - EARLY),
        ({"cache-control": "public, max-age=120"}, timedelta(seconds=120)),
        ({"cache-control": "max-age=120", "age": "20"}, timedelta(seconds=100)),
        ({"cache-control": 'max-age="60"'}, timedelta(seconds=60)),
        ({"cache-control": "max-age=0"}, FLOOR),
        ({"cache-control": "no-store"}, FLOOR),
        ({"cache-control": "no-cache, max-age=500"}, FLOOR),
        ({"cache-control": "max-age=99999999"}, LONGEST - EARLY),
        ({"cache-control": "max-age=-1", "age": "x"}, LONGEST - EARLY),
        ({"cache-control": "max-age=20", "age": "9" * 30}, timedelta(seconds=20)),
    ],
)
def test_the_headers_say_how_long(headers: Mapping[str, str], kept: timedelta) -> None:
    assert fresh_for(headers) == kept


def test_a_set_is_fetched_again_when_its_time_is_over(
    other: HttpsServer, keys: FetchedKeys
) -> None:
    other.replies["/jwks"] = key_set("a", **{"Cache-Control": "max-age=30"})
    uri = other.origin + "/jwks"
    keys.find(uri, NOW)
    other.replies["/jwks"] = key_set("b")

    before = keys.find(uri, NOW + 29 * SECOND)
    after = keys.find(uri, NOW + 30 * SECOND)

    assert (kids(before), kids(after)) == (["a"], ["b"])


@pytest.mark.req("oidcc-refresh-token-rp-key-rotation")
def test_a_renewal_has_a_floor(other: HttpsServer, keys: FetchedKeys) -> None:
    other.replies["/jwks"] = key_set("a")
    uri = other.origin + "/jwks"
    keys.find(uri, NOW)
    other.replies["/jwks"] = key_set("b")

    at_once = keys.renewed(uri, NOW)
    soon = keys.renewed(uri, NOW + FLOOR - SECOND)
    later = keys.renewed(uri, NOW + FLOOR)

    assert [kids(each) for each in (at_once, soon, later)] == [["a"], ["a"], ["b"]]
    assert other.calls("/jwks") == 2


def test_a_failed_renewal_keeps_what_is_known_for_ten_minutes(
    other: HttpsServer, keys: FetchedKeys
) -> None:
    other.replies["/jwks"] = key_set("a", **{"Cache-Control": "max-age=30"})
    uri = other.origin + "/jwks"
    keys.find(uri, NOW)
    del other.replies["/jwks"]

    assert kids(keys.renewed(uri, NOW + 20 * SECOND)) == ["a"]
    assert kids(keys.find(uri, NOW + 60 * SECOND)) == ["a"]
    with pytest.raises(KeysUnavailable, match="404"):
        keys.find(uri, NOW + LONGEST)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"keys": 1}', b"\xff", b"[" * 100_000])
def test_what_is_no_set_is_no_keys(other: HttpsServer, keys: FetchedKeys, body: bytes) -> None:
    other.replies["/jwks"] = Reply(body)

    for _ in range(3):
        with pytest.raises(KeysUnavailable):
            keys.find(other.origin + "/jwks", NOW)

    assert other.calls("/jwks") == 1


def test_a_private_address_is_not_fetched(other: HttpsServer) -> None:
    other.replies["/jwks"] = key_set("a")

    with pytest.raises(KeysUnavailable):
        FetchedKeys(Fetches(Outgoing())).find(other.origin + "/jwks", NOW)

    assert other.calls("/jwks") == 0


class Gate:
    """A host that answers when it is told to."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked = threading.Event()
        self.opened = threading.Event()

    def send(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.set()
        self.opened.wait(10)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(self.reply.body)))
        handler.end_headers()
        handler.wfile.write(self.reply.body)


def test_two_threads_cause_one_fetch(other: HttpsServer, keys: FetchedKeys) -> None:
    gate = Gate(key_set("a"))
    other.replies["/slow"] = Reply(send=gate.send)

    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(keys.find, other.origin + "/slow", NOW) for _ in range(2)]
        gate.asked.wait(5)
        gate.opened.set()
        found = [kids(each.result()) for each in waiting]

    assert found == [["a"]] * 2
    assert other.calls("/slow") == 1


@pytest.mark.req("HT-05", "WH-04")
def test_of_many_threads_that_want_a_slow_host_at_most_three_are_kept(
    other: HttpsServer, keys: FetchedKeys
) -> None:
    gate = Gate(key_set("a"))
    other.replies.update({f"/slow{number}": Reply(send=gate.send) for number in range(8)})

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(keys.find, other.origin + "/slow0", NOW)
        gate.asked.wait(5)
        others = [pool.submit(keys.find, f"{other.origin}/slow{n}", NOW) for n in range(1, 8)]
        refused = list(islice(as_completed(others), 5))
        is_still_slow = not first.done()
        gate.opened.set()

    assert is_still_slow
    for each in refused:
        with pytest.raises(KeysUnavailable, match="too much is being fetched"):
            each.result()
    assert AT_ONCE * 2 <= THREADS
    assert BUSY < THREADS


def test_a_slow_host_is_not_in_the_way_of_others(other: HttpsServer, keys: FetchedKeys) -> None:
    gate = Gate(key_set("a"))
    other.replies["/slow"] = Reply(send=gate.send)
    other.replies["/quick"] = key_set("b")

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(keys.find, other.origin + "/slow", NOW)
        gate.asked.wait(5)
        quick = keys.find(f"https://127.0.0.1:{other.port}/quick", NOW)
        is_still_slow = not slow.done()
        gate.opened.set()
        slow.result()

    assert kids(quick) == ["b"]
    assert is_still_slow


def test_while_one_fetches_the_others_take_what_is_known(
    other: HttpsServer, keys: FetchedKeys
) -> None:
    other.replies["/slow"] = key_set("a", **{"Cache-Control": "max-age=30"})
    uri = other.origin + "/slow"
    keys.find(uri, NOW)
    gate = Gate(key_set("b"))
    other.replies["/slow"] = Reply(send=gate.send)

    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(keys.find, uri, NOW + 60 * SECOND)
        gate.asked.wait(5)
        meanwhile = keys.find(uri, NOW + 60 * SECOND)
        gate.opened.set()

    assert (kids(meanwhile), kids(fetching.result())) == (["a"], ["b"])
