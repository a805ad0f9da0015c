"""The message of a mail (RFC 5322): its headers, and the text and HTML as alternatives.

Headers are made of checked parts only, and the library refuses a line break in any of them
(THREATS.md RC-08).
"""

from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import urlsplit

from authwell.identity.mail.catalogue import BadLetter
from authwell.identity.mail.rendering import Rendered

_POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the message says of itself.

    Attributes:
        sender: an address; may be `local@domain` only.
        sender_name: shown beside it.
        id: the same each time a letter is sent, so that receivers know a repetition.
    """

    sender: str
    sender_name: str
    to: str
    id: str
    issuer: str
    at: datetime


def message_of(rendered: Rendered, envelope: Envelope) -> EmailMessage:
    """The message as it is sent.

    Raises:
        BadLetter: an address is none, or something would begin a header of its own.
    """
    message = EmailMessage(_POLICY)
    try:
        message["From"] = _address(envelope.sender, envelope.sender_name)
        message["To"] = _address(envelope.to)
        message["Subject"] = rendered.subject
    except (ValueError, MessageError, IndexError) as error:
        raise BadLetter(f"a header cannot be written: {type(error).__name__}") from error
    message["Date"] = envelope.at
    message["Message-ID"] = f"<{envelope.id}@{urlsplit(envelope.issuer).hostname}>"
    # RFC 3834 section 5: nobody shall answer it by machine; Exchange asks for a header of its own.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(rendered.text)
    message.add_alternative(rendered.html, subtype="html")
    message["Content-Language"] = rendered.language
    return message


def _address(address: str, name: str = "") -> Address:
    """With the domain as the DNS has it (RFC 5890)."""
    local, _, domain = address.rpartition("@")
    return Address(name, addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}")
