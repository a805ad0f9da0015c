"""E-mail addresses that people give: one form for sending and one for comparing.

The syntax is that of RFC 5321, without comments, quotes and address literals, which mail programs
hardly know; nothing is asked of the DNS, so that the answer takes the same time for each.
"""

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from authwell.identity.people.names import canonical_email


class InvalidEmail(ValueError):
    """The text is no e-mail address."""


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address as mails go to it, and the form that is unique in a tenant."""

    text: str
    canonical: str


def read_email(text: str, *, is_development: bool) -> EmailAddress:
    """The address that a person typed.

    A local part beyond ASCII is refused: its look-alikes would be one account here and another
    mailbox there (THREATS.md AU-12).

    Args:
        text: what was typed; blanks around it are dropped.
        is_development: whether names that only tests have (RFC 2606) may receive mail.

    Raises:
        InvalidEmail: it is none, or has a second `@`.
    """
    try:
        found = validate_email(
            text.strip(),
            check_deliverability=False,
            allow_smtputf8=False,
            globally_deliverable=False,
            test_environment=is_development,
        )
    except EmailNotValidError as error:
        raise InvalidEmail("not an e-mail address") from error
    address = found.ascii_email or found.normalized
    canonical = canonical_email(address)
    if canonical is None:
        raise InvalidEmail("not an e-mail address")
    return EmailAddress(address, canonical)
