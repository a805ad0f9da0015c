"""What a part of the API answers whose views change the configuration (RFC 9457)."""

from typing import Final

from flask import Blueprint, Response

from authwell.identity.configuration.problems import NotFound, Refused
from authwell.identity.configuration.removals import IN_USE
from authwell.identity.configuration.service import EXISTS
from authwell.middleware.errors import problem
from authwell.middleware.refusals import log_refusal

_CONFLICTS: Final = frozenset({EXISTS, IN_USE})


def register(blueprint: Blueprint) -> None:
    """Let the blueprint answer with these."""
    blueprint.register_error_handler(Refused, refused)
    blueprint.register_error_handler(NotFound, not_found)


def refused(error: Refused) -> Response:
    """400 with every finding; 409 for what exists already, or what others need."""
    first = error.problems[0]
    log_refusal(first.code, str(error))
    findings: dict[str, list[str]] = {}
    for each in error.problems:
        findings.setdefault(each.path, []).append(each.text)
    status = 409 if first.code in _CONFLICTS else 400
    return problem(status, first.code, str(first), errors=findings)


def not_found(error: NotFound) -> Response:
    """404: it is not there, or it is another tenant's, which is the same."""
    log_refusal("not_found", str(error))
    return problem(404, "not_found", str(error))
