"""`authwell mail`: what an operator sees of mails."""

import json
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import select

from authwell.config.settings import load_settings
from authwell.identity.mail.catalogue import MAILS, samples
from authwell.identity.mail.letters import Letter, Letters
from authwell.models.tenants import tenants
from authwell.ops.context import sealer_of
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.utils.clock import utc_now
from tests.parts.server import settings_for
from tests.parts.smtp import PASSWORD, USER, mail_server
from tests.support.commands import run_command
from tests.support.mails import mails_to, text_of

TENANT = Statement(select(tenants.c.id))


class Commands:
    """The command line on one database."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.environ = settings_for(5000, DATABASE_URL=url)

    def mail(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return run_command(["mail", *arguments], self.folder, {**self.environ, **environ})

    def post(self, to: str) -> None:
        """Put a letter into the outbox, as a request does."""
        settings = load_settings(self.environ)
        database = Database(settings.database_url)
        tenant = database.one(TENANT, {})
        assert tenant is not None
        values = samples("password_changed", settings.issuer)
        letter = Letter("password_changed", to, "de", values)
        with database.transaction() as transaction:
            Letters(sealer_of(settings)).post(transaction, tenant.id, letter, utc_now())
        database.close()


@pytest.fixture
def commands(tmp_path: Path, sqlite_database: str) -> Commands:
    here = Commands(tmp_path, sqlite_database)
    run_command(["db", "upgrade"], tmp_path, here.environ)
    return here


@pytest.mark.req("D12")
def test_every_mail_is_listed_with_its_values(commands: Commands) -> None:
    listed = json.loads(commands.mail("list", "--json").stdout)

    assert {row["name"]: row["values"] for row in listed} == {
        name: ", ".join(mail.values) for name, mail in MAILS.items()
    }


def test_a_mail_is_shown_as_text_page_or_file(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, shown = commands.folder / "mail.html", list[str]()
    # There is no display here.
    monkeypatch.setattr("click.launch", shown.append)

    text = commands.mail("preview", "verify_email", "--language", "ja").stdout
    page = commands.mail("preview", "verify_email", "--html").stdout
    opened = commands.mail("preview", "verify_email", "--open", str(file))

    assert text.startswith("Subject: メールアドレスを確認してください\n\nAda Lovelace 様\n")
    assert "http://localhost:5000/verify-email?token=sample" in text
    assert page.startswith('<!doctype html>\n<html lang="en" dir="ltr">')
    assert opened.returncode == 0
    assert file.read_text() == page
    assert shown == [str(file)]


def test_what_does_not_exist_is_wrong_usage(commands: Commands) -> None:
    assert commands.mail("preview", "no_such_mail").returncode == 2
    assert commands.mail("preview", "verify_email", "--language", "xx").returncode == 2


@pytest.mark.req("D9")
def test_a_test_says_whether_mails_arrive(commands: Commands) -> None:
    folder = commands.folder / "certificates"
    folder.mkdir()

    with mail_server(folder, needs_login=True) as server:
        settings = server.settings(SMTP_USER=USER, SMTP_PASSWORD=PASSWORD)
        sent = commands.mail("test", "ops@example.com", **settings)
        wrong = commands.mail("test", "ops@example.com", **{**settings, "SMTP_PASSWORD": "wrong"})
        nobody = commands.mail("test", "ops@example.com\nBcc: x@y.example", **settings)

    assert sent.stdout == "Sent to ops@example.com by EMAIL_BACKEND=smtp.\n"
    assert server.recipients == ["ops@example.com"]
    assert server.encrypted == [True]
    assert (wrong.returncode, nobody.returncode) == (1, 1)
    assert wrong.stderr.startswith("Error: It was not sent: the mail server answered 535")
    assert "wrong" not in wrong.stderr.replace("wrong usage", "")


@pytest.mark.req("D9", "AU-02")
def test_what_waits_is_sent_by_hand(commands: Commands) -> None:
    commands.mail("send")
    commands.post("ada@example.com")

    sent = commands.mail("send")
    again = commands.mail("send")

    (message,) = mails_to(commands.folder, "ada@example.com")
    assert (sent.stdout, again.stdout) == ("delivered: 1\n", "Nothing is due.\n")
    assert message["Subject"] == "Ihr Passwort wurde geändert"
    assert text_of(message).startswith("Guten Tag Ada Lovelace,")
