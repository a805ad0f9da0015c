"""Forms that name what they were filled in over, so that no save undoes another unseen.

The version is that of an `ETag`. The change that writes checks it, as it checks `If-Match` of the
API (RFC 9110 section 13.1.1).
"""

from collections.abc import Mapping
from typing import Any, Final

from flask import request
from flask_babel import gettext

from authwell.identity.configuration.problems import Problem, Refused
from authwell.middleware.refusals import log_refusal
from authwell.routes.console.parts import Field
from authwell.utils.versions import Expected, version_of

FIELD: Final = "version"
CHANGED: Final = "changed_meanwhile"


def expected() -> Expected:
    """What the form was filled in over; a form that does not say saves over nothing."""
    return Expected(frozenset({request.form.get(FIELD, "")}))


def version_field(shown: Mapping[str, Any], refused: Refused | None = None) -> Field:
    """The field of a form that shows this.

    A form that comes back keeps the version that it was filled in over, unless it was refused for
    just that: whoever has been told so may save again.
    """
    was_changed = refused is not None and refused.problems[0].code == CHANGED
    known = None if was_changed else request.form.get(FIELD)
    return Field(FIELD, FIELD, "hidden", version_of(shown) if known is None else known)


def changed_meanwhile() -> Refused:
    """What the form is answered with then."""
    log_refusal(CHANGED, "the form names another version")
    text = gettext(
        "Somebody else changed this meanwhile, so nothing was saved. What you have typed is still "
        "here: compare it with how things are now. If you save again, it replaces that."
    )
    return Refused([Problem("", text, CHANGED)])
