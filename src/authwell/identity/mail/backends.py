"""The ways by which a message leaves: by SMTP, by SendGrid's API, or not at all."""

from email.message import EmailMessage
from pathlib import Path
from typing import Protocol


class NotSent(Exception):
    """A message did not leave; the text is for our log and names nobody.

    Attributes:
        is_final: another attempt would end the same way.
    """

    def __init__(self, problem: str, *, is_final: bool = False) -> None:
        """See the class."""
        super().__init__(problem)
        self.is_final = is_final


class Backend(Protocol):
    """Sends messages; safe among threads."""

    def send(self, message: EmailMessage) -> None:
        """Send one, within a minute.

        Raises:
            NotSent: nobody took it.
        """
        ...


class Nowhere:
    """What stands in for a mail server that is not configured yet: letters wait."""

    def send(self, message: EmailMessage) -> None:
        """Refuse; the outbox tries again for some hours."""
        raise NotSent("no mail server is configured; set SMTP_HOST, or EMAIL_BACKEND=sendgrid")


class Console:
    """Prints the text of each message: for development."""

    def send(self, message: EmailMessage) -> None:
        """Print it in one piece."""
        body = message.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        heading = f"To: {message['To']}\nSubject: {message['Subject']}"
        print(f"\n---- mail\n{heading}\n\n{text}----", flush=True)  # noqa: T201 - what it is for


class Folder:
    """Writes each message as a file that mail programs open: for development."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made with the first message."""
        self._folder = folder

    def send(self, message: EmailMessage) -> None:
        """Write `TIME-ID.eml`, whole or not at all, for its owner's eyes."""
        moment = message["Date"].datetime.strftime("%Y%m%dT%H%M%S")
        identifier = str(message["Message-ID"]).strip("<>").partition("@")[0]
        path = self._folder / f"{moment}-{identifier}.eml"
        draft = path.with_suffix(".draft")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.touch(mode=0o600)
            draft.write_bytes(message.as_bytes())
            draft.replace(path)
        except OSError as error:
            raise NotSent(f"the folder of mails cannot be written: {error}") from error


class Memory:
    """Keeps messages: for tests."""

    def __init__(self) -> None:
        """Begin with none."""
        self.messages: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        """Keep it."""
        self.messages.append(message)
