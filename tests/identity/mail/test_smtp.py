"""Sending to a real mail server: encryption, login, and what its answers mean."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from authwell.identity.mail import smtp
from authwell.identity.mail.backends import NotSent
from authwell.identity.mail.catalogue import BadLetter, samples
from authwell.identity.mail.letters import Letter
from authwell.identity.mail.message import Envelope, message_of
from authwell.identity.mail.rendering import House, Rendered, render
from authwell.identity.mail.smtp import Smtp
from tests.parts.processes import free_port
from tests.parts.smtp import PASSWORD, USER, MailServer, mail_server
from tests.support.mails import link_of, text_of

ISSUER = "https://id.example"
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ENVELOPE = Envelope("login@id.example", "Acme", "ada@example.com", "entry-1", ISSUER, AT)


def a_mail(language: str = "ja") -> Rendered:
    letter = Letter("magic_link", "ada@example.com", language, samples("magic_link", ISSUER))
    return render(letter, House("Acme", ISSUER))


def a_message(language: str = "ja") -> EmailMessage:
    return message_of(a_mail(language), ENVELOPE)


@pytest.fixture
def plain() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def client(server: MailServer, **changes: object) -> Smtp:
    given = {"tls": server.ca_file is not None, "ca_file": server.ca_file, **changes}
    return Smtp("localhost", server.port, **given)  # type: ignore[arg-type]


@pytest.mark.req("D9", "Q-SMTP_HOST", "Q-SMTP_PORT")
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_mail_arrives_as_it_was_written(plain: MailServer, language: str) -> None:
    client(plain).send(a_message(language))

    (message,) = plain.messages
    page = message.get_body(("html",))
    written = a_mail(language)
    assert plain.recipients == ["ada@example.com"]
    assert page is not None
    assert (message["Subject"], message["From"]) == (written.subject, "Acme <login@id.example>")
    assert text_of(message) == written.text
    assert page.get_content().replace("\r\n", "\n") == written.html
    assert link_of(message) == f"{ISSUER}/magic-link?token=sample"
    assert message["Message-ID"] == "<entry-1@id.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == language
    assert message["Date"].datetime == AT
    assert message.get_content_type() == "multipart/alternative"


@pytest.mark.req("D9", "Q-SMTP_TLS", "Q-SMTP_USER", "Q-SMTP_PASSWORD")
def test_starttls_comes_before_the_login(tmp_path: Path) -> None:
    with mail_server(tmp_path, needs_login=True) as server:
        client(server, user=USER, password=PASSWORD).send(a_message())

    assert (server.logged_in, server.encrypted) == ([USER], [True])


@pytest.mark.req("D9", "Q-SMTP_TLS")
def test_a_port_may_be_encrypted_from_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(tmp_path, implicit_tls=True, needs_login=True) as server:
        # Only root may listen on 465.
        monkeypatch.setattr(smtp, "IMPLICIT_TLS", server.port)
        client(server, user=USER, password=PASSWORD).send(a_message())

    assert server.logged_in == [USER]


@pytest.mark.req("D9")
def test_nothing_is_said_to_a_server_without_starttls(plain: MailServer) -> None:
    with pytest.raises(NotSent) as caught:
        client(plain, tls=True, user=USER, password=PASSWORD).send(a_message())

    assert not caught.value.is_final
    assert plain.messages == []


@pytest.mark.req("D9")
def test_a_certificate_must_be_known(tmp_path: Path) -> None:
    with mail_server(tmp_path) as server, pytest.raises(NotSent) as caught:
        client(server, ca_file=None).send(a_message())

    assert "certificate" in str(caught.value).lower()
    assert server.messages == []


@pytest.mark.req("D9")
def test_a_wrong_password_is_no_reason_to_give_up(tmp_path: Path) -> None:
    with mail_server(tmp_path, needs_login=True) as server, pytest.raises(NotSent) as caught:
        client(server, user=USER, password="wrong").send(a_message())

    assert not caught.value.is_final
    assert "wrong" not in str(caught.value)


@pytest.mark.req("D9")
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("reply", "is_final"),
    [
        ("550 5.1.1 <ada@example.com>: user unknown", True),
        ("554 spam", True),
        ("451 4.7.1 greylisted", False),
        ("421 too busy", False),
        ("530 5.7.0 authentication required", False),
    ],
)
def test_what_a_refusal_means(plain: MailServer, command: str, reply: str, is_final: bool) -> None:
    plain.replies[command] = reply

    with pytest.raises(NotSent) as caught:
        client(plain).send(a_message())

    assert caught.value.is_final is is_final
    assert reply.split(maxsplit=1)[0] in str(caught.value)
    assert "ada@" not in str(caught.value)


def test_a_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(NotSent) as caught:
        Smtp("127.0.0.1", free_port(), tls=False).send(a_message())

    assert not caught.value.is_final


@pytest.mark.req("D9", "WH-06")
def test_a_server_that_drips_does_not_hold_us_for_ever() -> None:
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"220")
                while not ended.wait(0.05):
                    try:
                        connection.sendall(b"-")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(NotSent):
                Smtp("127.0.0.1", port, tls=False, seconds=0.2).send(a_message())
        finally:
            ended.set()
            thread.join()


@pytest.mark.req("RC-08")
@pytest.mark.parametrize(
    "to",
    [
        "ada@example.com\r\nBcc: all@example.com",
        "ada@example.com\nSubject: other",
        "ada@example.com, all@example.com",
        "ada@example.com>",
        "ada",
        "@example.com",
        "ada@",
        "ada@" + "x" * 80 + ".example",
    ],
)
def test_an_address_begins_no_header(to: str) -> None:
    envelope = Envelope("login@id.example", "Acme", to, "entry-1", ISSUER, AT)

    with pytest.raises(BadLetter):
        message_of(a_mail(), envelope)


@pytest.mark.req("RC-08")
def test_neither_subject_nor_sender_begin_a_header() -> None:
    mail = a_mail()
    split = Rendered("Hello\r\nBcc: all@example.com", mail.text, mail.html, "en")
    named = Envelope("a@b.example", "Acme\r\nBcc: x@y.example", "c@d.example", "1", ISSUER, AT)

    for rendered, envelope in ((split, ENVELOPE), (mail, named)):
        with pytest.raises(BadLetter):
            message_of(rendered, envelope)


def test_a_domain_is_written_as_the_dns_has_it(plain: MailServer) -> None:
    envelope = Envelope("a@b.example", "Acmé", "ada@bücher.example", "1", ISSUER, AT)

    client(plain).send(message_of(a_mail(), envelope))

    assert plain.recipients == ["ada@xn--bcher-kva.example"]
    assert plain.messages[0]["From"] == "Acmé <a@b.example>"
