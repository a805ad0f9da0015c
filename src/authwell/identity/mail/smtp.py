"""Sending by SMTP (RFC 5321), encrypted by STARTTLS (RFC 3207) or from the start (RFC 8314)."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from threading import Timer
from typing import Final

from authwell.identity.mail.backends import NotSent

IMPLICIT_TLS: Final = 465
"""The port where TLS comes before the first word (RFC 8314 section 3.3)."""

# They speak of us and not of the message: not logged in, or not encrypted (RFC 4954 section 6).
_OUR_FAULT: Final = frozenset({530, 534, 535, 538})


@dataclass(frozen=True, slots=True)
class Smtp:
    """One mail server; each message has a connection of its own.

    Attributes:
        tls: whether nothing is said before the connection is encrypted; there is no way back.
        ca_file: trusted beside the public authorities.
        name: how we call ourselves.
        seconds: for one step; all together have six times as much.
    """

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = True
    ca_file: Path | None = None
    name: str = "localhost"
    seconds: float = 10.0

    def send(self, message: EmailMessage) -> None:
        """Hand it to the server.

        Raises:
            NotSent: it was not taken; a refusal of the recipient or the message is final.
        """
        try:
            with self._connected() as server:
                self._introduce(server)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPAuthenticationError as error:
            raise NotSent(f"the mail server answered {error.smtp_code} to our login") from error
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotSent(f"the mail server cannot do this: {error}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(f"{type(error).__name__}: {error}") from error

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._unconnected()
        # A server that says a letter now and then would hold on to us for ever.
        end = Timer(6 * self.seconds, _hang_up, [server])
        end.daemon = True
        end.start()
        try:
            code, _ = server.connect(self.host, self.port)
            if code != 220:
                raise NotSent(f"the mail server answered {code} to our call")
            yield server
            # The message was taken; how the farewell goes tells nothing.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            end.cancel()
            server.close()

    def _unconnected(self) -> smtplib.SMTP:
        if self.tls and self.port == IMPLICIT_TLS:
            context = self._context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                local_hostname=self.name, timeout=self.seconds, context=context
            )
        else:
            server = smtplib.SMTP(local_hostname=self.name, timeout=self.seconds)
        # The name that the certificate must have; otherwise only a constructor that connects sets it.
        server._host = self.host  # type: ignore[attr-defined]  # noqa: SLF001
        return server

    def _introduce(self, server: smtplib.SMTP) -> None:
        if self.tls and self.port != IMPLICIT_TLS:
            server.starttls(context=self._context())
        if self.user is not None and self.password is not None:
            server.login(self.user, self.password)

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        return context


def _hang_up(server: smtplib.SMTP) -> None:
    if server.sock is not None:
        with suppress(OSError):
            server.sock.shutdown(socket.SHUT_RDWR)


def _refused(code: int, text: bytes | str) -> NotSent:
    # The text may repeat the address, which no log needs; the enhanced code says why (RFC 3463).
    said = text.decode("ascii", "replace") if isinstance(text, bytes) else text
    first = said.partition(" ")[0]
    why = f" {first}" if first.replace(".", "").isdigit() and first.count(".") == 2 else ""
    is_final = 500 <= code < 600 and code not in _OUR_FAULT
    return NotSent(f"the mail server refused it with {code}{why}", is_final=is_final)
