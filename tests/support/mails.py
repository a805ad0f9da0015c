"""Reading the mails that a server of a test wrote to its folder (EMAIL_BACKEND=file)."""

import re
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

SECONDS = 20.0
"""A delivery begins at once; a machine that is busy takes its time."""


def mails_to(folder: Path, address: str) -> list[EmailMessage]:
    """The mails to an address, the oldest first.

    Args:
        folder: where the server runs: `site.folder`.
        address: as it is written in the mail.
    """
    found = []
    for path in sorted((folder / "instance/outbox").glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), EmailMessage, policy=SMTP)
        if str(message["To"]) == address:
            found.append(message)
    return found


def wait_for_mail(folder: Path, address: str, number: int = 1) -> EmailMessage:
    """The mail of that number to an address, as soon as it is there.

    Raises:
        AssertionError: it did not come.
    """
    end = time.monotonic() + SECONDS
    while len(found := mails_to(folder, address)) < number:
        if time.monotonic() > end:
            raise AssertionError(f"{len(found)} mails came to {address}, not {number}")
        time.sleep(0.05)
    return found[number - 1]


def text_of(message: EmailMessage) -> str:
    """Its plain text."""
    body = message.get_body(("plain",))
    if body is None:
        raise AssertionError("the mail has no text")
    return str(body.get_content()).replace("\r\n", "\n")


def link_of(message: EmailMessage) -> str:
    """The first link of its text: the one that it was sent for."""
    found = re.search(r"^https?://\S+$", text_of(message), re.MULTILINE)
    if found is None:
        raise AssertionError("the mail has no link")
    return found.group()
