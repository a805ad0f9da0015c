"""Mails of a running server, by a real mail server of somebody else."""

import time
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tests.parts.smtp import PASSWORD, USER, MailServer, mail_server
from tests.support.mails import SECONDS, link_of, text_of
from tests.support.running import running_site
from tests.support.site import Site

ADDRESS = "mia@people.example"


@pytest.fixture(scope="module")
def post_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("post"), needs_login=True) as running:
        yield running


@pytest.fixture(scope="module")
def site(post_office: MailServer) -> Iterator[Site]:
    settings = post_office.settings(
        SMTP_USER=USER,
        SMTP_PASSWORD=PASSWORD,
        EMAILS_FROM_NAME="Acme Login",
        ALLOWED_HOSTS="evil.localhost",
        RATE_LIMITING_ENABLED="true",
        RATE_LIMIT_PASSWORD_RESET="9/hour",
        RATE_LIMIT_MAILS_PER_ADDRESS="2/hour",
    )
    with running_site("sqlite", None, None, **settings) as running:
        person = {"username": "mia", "password": "First-Horse-8-Battery", "email": ADDRESS}
        running.apply({"accounts": [{**person, "email_verified": True}]})
        yield running


def ask(site: Site, headers: dict[str, str]) -> int:
    """Fill in the form for a forgotten password."""
    browser = site.browser()
    browser.headers.update(headers)
    page = browser.open(site.url("recover"))
    return browser.submit(page, {"email": ADDRESS}).status_code


def wait_for(office: MailServer, number: int) -> EmailMessage:
    end = time.monotonic() + SECONDS
    while len(office.messages) < number:
        assert time.monotonic() < end, "no mail came"
        time.sleep(0.05)
    return office.messages[number - 1]


@pytest.mark.req(
    "D6", "D9", "AU-02", "RC-01", "RC-07",
    "Q-SMTP_HOST", "Q-SMTP_PORT", "Q-SMTP_USER", "Q-SMTP_PASSWORD", "Q-SMTP_TLS",
)  # fmt: skip
def test_a_link_comes_by_mail_from_the_issuer_and_not_too_often(
    site: Site, post_office: MailServer
) -> None:
    forged = {
        "Host": f"evil.localhost:{site.server.port}",
        "X-Forwarded-Host": "evil.localhost",
        "Forwarded": "host=evil.localhost;proto=https",
    }

    answers = [ask(site, headers) for headers in (forged, {}, {})]

    first, second = (wait_for(post_office, number) for number in (1, 2))
    page = site.http.get(link_of(first))
    letters = site.sql("SELECT id FROM outbox WHERE kind = 'mail'")
    assert answers == [303, 303, 303]
    assert len(letters) == 2
    assert page.status_code == 200
    for message in (first, second):
        assert link_of(message).startswith(f"{site.issuer}/reset-password?token=")
        assert "evil" not in text_of(message)
        assert message["From"] == "Acme Login <login@id.example>"
    assert (post_office.logged_in, post_office.encrypted) == ([USER, USER], [True, True])
