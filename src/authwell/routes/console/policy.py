"""The tenant's policy, as `authwell apply` has it."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response, request
from flask_babel import gettext

from authwell.identity.configuration import export
from authwell.identity.configuration.problems import Problem, Refused
from authwell.identity.keys.keeper import algorithms_of, key_keeper
from authwell.identity.tenants.branding import MEMBER as BRANDING
from authwell.middleware.configuring import configurator
from authwell.middleware.console_pages import address, author, go, may, needs
from authwell.middleware.context import site
from authwell.middleware.notices import notify
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, save, show_page
from authwell.routes.console.parts import Act, Cell, Fact, Field, code
from authwell.routes.console.words import WORDS
from authwell.utils.foreign_json import parse_json

SECTION = "policy"


@blueprint.get("/policy")
@needs("policy:read")
def show_policy() -> Response:
    """What the tenant decided by itself, and what its profiles come to."""
    tenant = configurator().state().tenant
    edit = Act(gettext("Edit"), address(SECTION, "edit"))
    return show_page(
        SECTION,
        gettext("Policy"),
        [
            Fact(WORDS["name"], [Cell(tenant.name)]),
            Fact("issuer", [code(tenant.issuer)]),
            *(Fact(name, [code(written(value))]) for name, value in _own(tenant.policy).items()),
        ],
        links=[edit if may("policy:update") else None],
    )


@blueprint.get("/policy/edit")
@needs("policy:update", recent=True)
def edit_policy() -> Response:
    """A form with all that it decided."""
    tenant = configurator().state().tenant
    return _form(tenant.name, written(_own(tenant.policy)))


@blueprint.post("/policy/edit")
@needs("policy:update", recent=True)
def update_policy() -> Response:
    """Change it; keys for algorithms that are new are made at once."""
    name, text = request.form.get("name", "").strip(), request.form.get("policy", "")

    def change() -> Response:
        save_policy(name, read_policy(text))
        return notify(go(SECTION), "console_saved")

    return answered(change, lambda refused: _form(name, text, refused))


def save_policy(name: str | None, own: Mapping[str, Any]) -> None:
    """Write members of the policy over what the tenant has; the branding stays as it is.

    Raises:
        Refused: they are wrong.
    """
    here, who = site(), author()
    tenant = configurator().state().tenant
    kept = {key: value for key, value in tenant.policy.items() if key == BRANDING}
    members: dict[str, Any] = {"policy": {**kept, **own}}
    if name is not None:
        members["name"] = name
    configurator().update("tenants", lambda state: export.tenant_entry(state.tenant), members, who)
    changed = configurator().state().tenant
    keeper = key_keeper(here.database, here.sealer, here.settings)
    keeper.ensure(changed.id, algorithms_of(changed, here.settings), who.now)


def _own(policy: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in policy.items() if name != BRANDING}


def read_policy(text: str) -> dict[str, Any]:
    """The policy that was typed.

    Raises:
        Refused: it is no JSON object.
    """
    try:
        found = parse_json(text)
    except orjson.JSONDecodeError as error:
        raise Refused([Problem("policy", gettext("This is not JSON."))]) from error
    if not isinstance(found, dict):
        raise Refused([Problem("policy", gettext("This is not a JSON object."))])
    return found


def written(value: Any) -> str:
    """A policy, or a member of one, as JSON for people."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def policy_fields(name: str, text: str) -> list[Field]:
    """The fields of a form with a tenant's name and policy."""
    return [
        Field("name", WORDS["name"], value=name, required=True),
        Field("policy", gettext("Policy"), "lines", text, help=gettext("By the names of the API.")),
    ]


def _form(name: str, text: str, refused: Refused | None = None) -> Response:
    fields = policy_fields(name, text)
    heading = gettext("Policy")
    return form_page(SECTION, heading, address(SECTION), fields, label=save(), refused=refused)
