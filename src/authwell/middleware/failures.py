"""Errors that nothing handles, as what an answer tells of them; each is logged on the way.

Who reads the answer decides its shape: `errors` makes it for Flask, `oauth_failure` is that of
the machine endpoints in both of their mounts. Nothing of the inside is shown (THREATS.md HT-12).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Final
from wsgiref.types import WSGIEnvironment

import orjson
from flask_babel import gettext
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from authwell.identity.login.entrance import AccountBlocked
from authwell.identity.login.guard import AddressLocked
from authwell.identity.login.suspicion.logins import LoginBlocked
from authwell.identity.passwords.hashing import TooBusy
from authwell.middleware.calls import JSON, Answer, Headers
from authwell.middleware.refusals import note_refusal
from authwell.middleware.reporting import report
from authwell.protocol.ports import StorageUnavailable
from authwell.storage.people.superusers import LastSuperuser
from authwell.utils.logs import get_logger

RETRY_SECONDS: Final = 5
_CODES: Final[Mapping[int, str]] = {
    400: "bad_request",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    411: "length_required",
    412: "changed_meanwhile",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "server_error",
    503: "unavailable",
}
_TEXTS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("The request is invalid", "The server cannot read what was sent."),
    403: ("This is not allowed", "You may not do this."),
    404: ("There is no such page", "The address is invalid, or the page is gone."),
    405: ("This is not allowed", "The address does not take this kind of request."),
    412: ("It was changed meanwhile", "Somebody has changed it. Read it again first."),
    413: ("Too much was sent", "The request may have 64 KiB."),
    429: ("Too many requests", "Wait a moment, then try again."),
    500: ("Something went wrong", "An error happened on our side. Try again later."),
    503: ("Out of reach for a moment", "An error happened on our side. Try again in a moment."),
}
_OAUTH_ERRORS: Final[Mapping[int, str]] = {
    429: "temporarily_unavailable",
    500: "server_error",
    503: "temporarily_unavailable",
}

log = get_logger("errors")


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as the answer tells of it, whoever reads it."""

    status: int
    code: str
    detail: str | None = None
    headers: Headers = ()


@singledispatch
def failure_of(error: Exception, environ: WSGIEnvironment) -> Failure:
    """What an error is answered with; it is logged on the way."""
    log.error("fault", path=_path(environ), exc_info=error)
    report(error)
    return Failure(500, "server_error")


@failure_of.register
def _of_http(error: HTTPException, environ: WSGIEnvironment) -> Failure:
    """Keep the status and the headers of the error."""
    status = error.code or 500
    code = getattr(error, "code_name", None) or _CODES.get(status, "refused")
    note_refusal(_path(environ), code, error.name)
    kept = [
        (name, str(value))
        for name, value in error.get_headers(environ)
        if name.lower() not in {"content-type", "content-length"}
    ]
    return Failure(status, code, _own_text(error), tuple(kept))


@failure_of.register
def _of_suspicion(_error: LoginBlocked, environ: WSGIEnvironment) -> Failure:
    """Say that it was refused, and where to read why: the person has a letter."""
    note_refusal(_path(environ), "suspicious_login", "a rule of suspicious activity blocks it")
    text = gettext(
        "This login looks unusual and was refused. "
        "Use a device or a place from which you have logged in before."
    )
    return Failure(403, "suspicious_login", text)


@failure_of.register
def _of_block(_error: AccountBlocked, environ: WSGIEnvironment) -> Failure:
    """Who has shown that it is their account may know that it is blocked."""
    note_refusal(_path(environ), "account_blocked", "an administrator has blocked the account")
    text = gettext("This account is blocked. Ask the administrators.")
    return Failure(403, "account_blocked", text)


@failure_of.register
def _of_last_superuser(_error: LastSuperuser, environ: WSGIEnvironment) -> Failure:
    """Somebody must be left who may do everything (THREATS.md TN-14)."""
    note_refusal(_path(environ), "last_superuser", "nobody would be left who may do everything")
    text = gettext("Nobody else may do everything here. Make somebody else an administrator first.")
    return Failure(409, "last_superuser", text)


@failure_of.register(StorageUnavailable)
@failure_of.register(OperationalError)
@failure_of.register(InterfaceError)
@failure_of.register(PoolTimeout)
def _of_storage(error: Exception, environ: WSGIEnvironment) -> Failure:
    """A database that is away comes back: the same request may be sent again."""
    log.error("storage.unavailable", path=_path(environ), exc_info=error)
    return Failure(503, "unavailable", None, (("Retry-After", str(RETRY_SECONDS)),))


@failure_of.register
def _of_busy(error: TooBusy, environ: WSGIEnvironment) -> Failure:
    """More passwords are sent than may be hashed at once (THREATS.md AU-10)."""
    log.warning("passwords.too_busy", path=_path(environ))
    seconds = str(int(error.retry_after.total_seconds()))
    text = "Too many passwords are being checked. Try again."
    return Failure(503, "too_busy", text, (("Retry-After", seconds),))


@failure_of.register
def _of_locked_address(error: AddressLocked, environ: WSGIEnvironment) -> Failure:
    """Whoever is behind that address has guessed too often (THREATS.md AU-03)."""
    note_refusal(_path(environ), "address_locked", str(error))
    seconds = str(math.ceil(error.retry_after.total_seconds()))
    text = "Too many attempts came from your network. Try again later."
    return Failure(429, "address_locked", text, (("Retry-After", seconds),))


def oauth_failure(failure: Failure) -> Answer:
    """A failure in the standard's shape (RFC 6749 section 5.2)."""
    body = {
        "error": _OAUTH_ERRORS.get(failure.status, "invalid_request"),
        "error_description": failure.detail or texts_of(failure.status)[1],
        "reason": failure.code,
    }
    headers = (*JSON, ("Cache-Control", "no-store"), *failure.headers)
    return Answer(failure.status, orjson.dumps(body), headers)


def _own_text(error: HTTPException) -> str | None:
    """Return the description if it is a sentence of ours and not werkzeug's."""
    is_ours = type(error).__module__.startswith("authwell.")
    return error.description if is_ours or error.description != type(error).description else None


def texts_of(status: int) -> tuple[str, str]:
    """Return the title and the sentence of a status."""
    unknown = ("The request was refused", "The server refuses this request.")
    return _TEXTS.get(status, unknown)


def _path(environ: WSGIEnvironment) -> str:
    """Return the path as it was sent: WSGI hands over its bytes as Latin-1."""
    path: str = environ["PATH_INFO"]
    return path.encode("latin-1", "replace").decode("utf-8", "replace")
