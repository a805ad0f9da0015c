"""Sending the letters of the outbox, at least once each.

A letter is tried again with a growing delay, and given up after some hours, at once where the
recipient's server refuses for good, or when its link has ended. What it said is forgotten then.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from authwell.config.settings import Settings
from authwell.identity.mail.backends import Backend, Console, Folder, Memory, NotSent, Nowhere
from authwell.identity.mail.catalogue import MAILS, BadLetter
from authwell.identity.mail.letters import Letter, Letters
from authwell.identity.mail.message import Envelope, message_of
from authwell.identity.mail.rendering import House, render
from authwell.identity.mail.sendgrid import SendGrid
from authwell.identity.mail.smtp import Smtp
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.work.outbox import Entry, Outbox
from authwell.storage.work.queues import MAX_ATTEMPTS
from authwell.utils.logs import get_logger
from authwell.utils.outgoing import Outgoing
from authwell.utils.sealing import CannotOpen

Outcome = Literal["delivered", "retried", "failed"]

log: Final = get_logger("mail")


def backend_of(settings: Settings, outgoing: Outgoing) -> Backend:
    """What EMAIL_BACKEND names."""
    match settings.email_backend:
        case "smtp" if settings.smtp_host is not None:
            return Smtp(
                settings.smtp_host,
                settings.smtp_port,
                settings.smtp_user,
                settings.smtp_password,
                tls=settings.smtp_tls,
                ca_file=settings.smtp_ca_file,
                name=_host(settings.issuer),
            )
        case "sendgrid" if settings.sendgrid_api_key is not None:
            return SendGrid(outgoing, settings.sendgrid_api_key, settings.sendgrid_url)
        case "console":
            return Console()
        case "file":
            return Folder(settings.email_file_folder)
        case "memory":
            return Memory()
        case _:
            return Nowhere()


class MailDelivery:
    """Writes and sends the letters of the outbox."""

    def __init__(
        self, database: Database, letters: Letters, backend: Backend, settings: Settings
    ) -> None:
        """Take where they wait, what opens them, and what sends them."""
        self._outbox = Outbox(database)
        self._letters = letters
        self._backend = backend
        self._sender = settings.email_from or f"authwell@{_host(settings.issuer)}"
        self._sender_name = settings.emails_from_name

    def deliver(self, server: AuthorizationServer, entry: Entry) -> Outcome:
        """Send one letter that was claimed, and note what became of it.

        Args:
            server: with the time of this attempt.
            entry: as `Outbox.claim` gave it.
        """
        letter: Letter | None = None
        try:
            letter = self._opened(entry)
            self.send(server, letter, entry.id, server.now - entry.created_at)
        except NotSent as problem:
            return self._note_failure(server, entry, letter, problem)
        event = _event(server, entry, letter, EventType.MAIL_DELIVERED)
        self._outbox.finish(entry, server.now, event, forget=True)
        return "delivered"

    def send(
        self,
        server: AuthorizationServer,
        letter: Letter,
        identifier: str,
        waited: timedelta = timedelta(0),
    ) -> None:
        """Write a letter and send it now.

        Raises:
            NotSent: it cannot be written, its link has ended, or nobody took it.
        """
        _require_link_lives(letter, waited)
        envelope = Envelope(
            self._sender, self._sender_name, letter.to, identifier, server.issuer, server.now
        )
        try:
            message = message_of(render(letter, House.of(server.tenant), waited), envelope)
        except BadLetter as error:
            raise NotSent(f"the letter cannot be written: {error}", is_final=True) from error
        self._backend.send(message)

    def _opened(self, entry: Entry) -> Letter:
        try:
            return self._letters.open(entry)
        except CannotOpen as error:
            raise NotSent("the letter was sealed by a key that is gone", is_final=True) from error
        except (LookupError, TypeError, ValueError) as error:
            raise NotSent("the letter is not of this version", is_final=True) from error

    def _note_failure(
        self, server: AuthorizationServer, entry: Entry, letter: Letter | None, problem: NotSent
    ) -> Outcome:
        is_last = problem.is_final or entry.attempts >= MAX_ATTEMPTS
        log.warning(
            "mail",
            outcome="failed" if is_last else "retried",
            template=letter.template if letter is not None else None,
            entry=entry.id,
            attempts=entry.attempts,
            problem=str(problem),
        )
        if not is_last:
            self._outbox.fail(entry, str(problem), server.now)
            return "retried"
        failed = EventType.MAIL_FAILED
        event = _event(server, entry, letter, failed, problem=str(problem)[:500])
        self._outbox.give_up(entry, str(problem), server.now, event, forget=True)
        return "failed"


def _require_link_lives(letter: Letter, waited: timedelta) -> None:
    mail = MAILS.get(letter.template)
    if mail is None or mail.expires is None:
        return
    if waited >= timedelta(minutes=int(letter.values[mail.expires])):
        raise NotSent("its link has ended before it could be sent", is_final=True)


def _event(
    server: AuthorizationServer,
    entry: Entry,
    letter: Letter | None,
    kind: EventType,
    **data: object,
) -> Event:
    """What the audit log keeps: which mail to whose account, never the address or a link."""
    template = letter.template if letter is not None else None
    facts = {"template": template, "attempts": entry.attempts, **data}
    account_id = letter.account_id if letter is not None else None
    return replace(server.event(kind, data=facts), account_id=account_id)


def _host(issuer: str) -> str:
    return urlsplit(issuer).hostname or "localhost"
