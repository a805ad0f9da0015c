"""Sending by SendGrid's Web API v3 (REQUIREMENTS.md D10)."""

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any, Final

import orjson

from authwell.identity.mail.backends import NotSent
from authwell.utils.outgoing import Limits, Outgoing, OutgoingError

LIMITS: Final = Limits(seconds=15.0)

# What was asked is wrong and stays so: the message itself, or its size.
_FINAL: Final = frozenset({400, 413, 422})
_HEADERS: Final = ("Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language", "Message-ID")


@dataclass(frozen=True, slots=True)
class SendGrid:
    """An account at SendGrid; `url` is the region's, such as https://api.eu.sendgrid.com."""

    outgoing: Outgoing
    key: str = field(repr=False)
    url: str = "https://api.sendgrid.com"

    def send(self, message: EmailMessage) -> None:
        """Hand it to the API.

        Raises:
            NotSent: it was not taken.
        """
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            answer = self.outgoing.send(
                "POST",
                f"{self.url}/v3/mail/send",
                content=orjson.dumps(_request(message)),
                headers=headers,
                limits=LIMITS,
            )
        except OutgoingError as error:
            raise NotSent(f"{type(error).__name__}: {error}") from error
        if not 200 <= answer.status < 300:
            problem = f"SendGrid answered {answer.status}"
            raise NotSent(problem, is_final=answer.status in _FINAL)


def _request(message: EmailMessage) -> dict[str, Any]:
    (sender,), (recipient,) = message["From"].addresses, message["To"].addresses
    return {
        "from": _named(sender),
        "personalizations": [{"to": [{"email": recipient.addr_spec}]}],
        "subject": str(message["Subject"]),
        "headers": {name: str(message[name]) for name in _HEADERS},
        "content": [
            {"type": "text/plain", "value": _body(message, "plain")},
            {"type": "text/html", "value": _body(message, "html")},
        ],
        # A link that opens a door shall lead to us, and not by a stranger's host.
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
        },
    }


def _named(address: Address) -> dict[str, str]:
    named = {"email": address.addr_spec}
    return {**named, "name": address.display_name} if address.display_name else named


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
