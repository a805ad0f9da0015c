"""Every mail there is: its template, and the values that whoever posts it has to give.

A template is `templates/mail/NAME.jinja`. Values are text; a kind says how they are checked when
a letter is posted and how they are shown, in the reader's language.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class Value:
    """A kind of value.

    Attributes:
        is_right: whether a text is such a value.
        sample: what `authwell mail preview` shows.
    """

    is_right: Callable[[str], bool]
    sample: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One template.

    Attributes:
        values: what it shows, by name.
        sent: when and to whom it is sent.
        expires: the name of the value that says for how many minutes its link works.
    """

    values: Mapping[str, Value]
    sent: str
    expires: str | None = None


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _text(sample: str) -> Value:
    return Value(lambda _: True, sample)


def _link(path: str) -> Value:
    """A URL below the issuer, which is checked once more when the mail is written."""
    return Value(lambda text: text.startswith(("https://", "http://")), path)


def _word(*known: str) -> Value:
    return Value(lambda text: text in known, known[0])


NAME: Final = _text("Ada Lovelace")
"""How the reader is called; may be empty."""
MINUTES: Final = Value(lambda text: re.fullmatch(r"[1-9][0-9]{0,6}", text) is not None, "60")
"""For how long a link works, as of when the letter was posted."""
MOMENT: Final = Value(_is_moment, "2026-03-01T09:30:00+00:00")
"""ISO 8601 with an offset; shown in UTC."""
DAY: Final = Value(_is_day, "2026-04-01")
NUMBER: Final = Value(lambda text: re.fullmatch(r"[0-9]{1,6}", text) is not None, "2")
ADDRESS: Final = _text("ada.new@example.com")
"""An e-mail address, of which the reader sees no more than needed to know it again."""
FACTOR: Final = _word("totp", "passkey", "backup_codes")
DEVICE: Final = _text("Firefox on Linux")
"""May be empty, as the location may; lines without a value are left out."""
LOCATION: Final = _text("Amsterdam, Netherlands")
IP: Final = _text("192.0.2.7")
OBSERVATION: Final = _word(
    "new_device",
    "new_country",
    "impossible_travel",
    "many_failures",
    "refresh_token_reuse",
    "counter_regression",
)
SECURITY: Final = _link("/account/security")

MAILS: Final[Mapping[str, Mail]] = {
    "verify_email": Mail(
        {"name": NAME, "link": _link("/verify-email?token=sample"), "minutes": MINUTES},
        "Somebody registered with this address, or asks for the link once more.",
        expires="minutes",
    ),
    "invitation": Mail(
        {"name": NAME, "link": _link("/invitation?token=sample"), "minutes": MINUTES},
        "An administrator invites this address to make itself an account.",
        expires="minutes",
    ),
    "already_registered": Mail(
        {"name": NAME, "link": _link("/login"), "recovery_link": _link("/recover")},
        "Somebody registered with an address that has an account: tells its owner instead.",
    ),
    "reset_password": Mail(
        {"name": NAME, "link": _link("/reset-password?token=sample"), "minutes": MINUTES},
        "Somebody forgot the password of the account with this address.",
        expires="minutes",
    ),
    "password_changed": Mail(
        {"name": NAME, "at": MOMENT, "link": _link("/recover")},
        "The password was changed or reset.",
    ),
    "change_email": Mail(
        {"name": NAME, "link": _link("/change-email?token=sample"), "minutes": MINUTES},
        "An account shall have this address from now on; goes to the new one.",
        expires="minutes",
    ),
    "email_changed": Mail(
        {
            "name": NAME,
            "at": MOMENT,
            "new_email": ADDRESS,
            "link": _link("/undo-email-change?token=sample"),
        },
        "The account has another address now; goes to the old one, which can take it back.",
    ),
    "magic_link": Mail(
        {"name": NAME, "link": _link("/magic-link?token=sample"), "minutes": MINUTES},
        "Somebody wants to log in by a link.",
        expires="minutes",
    ),
    "new_device": Mail(
        {
            "name": NAME,
            "at": MOMENT,
            "device": DEVICE,
            "location": LOCATION,
            "address": IP,
            "link": _link("/account/sessions"),
        },
        "A login from a device that the account has not used before.",
    ),
    "suspicious_activity": Mail(
        {
            "name": NAME,
            "at": MOMENT,
            "what": OBSERVATION,
            "device": DEVICE,
            "location": LOCATION,
            "address": IP,
            "link": SECURITY,
        },
        "A rule of suspicious activity applied, whose action is to notify.",
    ),
    "factor_added": Mail(
        {"name": NAME, "at": MOMENT, "factor": FACTOR, "label": _text("Phone"), "link": SECURITY},
        "A second factor or passkey was added; `label` is its name, or empty.",
    ),
    "factor_removed": Mail(
        {"name": NAME, "at": MOMENT, "factor": FACTOR, "label": _text("Phone"), "link": SECURITY},
        "A second factor or passkey was removed.",
    ),
    "unlock_account": Mail(
        {"name": NAME, "link": _link("/unlock?token=sample"), "minutes": MINUTES},
        "The account is locked after many failures, and its owner may open it.",
        expires="minutes",
    ),
    "account_deleted": Mail(
        {"name": NAME, "erased_at": DAY},
        "The account was deleted, and can be given back until it is erased.",
    ),
    "backup_codes_low": Mail(
        {"name": NAME, "left": NUMBER, "link": SECURITY},
        "A backup code was used, and few are left.",
    ),
    "test": Mail(
        {"name": NAME, "at": MOMENT},
        "An operator wants to know whether mails arrive: `authwell mail test`.",
    ),
}


class BadLetter(ValueError):
    """A letter cannot be written: whoever posts it has a mistake."""


def check(template: str, to: str, values: Mapping[str, str]) -> None:
    """Check that a letter can be written.

    Raises:
        BadLetter: it names no template, lacks a value or has one too many, or the address could
            begin a header of its own (THREATS.md RC-08).
    """
    mail = MAILS.get(template)
    if mail is None:
        raise BadLetter(f"there is no mail {template!r}")
    if values.keys() != mail.values.keys():
        wrong = ", ".join(sorted(values.keys() ^ mail.values.keys()))
        raise BadLetter(f"the values of {template} are not those of the catalogue: {wrong}")
    for name, value in mail.values.items():
        if not value.is_right(values[name]):
            raise BadLetter(f"{template}: {name} is not what the catalogue says")
    if not to.isprintable() or " " in to or to.count("@") != 1:
        raise BadLetter("the recipient is no e-mail address")


def samples(template: str, issuer: str) -> dict[str, str]:
    """Values to show a template with."""
    found = {name: value.sample for name, value in MAILS[template].values.items()}
    return {
        name: f"{issuer}{value}" if value.startswith("/") else value
        for name, value in found.items()
    }
