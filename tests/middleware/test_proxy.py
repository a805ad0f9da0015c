"""DESIGN.md section 4, Proxy and certificate headers: who may say what about a request."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.middleware.proxy import MOST_BODY_BYTES, ProxyGuard
from authwell.utils.randomness import id_time
from tests.middleware.wsgi import Answer, Echo, call, request, settings

FORWARDED = {
    "HTTP_X_FORWARDED_FOR": "203.0.113.9",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "evil.test",
    "HTTP_X_FORWARDED_PREFIX": "/evil",
    "HTTP_FORWARDED": "for=203.0.113.9",
    "HTTP_X_REAL_IP": "203.0.113.9",
    "HTTP_X_REQUEST_ID": "request-of-somebody",
    "HTTP_X_CLIENT_CERT": "certificate",
}
BEHIND_A_PROXY = {
    "TRUSTED_PROXIES": "10.0.0.0/8,127.0.0.1",
    "CLIENT_CERT_HEADER": "X-Client-Cert",
}


def send(environ: dict[str, str], path: str = "/", **changes: str) -> tuple[Answer, Echo]:
    echo = Echo()
    return call(ProxyGuard(echo, settings(**changes)), request(path, **environ)), echo


@pytest.mark.req("HT-01", "DC-01", "CA-09")
@pytest.mark.parametrize("peer", ["203.0.113.1", "::1", "", "unix:", "11.0.0.1"])
def test_what_a_stranger_forwards_is_taken_away(peer: str) -> None:
    answer, echo = send({**FORWARDED, "REMOTE_ADDR": peer}, **BEHIND_A_PROXY)

    assert answer.status == 200
    assert not FORWARDED.keys() & echo.environ.keys()
    assert echo.environ["REMOTE_ADDR"] == peer
    assert echo.environ["wsgi.url_scheme"] == "http"
    assert echo.environ["authwell.request_id"] != "request-of-somebody"
    assert "authwell.client_certificate" not in echo.environ


@pytest.mark.req("HT-01")
def test_without_trusted_proxies_nobody_is_believed() -> None:
    _, echo = send(FORWARDED)

    assert echo.environ["REMOTE_ADDR"] == "127.0.0.1"
    assert not {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"} & echo.environ.keys()


@pytest.mark.req("HT-01", "M11")
def test_a_trusted_proxy_names_address_scheme_request_and_certificate() -> None:
    answer, echo = send(FORWARDED, **BEHIND_A_PROXY)

    assert echo.environ["REMOTE_ADDR"] == "203.0.113.9"
    assert echo.environ["wsgi.url_scheme"] == "https"
    assert echo.environ["authwell.client_certificate"] == "certificate"
    assert echo.environ["authwell.request_id"] == "request-of-somebody"
    assert answer.header("X-Request-ID") == "request-of-somebody"
    assert not FORWARDED.keys() & echo.environ.keys()


@pytest.mark.req("HT-01")
@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.7, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.7, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
        ("10.1.1.2, 10.1.1.1", "10.1.1.2"),
        ("2001:DB8::1", "2001:db8::1"),
    ],
)
def test_the_sender_is_the_right_most_address_of_no_proxy(header: str, address: str) -> None:
    _, echo = send({"HTTP_X_FORWARDED_FOR": header}, **BEHIND_A_PROXY)

    assert echo.environ["REMOTE_ADDR"] == address


@pytest.mark.req("L10", "AU-06", "Q-BLOCKED_ADDRESSES")
@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ("203.0.113.9", 403),
        ("::ffff:203.0.113.9", 403),
        ("198.51.100.7, 203.0.113.9", 403),
        ("203.0.113.9, 198.51.100.7", 200),
        ("2001:db8::1", 403),
        ("192.0.2.1", 200),
    ],
)
def test_a_blocked_network_gets_no_answer(forwarded: str, status: int) -> None:
    blocked = {"BLOCKED_ADDRESSES": "203.0.113.0/24, 2001:db8::/32"}

    answer, _ = send({"HTTP_X_FORWARDED_FOR": forwarded}, **BEHIND_A_PROXY, **blocked)

    assert answer.status == status


@pytest.mark.req("HT-01", "CA-09")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_X_CLIENT_CERT", "one, two"),
        ("HTTP_X_CLIENT_CERT", ""),
        ("HTTP_X_FORWARDED_PROTO", "https,http"),
        ("HTTP_X_FORWARDED_PROTO", "ftp"),
        ("HTTP_X_FORWARDED_FOR", "nonsense"),
        ("HTTP_X_FORWARDED_FOR", "192.0.2.1, x"),
        ("HTTP_X_FORWARDED_FOR", ""),
        ("HTTP_X_FORWARDED_FOR", "192.0.2.1:443"),
    ],
)
def test_a_repeated_or_unreadable_value_is_refused(name: str, value: str) -> None:
    answer, echo = send({name: value}, **BEHIND_A_PROXY)

    assert answer.status == 400
    assert echo.environ == {}


@pytest.mark.req("M13")
@pytest.mark.parametrize("value", ["short", "a" * 65, "with space1", "a\nbbbbbbbb", "é" * 10])
def test_an_odd_request_id_is_replaced(value: str) -> None:
    _, echo = send({"HTTP_X_REQUEST_ID": value}, **BEHIND_A_PROXY)

    assert id_time(echo.environ["authwell.request_id"]) is not None


@pytest.mark.req("M13")
def test_every_response_names_its_request() -> None:
    answer, echo = send({})

    assert answer.header("X-Request-ID") == echo.environ["authwell.request_id"]


@pytest.mark.req("DC-01")
@pytest.mark.parametrize(
    "host",
    ["evil.test", "auth.acme.test:8443", "auth.acme.test.evil.test", "auth.acme.test,evil.test",
     "auth.acme.test@evil.test", "", "[::1", "auth.acme.test:x", "evil.test/auth.acme.test", "\x00"],
)  # fmt: skip
def test_an_unknown_host_is_refused_in_json(host: str) -> None:
    answer, echo = send({"HTTP_HOST": host})

    assert answer.status == 400
    assert answer.header("Content-Type") == "application/json"
    assert answer.json()["reason"] == "unknown_host"
    assert echo.environ == {}


@pytest.mark.req("DC-01")
def test_a_request_without_a_host_is_refused() -> None:
    environ = request()
    del environ["HTTP_HOST"]

    assert call(ProxyGuard(Echo(), settings()), environ).status == 400


@pytest.mark.req("DC-01")
@pytest.mark.parametrize("path", ["/health", "/health/db", "/health/redis", "/metrics"])
def test_health_and_metrics_answer_any_host(path: str) -> None:
    assert send({"HTTP_HOST": "10.0.0.7:5000"}, path)[0].status == 200


@pytest.mark.parametrize(
    "host", ["auth.acme.test", "AUTH.acme.test", "auth.acme.test:443", "other.test", "other.test:8443",
             "x.test:8443"]
)  # fmt: skip
def test_the_host_of_the_issuer_and_allowed_hosts_are_answered(host: str) -> None:
    answer, _ = send({"HTTP_HOST": host}, ALLOWED_HOSTS="other.test, x.test:8443")

    assert answer.status == 200


@pytest.mark.parametrize("host", ["localhost:5000", "127.0.0.1:5000", "[::1]:5000", "localhost"])
def test_development_answers_on_loopback_names(host: str) -> None:
    answer, _ = send({"HTTP_HOST": host}, ENVIRONMENT="development", ISSUER="http://localhost:5000")

    assert answer.status == 200


def test_an_allowed_host_with_a_port_needs_that_port() -> None:
    assert send({"HTTP_HOST": "x.test:1"}, ALLOWED_HOSTS="x.test:8443")[0].status == 400


@pytest.mark.req("HT-04")
@pytest.mark.parametrize("length", [str(MOST_BODY_BYTES + 1), "9" * 30])
def test_a_large_body_is_refused_before_it_is_read(length: str) -> None:
    answer, echo = send({"CONTENT_LENGTH": length})

    assert answer.status == 413
    assert answer.json()["reason"] == "body_too_large"
    assert echo.environ == {}


def test_a_body_of_64_kib_passes() -> None:
    assert send({"CONTENT_LENGTH": str(MOST_BODY_BYTES)})[0].status == 200


@pytest.mark.req("HT-04")
@pytest.mark.parametrize(("size", "status"), [(MOST_BODY_BYTES, 200), (MOST_BODY_BYTES + 1, 413)])
def test_a_body_in_chunks_has_the_same_bound(size: int, status: int) -> None:
    echo = Echo()
    environ = request(REQUEST_METHOD="POST", HTTP_TRANSFER_ENCODING="chunked")
    environ["wsgi.input"] = BytesIO(b"a" * size)

    answer = call(ProxyGuard(echo, settings()), environ)

    assert answer.status == status
    if status == 200:
        assert echo.environ["CONTENT_LENGTH"] == str(size)
        assert len(echo.environ["wsgi.input"].read()) == size


@pytest.mark.req("HT-06")
@pytest.mark.parametrize("length", ["-1", "x", "1e3", "²"])
def test_an_odd_length_is_refused(length: str) -> None:
    assert send({"CONTENT_LENGTH": length})[0].status == 400


@pytest.mark.req("HT-07")
@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "get", "PROPFIND", "", "DEBUG"])
def test_an_odd_method_is_refused(method: str) -> None:
    answer, _ = send({"REQUEST_METHOD": method})

    assert answer.status == 405
    assert "POST" in (answer.header("Allow") or "")


NAMES = st.sampled_from(
    [*FORWARDED, "HTTP_HOST", "CONTENT_LENGTH", "REQUEST_METHOD", "REMOTE_ADDR", "PATH_INFO"]
)
VALUES = st.text(alphabet=st.characters(codec="latin-1"), max_size=40)


@given(st.dictionaries(NAMES, VALUES))
def test_no_header_crashes_the_guard(environ: dict[str, str]) -> None:
    answer, _ = send(environ, **BEHIND_A_PROXY)

    assert answer.status in {200, 400, 405, 413}
