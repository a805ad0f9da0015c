"""A mail server on the loopback: it takes mails as a test says, and keeps them."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.parts import certificates
from tests.parts.processes import free_port

USER = "authwell@example.com"
PASSWORD = "password-of-the-mail-account"


@dataclass
class MailServer:
    """Somebody else's mail server.

    Attributes:
        replies: what is answered to a command instead of taking it; `DATA` is the message's end.
        messages: what was taken, in order.
        logged_in: who sent each.
        encrypted: whether each came over TLS.
    """

    port: int
    ca_file: Path | None
    replies: dict[str, str] = field(default_factory=dict)
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    logged_in: list[str | None] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    def settings(self, **changes: str) -> dict[str, str]:
        """What an Authwell needs to send mails here."""
        return {
            "EMAIL_BACKEND": "smtp",
            "SMTP_HOST": "localhost",
            "SMTP_PORT": str(self.port),
            "SMTP_TLS": "false" if self.ca_file is None else "true",
            **({} if self.ca_file is None else {"SMTP_CA_FILE": str(self.ca_file)}),
            "EMAIL_FROM": "login@id.example",
            **changes,
        }


class _Handler:
    """What aiosmtpd calls for each command."""

    def __init__(self, here: MailServer) -> None:
        self._here = here

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._here.replies.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._here.replies.get("RCPT", "250 OK")

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        reply = self._here.replies.get("DATA", "250 OK")
        if reply.startswith("250"):
            raw: Any = envelope.content
            message = message_from_bytes(raw, EmailMessage, policy=SMTP_POLICY)
            self._here.messages.append(message)
            self._here.recipients += envelope.rcpt_tos
            login: Any = session.auth_data
            name = login.login.decode() if isinstance(login, LoginPassword) else None
            self._here.logged_in.append(name)
            self._here.encrypted.append(session.ssl is not None)
        return reply


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
) -> AuthResult:
    is_right = isinstance(given, LoginPassword) and given == LoginPassword(
        USER.encode(), PASSWORD.encode()
    )
    return AuthResult(success=is_right, handled=is_right, auth_data=given)


@contextmanager
def mail_server(
    folder: Path | None = None, *, implicit_tls: bool = False, needs_login: bool = False
) -> Iterator[MailServer]:
    """Run one.

    Args:
        folder: where its certificate is made; without one nothing is encrypted.
        implicit_tls: whether it speaks TLS from the first byte instead of by STARTTLS.
        needs_login: whether it takes mails of USER with PASSWORD only.
    """
    here = MailServer(free_port(), None if folder is None else certificates.write(folder))
    options: dict[str, Any] = {}
    if folder is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        options = {"ssl_context": context} if implicit_tls else {"tls_context": context}
    if needs_login:
        # aiosmtpd does not see the encryption of a port that has it from the first byte.
        sees_tls = folder is not None and not implicit_tls
        options |= {"authenticator": _authenticate, "auth_require_tls": sees_tls}
        options |= {"auth_required": sees_tls}
    controller = Controller(_Handler(here), hostname="127.0.0.1", port=here.port, **options)
    controller.start()
    try:
        yield here
    finally:
        controller.stop()
