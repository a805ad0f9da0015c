"""Letters in the outbox, read as their readers would."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from authwell.identity.mail.letters import MAIL, Letter
from authwell.middleware.context import Site
from authwell.storage.work.outbox import Outbox


def take_letters(site: Site, at: datetime | None = None) -> list[Letter]:
    """All letters since the last time, the oldest first."""
    outbox, now = Outbox(site.database), (at or site.clock()) + timedelta(seconds=1)
    entries = sorted(outbox.claim(MAIL, now, limit=1000), key=lambda entry: entry.id)
    letters = [site.letters.open(entry) for entry in entries]
    for entry in entries:
        outbox.finish(entry, now)
    return letters


def take_letter(site: Site, template: str) -> Letter:
    """The latest letter; those before it, of other tests of a module, are left unread."""
    letter = take_letters(site)[-1]
    if letter.template != template:
        raise AssertionError(f"{letter.template} instead of {template}")
    return letter


def token_of(letter: Letter) -> str:
    """The token in the link of a letter."""
    (token,) = parse_qs(urlsplit(letter.values["link"]).query)["token"]
    return token
