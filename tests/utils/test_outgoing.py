"""The outgoing client: https to checked addresses only, nothing followed, all bounded (WH)."""

import gzip
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from authwell.utils.addresses import AllowList, is_reachable, parsed
from authwell.utils.outgoing import (
    ForbiddenTarget,
    Limits,
    Outgoing,
    OutgoingError,
    Unreachable,
    UnusableAnswer,
)
from tests.parts.https import HttpsServer, Reply, https_server


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpsServer]:
    with https_server(tmp_path_factory.mktemp("https")) as running:
        yield running


@pytest.fixture
def outgoing(other: HttpsServer) -> Outgoing:
    return Outgoing.of((other.host_port,), other.ca_file)


def get(outgoing: Outgoing, url: str, limits: Limits | None = None) -> bytes:
    return outgoing.send("GET", url, limits=limits).body


def test_an_allowed_host_is_called(other: HttpsServer, outgoing: Outgoing) -> None:
    other.replies["/keys"] = Reply(b"{}", headers={"Cache-Control": "max-age=5"})

    answer = outgoing.send("GET", other.origin + "/keys")

    assert (answer.status, answer.body) == (200, b"{}")
    assert answer.headers["cache-control"] == "max-age=5"


def test_a_form_is_posted(other: HttpsServer, outgoing: Outgoing) -> None:
    other.replies["/told"] = Reply(status=200)

    outgoing.send("POST", other.origin + "/told", content=b"a=b", headers={"X-One": "1"})

    method, _, headers, body = next(entry for entry in other.seen if entry[1] == "/told")
    assert (method, body, headers["X-One"]) == ("POST", b"a=b", "1")


@pytest.mark.req("WH-01", "DR-02")
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "localhost.",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",  # noqa: S104
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "10.0.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "[fd00::1]",
        "[fe80::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
def test_a_private_address_is_never_called(other: HttpsServer, host: str) -> None:
    before = len(other.seen)

    with pytest.raises((ForbiddenTarget, Unreachable)):
        get(Outgoing(), f"https://{host}:{other.port}/keys")

    assert len(other.seen) == before


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/keys",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "//example.com",
        "https://user:secret@example.com/",
        "https://[::1/",
        "",
    ],
)
def test_only_plain_https_urls_are_called(outgoing: Outgoing, url: str) -> None:
    with pytest.raises(ForbiddenTarget):
        get(outgoing, url)


@pytest.mark.parametrize(
    "text",
    [
        "169.254.169.254",
        "fe80::1",
        "64:ff9b::a00:1",
        "0.0.0.0",  # noqa: S104
        "::",
        "224.0.0.1",
        "100.100.100.200",
    ],
)
def test_no_setting_opens_link_local_and_metadata_addresses(text: str) -> None:
    everything = AllowList.of(("0.0.0.0/0", "::/0"))

    address = parsed(text)

    assert everything.holds(address)
    assert not is_reachable(address, is_allowed=True)


@pytest.mark.parametrize(
    ("entries", "is_called"),
    [
        (("localhost",), True),
        (("127.0.0.0/8", "::1/128"), True),
        (("localhost:1",), False),
        (("other.test",), False),
        (("10.0.0.0/8",), False),
    ],
)
def test_an_entry_opens_its_host_port_or_network(
    other: HttpsServer, entries: tuple[str, ...], is_called: bool
) -> None:
    other.replies["/allowed"] = Reply(b"yes")
    outgoing = Outgoing.of(entries, other.ca_file)
    found = None

    try:
        found = get(outgoing, other.origin + "/allowed")
    except ForbiddenTarget:
        found = None

    assert (found == b"yes") is is_called


def test_one_forbidden_address_among_good_ones_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entries = [(socket.AF_INET, 1, 6, "", (text, 443)) for text in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)

    with pytest.raises(ForbiddenTarget, match=r"10\.0\.0\.1"):
        get(Outgoing(), "https://two-faced.example/")


def test_a_name_is_looked_up_once(
    other: HttpsServer, outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.replies["/once"] = Reply(b"once")
    asked = []
    real = socket.getaddrinfo

    def counted(host: str, *arguments: object, **options: object) -> object:
        asked.append(host)
        return real("127.0.0.1", *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", counted)
    body = get(outgoing, other.origin + "/once")

    assert body == b"once"
    assert asked == ["localhost", "127.0.0.1"]


def test_a_strange_certificate_is_refused(other: HttpsServer) -> None:
    with pytest.raises(Unreachable, match=r"(?i)certificate"):
        get(Outgoing.of((other.host_port,)), other.origin + "/keys")


def test_a_file_that_holds_no_authority_is_an_error_of_the_call(
    other: HttpsServer, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text("nothing")

    with pytest.raises(Unreachable):
        get(Outgoing.of((other.host_port,), tmp_path / "ca.pem"), other.origin + "/keys")


def test_the_own_authority_counts_for_allowed_targets_only(other: HttpsServer) -> None:
    outgoing = Outgoing.of((), other.ca_file)

    assert (
        outgoing._public_context.cert_store_stats() != outgoing._private_context.cert_store_stats()
    )
    with pytest.raises(ForbiddenTarget):
        get(outgoing, other.origin + "/keys")


@pytest.mark.req("AR-01", "DR-02")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(other: HttpsServer, outgoing: Outgoing, status: int) -> None:
    other.replies["/moved"] = Reply(status=status, headers={"Location": other.origin + "/target"})

    with pytest.raises(UnusableAnswer):
        get(outgoing, other.origin + "/moved")

    assert other.calls("/target") == 0


@pytest.mark.req("WH-04")
def test_a_long_answer_is_refused(other: HttpsServer, outgoing: Outgoing) -> None:
    other.replies["/long"] = Reply(b"x" * 2000)

    with pytest.raises(UnusableAnswer, match="1999 bytes"):
        get(outgoing, other.origin + "/long", Limits(bytes=1999))

    assert len(get(outgoing, other.origin + "/long", Limits(bytes=2000))) == 2000


def test_a_compressed_answer_is_refused(other: HttpsServer, outgoing: Outgoing) -> None:
    other.replies["/bomb"] = Reply(
        gzip.compress(b"0" * 10**6), headers={"Content-Encoding": "gzip"}
    )

    with pytest.raises(UnusableAnswer):
        get(outgoing, other.origin + "/bomb")


def drip_header(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(100):
        handler.wfile.write(b"x")
        time.sleep(0.05)


@pytest.mark.req("WH-04")
@pytest.mark.parametrize("drip", [drip_header, drip_body])
def test_a_host_that_drips_does_not_stretch_the_call(
    other: HttpsServer, outgoing: Outgoing, drip: object
) -> None:
    other.replies["/drip"] = Reply(send=drip)  # type: ignore[arg-type]
    begun = time.monotonic()

    with pytest.raises(Unreachable):
        get(outgoing, other.origin + "/drip", Limits(seconds=0.5))

    assert time.monotonic() - begun < 1.5


def test_a_look_up_that_hangs_does_not_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> list[object]:
        time.sleep(1)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    begun = time.monotonic()

    with pytest.raises(Unreachable, match="in time"):
        get(Outgoing(), "https://slow.example/", Limits(seconds=0.2))

    assert time.monotonic() - begun < 0.9


def test_a_proxy_of_the_environment_is_not_used(
    other: HttpsServer, outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    other.replies["/direct"] = Reply(b"direct")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")

    assert get(outgoing, other.origin + "/direct") == b"direct"


def test_a_closed_port_and_nonsense_are_unreachable(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        with pytest.raises(OutgoingError):
            get(Outgoing.of(("localhost",)), f"https://localhost:{port}/")
