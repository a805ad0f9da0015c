"""Sentry, where SENTRY_DSN is set: errors only, without anything personal or secret."""

import sys
from typing import Any

from authwell import __version__
from authwell.config.settings import Settings
from authwell.utils.scrubbing import scrub


def report_errors(settings: Settings) -> None:
    """Start reporting; without a DSN the library is not even imported."""
    if settings.sentry_dsn is None:
        return
    import sentry_sdk  # noqa: PLC0415 - costs memory that most servers need not spend

    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        release=f"authwell@{__version__}",
        environment=settings.environment,
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        before_send=_without_secrets,
    )


def report(error: BaseException) -> None:
    """Report an error that a handler of ours has answered, so that Sentry does not see it."""
    reporter = sys.modules.get("sentry_sdk")
    if reporter is not None:
        reporter.capture_exception(error)


def _without_secrets(event: Any, _hint: Any) -> Any:
    """Cookies, headers and query strings stay here."""
    request = event.get("request")
    if isinstance(request, dict):
        for member in ("cookies", "query_string", "data", "headers", "env"):
            request.pop(member, None)
    # Frames of a trace lie eight containers deep.
    return scrub(event, depth=12)
