"""How the tenant looks: its logo and colours, seen in both schemes before they are saved."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from flask_babel import gettext

from authwell.identity.configuration.problems import Problem, Refused
from authwell.identity.tenants.branding import (
    DEFAULTS,
    MEMBER,
    SCHEMES,
    Branding,
    branding_of,
    preview_stylesheet,
    read_branding,
)
from authwell.middleware.configuring import configurator
from authwell.middleware.console_pages import (
    address,
    confirm_and_keep,
    console_page,
    go,
    may,
    needs,
)
from authwell.middleware.context import authorization_server
from authwell.middleware.headers import allow_image
from authwell.middleware.notices import notify
from authwell.middleware.pages import below
from authwell.middleware.recency import confirm_address, is_confirmed
from authwell.protocol.policy import InvalidPolicy
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered
from authwell.routes.console.parts import Field
from authwell.routes.console.policy import save_policy
from authwell.routes.console.versions import version_field
from authwell.storage.configuration.rows import TenantRecord

SECTION = "branding"
LOGO = "logo_uri"


@blueprint.get("/branding")
@needs("branding:read")
def show_branding() -> Response:
    """As it is now."""
    tenant = configurator().state().tenant
    return _page(tenant, _seen(tenant), branding_of(authorization_server().tenant))


@blueprint.post("/branding")
@needs("branding:update")
def change_branding() -> Response:
    """Show what was typed, or keep it if it is clear who wants that."""
    if "preview" not in request.form and not is_confirmed():
        return confirm_and_keep()
    values = {name: request.form.get(name, "").strip() for name in _names()}

    def change() -> Response:
        wanted = _read(values)
        if "preview" in request.form:
            return _page(configurator().state().tenant, values, wanted)
        save_policy(_seen, lambda policy: {**policy, MEMBER: _nested(values)})
        return notify(go(SECTION), "console_saved")

    return answered(
        change,
        lambda refused: _page(configurator().state().tenant, values, Branding(), refused),
    )


@blueprint.get("/branding/preview.css")
@needs("branding:read")
def preview_branding() -> Response:
    """The colours of the address for the two previews; of checked ones only."""
    try:
        found = _read({name: request.args.get(name, "") for name in _names()})
    except Refused:
        found = Branding()
    return Response(preview_stylesheet(found), mimetype="text/css")


def _seen(tenant: TenantRecord) -> dict[str, str]:
    """What the form shows of the tenant."""
    return _flat(tenant.policy.get(MEMBER) or {})


def _names() -> list[str]:
    return [LOGO, *(f"{scheme}.{name}" for scheme in SCHEMES for name in DEFAULTS[scheme])]


def _flat(member: Mapping[str, Any]) -> dict[str, str]:
    """The member of the policy by the names of the form's fields."""
    colors = member.get("colors", {})
    values = {LOGO: member.get(LOGO) or ""}
    for scheme in SCHEMES:
        given = colors.get(scheme, {})
        values |= {f"{scheme}.{name}": given.get(name, "") for name in DEFAULTS[scheme]}
    return values


def _nested(values: Mapping[str, str]) -> dict[str, Any]:
    """The member of the policy that the fields make."""
    member: dict[str, Any] = {LOGO: values[LOGO]} if values[LOGO] else {}
    colors = {
        scheme: {
            name: values[f"{scheme}.{name}"]
            for name in DEFAULTS[scheme]
            if values[f"{scheme}.{name}"]
        }
        for scheme in SCHEMES
    }
    given = {scheme: found for scheme, found in colors.items() if found}
    return {**member, "colors": given} if given else member


def _read(values: Mapping[str, str]) -> Branding:
    """What the fields come to.

    Raises:
        Refused: a colour or the address is none, or nobody could read it.
    """
    try:
        return read_branding(_nested(values))
    except InvalidPolicy as error:
        raise Refused([Problem("", str(error))]) from error


def _page(
    tenant: TenantRecord,
    values: Mapping[str, str],
    branding: Branding,
    refused: Refused | None = None,
) -> Response:
    if branding.logo_uri is not None:
        allow_image(branding.logo_uri)
    given = {name: value for name, value in values.items() if value and refused is None}
    return console_page(
        "console/branding.html",
        SECTION,
        status=422 if refused else 200,
        version=version_field(_seen(tenant), refused),
        logo=Field(LOGO, "logo_uri", value=values[LOGO]),
        schemes=[(scheme, _fields(scheme, values)) for scheme in SCHEMES],
        sheet=address(SECTION, "preview.css") + f"?{urlencode(given)}",
        preview_logo=branding.logo_uri,
        may_save=may("branding:update"),
        confirm=None if is_confirmed() else below(confirm_address(request.path)),
        error=str(refused) if refused else None,
        heading=gettext("Branding"),
    )


def _fields(scheme: str, values: Mapping[str, str]) -> list[Field]:
    return [
        Field(f"{scheme}.{name}", name, value=values[f"{scheme}.{name}"], help=default)
        for name, default in DEFAULTS["dark" if scheme == "dark" else "light"].items()
    ]
