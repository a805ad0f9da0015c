"""What somebody has typed, while they show once more who they are (THREATS.md MF-05).

A form that was open for longer than a login is recent comes back to its browser as one sealed
field, bound to browser, session and page. So nothing of it is stored or readable here or there.
The seal is the form's token too (BR-02): the other one ends when the session gets another cookie.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Final
from zlib import compress, decompress

import orjson
from flask import g, request
from werkzeug.datastructures import ImmutableMultiDict

from authwell.middleware import csrf
from authwell.middleware.context import authorization_server, current_session, site
from authwell.utils.sealing import CannotOpen

FIELD: Final = "kept_form"
LIFETIME: Final = timedelta(hours=1)
_PURPOSE: Final = "kept-forms"


def has_input() -> bool:
    """Whether this form has anything that would be lost."""
    return any(name != csrf.FIELD for name in request.form)


def kept() -> str:
    """This form, sealed; one that was kept before stays what it is."""
    found: str = g.get("kept_form") or _sealed()
    return found


def take_kept() -> bool:
    """Put what was kept in the place of this form, if this form brings something.

    Raises:
        ForeignForm: it is another browser's, session's or page's, too old, or no such thing.
    """
    value = request.form.get(FIELD)
    if value is None:
        return False
    fields = _opened(value)
    if not csrf.is_from_here():
        raise csrf.ForeignForm
    request.form = ImmutableMultiDict(fields)
    g.kept_form = value
    return True


def _sealed() -> str:
    until = authorization_server().now + LIFETIME
    fields = [pair for pair in request.form.items(multi=True) if pair[0] != csrf.FIELD]
    plain = compress(orjson.dumps([until.timestamp(), fields]))
    return urlsafe_b64encode(site().sealer.seal(plain, _PURPOSE, _bound())).decode()


def _opened(value: str) -> list[tuple[str, str]]:
    try:
        sealed = urlsafe_b64decode(value.encode("ascii"))
        until, fields = orjson.loads(decompress(site().sealer.open(sealed, _PURPOSE, _bound())))
    except (CannotOpen, UnicodeEncodeError, binascii.Error) as error:
        raise csrf.ForeignForm from error
    if authorization_server().now.timestamp() > until:
        raise csrf.ForeignForm
    return [(name, text) for name, text in fields]


def _bound() -> str:
    session = current_session()
    session_id = "" if session is None else session.id
    tenant_id = authorization_server().tenant.id
    return orjson.dumps([tenant_id, csrf.browser(), session_id, request.path]).decode()
