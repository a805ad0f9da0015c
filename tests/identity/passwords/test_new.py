"""Passwords that others know: the shipped lists, the operator's, and breaches (AU-11)."""

from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from authwell.config.settings import load_settings
from authwell.identity.passwords.breached import BreachedPasswords
from authwell.identity.passwords.common import CommonPasswords
from authwell.identity.passwords.new import NewPasswords
from authwell.identity.passwords.policy import PasswordContext, Weakness
from authwell.utils.fetches import Fetches
from authwell.utils.logs import configure_logs
from authwell.utils.outgoing import Outgoing
from tests.identity.conftest import DEVELOPMENT
from tests.parts.https import HttpsServer, Reply, https_server
from tests.protocol.conftest import make_world

SHIPPED = CommonPasswords()
PASSWORD = "Correct-Horse-7-Battery"


def hashed(password: str) -> tuple[str, str]:
    digest = sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    return digest[:5], digest[5:]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[HttpsServer]:
    with https_server(tmp_path) as running:
        yield running


def fetches(service: HttpsServer) -> Fetches:
    return Fetches(Outgoing.of((service.host_port,), service.ca_file))


@pytest.mark.req("AU-11", "2.2")
@pytest.mark.parametrize("password", ["password", "PASSWORD", "Password1", "trustno1", "sunshine"])
def test_a_common_password_is_known_in_any_letter_case(password: str) -> None:
    assert SHIPPED.has(password)


@pytest.mark.req("AU-11", "K21")
@pytest.mark.parametrize(
    "password",
    [
        "Test123!",
        PASSWORD,
        "",
        ",",
        '"',
        "password,123456",
        "123456,password",
        "passwords: 1",
        "\0",
    ],
)
def test_lists_are_compared_whole(password: str) -> None:
    assert not SHIPPED.has(password)


@pytest.mark.req("HT-06")
@given(st.text())
def test_any_text_can_be_looked_up(password: str) -> None:
    assert SHIPPED.has(password) is SHIPPED.has(password.casefold())


@pytest.mark.req("AU-11", "Q-PASSWORD_DENY_LIST")
def test_an_operator_has_a_list_too(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"summer-2026!\r\nOur-Town-7\nlast-one-1")
    lists = CommonPasswords(file)

    assert all(map(lists.has, ["summer-2026!", "Summer-2026!", "Our-Town-7", "last-one-1"]))
    assert not any(
        map(lists.has, ["our-town-7", "mer-2026!", "last-one-", "Our-Town-7\nlast-one-1"])
    )
    file.write_bytes(b"")
    assert not lists.has("last-one-1")


@pytest.mark.req("AU-11", "Q-BREACHED_PASSWORDS", "Q-BREACHED_PASSWORDS_URL")
def test_a_breached_password_is_found_by_five_characters_of_its_hash(service: HttpsServer) -> None:
    prefix, suffix = hashed(PASSWORD)
    body = f"{'0' * 35}:3\r\n{suffix}:17\r\n"
    service.replies[f"/range/{prefix}"] = Reply(body.encode())

    found = BreachedPasswords(fetches(service), f"{service.origin}/range/").has(PASSWORD)

    assert found
    (_, path, headers, _) = service.seen[0]
    assert path == f"/range/{prefix}"
    assert headers["Add-Padding"] == "true"
    assert suffix not in repr(service.seen)


@pytest.mark.req("AU-11")
def test_padding_is_no_breach(service: HttpsServer) -> None:
    prefix, suffix = hashed(PASSWORD)
    service.replies[f"/range/{prefix}"] = Reply(f"{suffix}:0\r\n".encode())

    assert not BreachedPasswords(fetches(service), f"{service.origin}/range/").has(PASSWORD)


@pytest.mark.req("AU-11")
@pytest.mark.parametrize("status", [404, 429, 500, 301])
def test_without_an_answer_the_password_is_taken_and_the_log_says_so(
    service: HttpsServer, status: int
) -> None:
    service.replies[f"/range/{hashed(PASSWORD)[0]}"] = Reply(b"", status)

    breached = BreachedPasswords(fetches(service), f"{service.origin}/range/")
    # Another application of this process may have asked for errors alone.
    configure_logs("INFO", None)
    with capture_logs() as lines:
        assert not breached.has(PASSWORD)

    logged = repr(lines)
    assert "passwords.breaches_unknown" in logged
    assert PASSWORD not in logged
    assert hashed(PASSWORD)[0] not in logged


def test_others_are_asked_only_about_what_is_right_otherwise(service: HttpsServer) -> None:
    prefix, suffix = hashed(PASSWORD)
    service.replies[f"/range/{prefix}"] = Reply(f"{suffix}:2".encode())
    given = {"BREACHED_PASSWORDS": "range", "BREACHED_PASSWORDS_URL": f"{service.origin}/range/"}
    checked = NewPasswords(load_settings({**DEVELOPMENT, **given}), fetches(service))
    tenant, context = make_world().server.tenant, PasswordContext()

    assert checked.weaknesses(tenant, "short", context)[0] == Weakness("too_short", 8)
    assert service.seen == []
    assert checked.weaknesses(tenant, PASSWORD, context) == (Weakness("breached"),)
    assert len(service.seen) == 1


@pytest.mark.req("AU-11", "2.2")
def test_by_default_nobody_is_asked_and_the_password_of_the_documents_is_taken(
    service: HttpsServer,
) -> None:
    checked = NewPasswords(load_settings(DEVELOPMENT), fetches(service))
    tenant = make_world().server.tenant

    assert checked.weaknesses(tenant, "Test123!", PasswordContext()) == ()
    assert checked.weaknesses(tenant, "P@ssw0rd", PasswordContext()) == (Weakness("common"),)
