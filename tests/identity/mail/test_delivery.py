"""Letters on their way: sent, tried again, given up, forgotten."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from authwell.config.settings import load_settings
from authwell.identity.mail.backends import Backend, Console, Folder, Memory, NotSent, Nowhere
from authwell.identity.mail.catalogue import MAILS, BadLetter, samples
from authwell.identity.mail.delivery import MailDelivery, Outcome, backend_of
from authwell.identity.mail.letters import MAIL, Letter, Letters
from authwell.identity.mail.sendgrid import SendGrid
from authwell.identity.mail.smtp import Smtp
from authwell.models.work import outbox
from authwell.protocol.model import Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import AuditLog
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.storage.work.outbox import Entry, Outbox
from authwell.storage.work.queues import MAX_ATTEMPTS
from authwell.utils.outgoing import Outgoing
from authwell.utils.sealing import Sealer
from tests.config.test_settings import DEVELOPMENT, PRODUCTION
from tests.conftest import NewDatabase
from tests.parts.https import HttpsServer, Reply, https_server
from tests.parts.smtp import mail_server
from tests.protocol.conftest import ALICE, NOW, WEB, make_world
from tests.storage.worlds import is_waiting
from tests.support.application import make_application
from tests.support.mails import link_of, mails_to, text_of

SETTINGS = load_settings(DEVELOPMENT)
MINUTE = timedelta(minutes=1)
ALL = Statement(select(outbox))


class Refusing:
    """Takes nothing."""

    def __init__(self, *, is_final: bool) -> None:
        self.is_final = is_final

    def send(self, message: EmailMessage) -> None:
        raise NotSent("refused", is_final=self.is_final)


@dataclass
class Post:
    """Letters, and what became of them."""

    database: Database
    server: AuthorizationServer
    letters: Letters

    def post(self, template: str = "password_changed", **changes: str) -> None:
        values = {**samples(template, self.server.issuer), **changes}
        letter = Letter(template, "ada@example.com", "en", values, ALICE.id)
        with self.database.transaction() as transaction:
            self.letters.post(transaction, self.server.tenant.id, letter, NOW)

    def claim(self, after: timedelta = timedelta(0)) -> Entry:
        (entry,) = Outbox(self.database).claim(MAIL, NOW + after)
        return entry

    def is_waiting(self) -> bool:
        return is_waiting(Outbox(self.database), MAIL, NOW + timedelta(days=30))

    def deliver(self, backend: Backend, after: timedelta = timedelta(0)) -> Outcome:
        return self.deliver_entry(backend, self.claim(after), after)

    def deliver_entry(
        self, backend: Backend, entry: Entry, after: timedelta = timedelta(0)
    ) -> Outcome:
        delivery = MailDelivery(self.database, self.letters, backend, SETTINGS)
        return delivery.deliver(replace(self.server, now=NOW + after), entry)

    def events(self) -> list[Event]:
        return list(AuditLog(self.database).list(self.server.tenant.id, NOW + timedelta(days=9)))

    def rows(self) -> str:
        """All that the outbox holds, as text."""
        return str(self.database.all(ALL, {}))


@pytest.fixture
def post(new_database: NewDatabase) -> Iterator[Post]:
    opened = Database(new_database("sqlite"))
    yield Post(opened, make_world(WEB).server, Letters(Sealer(bytes(range(32)))))
    opened.close()


@pytest.mark.req("D9", "AU-02")
def test_a_letter_is_sealed_until_it_was_sent_and_forgotten_then(post: Post) -> None:
    post.post("magic_link")
    waiting = post.rows()
    memory = Memory()

    assert post.deliver(memory) == "delivered"

    (message,) = memory.messages
    assert link_of(message) == f"{post.server.issuer}/magic-link?token=sample"
    for secret in ("ada@example.com", "token=sample"):
        assert secret not in waiting
    assert "sealed" in waiting
    assert "sealed" not in post.rows()
    assert not post.is_waiting()


def test_the_audit_log_tells_what_was_sent_and_to_whose_account(post: Post) -> None:
    post.post("magic_link")
    post.deliver(Memory())

    (event,) = post.events()
    assert (event.type, event.account_id) == ("mail.delivered", ALICE.id)
    assert event.data == {"template": "magic_link", "attempts": 1}


@pytest.mark.req("D9")
def test_a_letter_is_tried_for_hours_and_then_given_up(post: Post) -> None:
    post.post()

    outcomes = [
        post.deliver(Refusing(is_final=False), timedelta(hours=2 * attempt))
        for attempt in range(MAX_ATTEMPTS)
    ]

    assert outcomes == ["retried"] * (MAX_ATTEMPTS - 1) + ["failed"]
    assert [event.type for event in post.events()] == ["mail.failed"]
    assert not post.is_waiting()
    assert "sealed" not in post.rows()


@pytest.mark.req("D9")
def test_a_final_refusal_is_not_tried_again(post: Post) -> None:
    post.post()

    assert post.deliver(Refusing(is_final=True)) == "failed"

    (event,) = post.events()
    assert event.data == {"template": "password_changed", "attempts": 1, "problem": "refused"}
    assert not post.is_waiting()


def test_a_link_that_has_ended_is_not_sent(post: Post) -> None:
    post.post("magic_link", minutes="15")
    memory = Memory()

    assert post.deliver(memory, 15 * MINUTE) == "failed"

    assert memory.messages == []
    assert not post.is_waiting()


@pytest.mark.req("D9")
def test_who_dies_after_sending_lets_another_send_the_same_mail_again(post: Post) -> None:
    post.post()
    lost = post.claim()
    memory = Memory()
    # The process sent it, and died before it could note that.
    MailDelivery(post.database, post.letters, memory, SETTINGS).send(
        post.server, post.letters.open(lost), lost.id
    )

    assert post.deliver(memory, 3 * MINUTE) == "delivered"

    first, second = memory.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert not Outbox(post.database).finish(lost, NOW + 3 * MINUTE)
    assert len(post.events()) == 1


def test_while_one_sends_nobody_else_does(post: Post) -> None:
    post.post()
    post.claim()

    assert Outbox(post.database).claim(MAIL, NOW + MINUTE) == ()


@pytest.mark.parametrize("sealed", [b"", b"nonsense", bytes(60)], ids=["empty", "short", "other"])
def test_a_letter_that_does_not_open_is_given_up(post: Post, sealed: bytes) -> None:
    payload = {"sealed": b64encode(sealed).decode()}
    entry = Entry(post.server.tenant.id, MAIL, payload, NOW, attempts=1)

    assert post.deliver_entry(Memory(), entry) == "failed"


def test_a_letter_of_another_version_is_given_up(post: Post) -> None:
    sealer = Sealer(bytes(range(32)))
    plain = orjson.dumps({"template": "gone", "to": "a@b.example", "values": {}})
    sealed = sealer.seal(plain, "letters", post.server.tenant.id)
    payload = {"sealed": b64encode(sealed).decode()}
    entry = Entry(post.server.tenant.id, MAIL, payload, NOW, attempts=1)

    assert post.deliver_entry(Memory(), entry) == "failed"


@pytest.mark.parametrize(
    "letter",
    [
        Letter("no_such_mail", "ada@example.com"),
        Letter("magic_link", "ada@example.com", values={"name": "Ada"}),
        Letter("account_deleted", "a@b.example", values={"name": "", "erased_at": "soon"}),
    ],
)
def test_a_letter_that_cannot_be_written_is_not_posted(post: Post, letter: Letter) -> None:
    with pytest.raises(BadLetter), post.database.transaction() as transaction:
        post.letters.post(transaction, post.server.tenant.id, letter, NOW)


@pytest.mark.req("RC-08")
@pytest.mark.parametrize("to", ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", ""])
def test_a_letter_has_one_recipient(post: Post, to: str) -> None:
    letter = Letter("account_deleted", to, None, samples("account_deleted", post.server.issuer))

    with pytest.raises(BadLetter), post.database.transaction() as transaction:
        post.letters.post(transaction, post.server.tenant.id, letter, NOW)


@pytest.mark.req("D9", "D10", "K12")
@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({**DEVELOPMENT}, Folder),
        ({**DEVELOPMENT, "EMAIL_BACKEND": "console"}, Console),
        ({**DEVELOPMENT, "EMAIL_BACKEND": "memory"}, Memory),
        ({**PRODUCTION}, Nowhere),
        ({**PRODUCTION, "SMTP_HOST": "mail.test", "EMAIL_FROM": "a@b.test"}, Smtp),
        (
            {
                **PRODUCTION,
                "EMAIL_BACKEND": "sendgrid",
                "SENDGRID_API_KEY": "SG.x",
                "EMAIL_FROM": "a@b.test",
            },
            SendGrid,
        ),
    ],
)
def test_the_setting_names_the_backend(environ: dict[str, str], kind: type) -> None:
    assert isinstance(backend_of(load_settings(environ), Outgoing()), kind)


def test_without_a_mail_server_letters_wait(post: Post) -> None:
    post.post()

    assert post.deliver(Nowhere()) == "retried"
    assert post.is_waiting()


@pytest.mark.req("K12")
def test_a_folder_of_mails_is_for_its_owner(post: Post, tmp_path: Path) -> None:
    folder = tmp_path / "instance/outbox"
    post.post("magic_link")

    post.deliver(Folder(folder))

    (path,) = folder.iterdir()
    (message,) = mails_to(tmp_path, "ada@example.com")
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert path.name.startswith(NOW.strftime("%Y%m%dT%H%M%S-"))
    assert "magic-link" in text_of(message)


def test_a_folder_that_cannot_be_written_is_no_crash(post: Post, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    post.post()

    assert post.deliver(Folder(tmp_path / "file/outbox")) == "retried"


@pytest.mark.req("K12")
def test_the_console_shows_the_text(post: Post, capsys: pytest.CaptureFixture[str]) -> None:
    post.post("magic_link")

    post.deliver(Console())

    assert f"{post.server.issuer}/magic-link?token=sample" in capsys.readouterr().out


@pytest.mark.req("D9")
@pytest.mark.parametrize("template", MAILS)
def test_every_mail_goes_through_a_real_server(post: Post, template: str) -> None:
    post.post(template)

    with mail_server() as server:
        assert post.deliver(Smtp("localhost", server.port, tls=False)) == "delivered"

    assert server.recipients == ["ada@example.com"]


@pytest.fixture
def sendgrid(tmp_path: Path) -> Iterator[HttpsServer]:
    with https_server(tmp_path) as running:
        running.replies["/v3/mail/send"] = Reply(status=202)
        yield running


def at_sendgrid(other: HttpsServer) -> SendGrid:
    outgoing = Outgoing.of((other.host_port,), other.ca_file)
    return SendGrid(outgoing, "SG.key-of-acme", other.origin)


@pytest.mark.req("D10", "K12")
def test_sendgrid_gets_the_mail_and_follows_no_link(post: Post, sendgrid: HttpsServer) -> None:
    post.post("magic_link")

    assert post.deliver(at_sendgrid(sendgrid)) == "delivered"

    ((method, _, headers, body),) = sendgrid.seen
    sent = orjson.loads(body)
    assert (method, headers["Authorization"]) == ("POST", "Bearer SG.key-of-acme")
    assert sent["personalizations"] == [{"to": [{"email": "ada@example.com"}]}]
    assert sent["subject"] == "Your link to log in"
    assert [part["type"] for part in sent["content"]] == ["text/plain", "text/html"]
    assert all("magic-link?token=sample" in part["value"] for part in sent["content"])
    assert sent["headers"]["Auto-Submitted"] == "auto-generated"
    assert sent["tracking_settings"]["click_tracking"]["enable"] is False
    assert sent["tracking_settings"]["open_tracking"]["enable"] is False


@pytest.mark.req("D10")
@pytest.mark.parametrize(
    ("status", "outcome"),
    [(400, "failed"), (413, "failed"), (401, "retried"), (429, "retried"), (503, "retried")],
)
def test_what_sendgrid_answers_decides(
    post: Post, sendgrid: HttpsServer, status: int, outcome: str
) -> None:
    sendgrid.replies["/v3/mail/send"] = Reply(status=status, body=b'{"errors": []}')
    post.post()

    assert post.deliver(at_sendgrid(sendgrid)) == outcome


@pytest.mark.req("D10")
def test_sendgrid_is_called_by_the_guarded_client(post: Post, sendgrid: HttpsServer) -> None:
    post.post()

    guarded = SendGrid(Outgoing(), "SG.key-of-acme", sendgrid.origin)

    assert post.deliver(guarded) == "retried"
    assert sendgrid.seen == []


def test_each_mail_leads_to_a_page(database_url: str) -> None:
    rules = {str(rule) for rule in make_application(database_url).app.url_map.iter_rules()}
    paths = {
        value.sample.partition("?")[0]
        for mail in MAILS.values()
        for name, value in mail.values.items()
        if name.endswith("link")
    }

    assert paths <= rules
