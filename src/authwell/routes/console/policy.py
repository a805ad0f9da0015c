"""The tenant's policy, as `authwell apply` has it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson
from flask import Response, request
from flask_babel import gettext

from authwell.identity.configuration import export
from authwell.identity.configuration.problems import Problem, Refused
from authwell.identity.configuration.state import State
from authwell.identity.keys.keeper import algorithms_of, key_keeper
from authwell.identity.tenants.branding import MEMBER as BRANDING
from authwell.middleware.configuring import configurator
from authwell.middleware.console_pages import address, author, go, may, needs
from authwell.middleware.context import site
from authwell.middleware.notices import notify
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, save, show_page
from authwell.routes.console.parts import Act, Cell, Fact, Field, code
from authwell.routes.console.versions import expected, version_field
from authwell.routes.console.words import WORDS
from authwell.storage.configuration.rows import TenantRecord
from authwell.utils.foreign_json import parse_json

SECTION = "policy"
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


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
    return _form(tenant, tenant.name, written(_own(tenant.policy)))


@blueprint.post("/policy/edit")
@needs("policy:update", recent=True)
def update_policy() -> Response:
    """Change it; keys for algorithms that are new are made at once."""
    name, text = request.form.get("name", "").strip(), request.form.get("policy", "")

    def change() -> Response:
        own = read_policy(text)
        save_policy(_seen, lambda policy: {**own, **_looks(policy)}, {"name": name})
        return notify(go(SECTION), "console_saved")

    return answered(
        change, lambda refused: _form(configurator().state().tenant, name, text, refused)
    )


def save_policy(
    seen: Callable[[TenantRecord], Mapping[str, Any]],
    changed: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    members: Mapping[str, Any] = NOTHING,
) -> None:
    """Write another policy, made of the one that there is when it is written.

    Args:
        seen: what the form showed of the tenant.
        changed: the policy that there is to be.
        members: others of the tenant.

    Raises:
        Refused: something is wrong with it.
        ChangedMeanwhile: the form showed something else.
    """
    here, who, wanted = site(), author(), expected()

    def find(state: State) -> Mapping[str, Any]:
        wanted.require(seen(state.tenant))
        return {**export.tenant_entry(state.tenant), "policy": changed(state.tenant.policy)}

    configurator().update("tenants", find, members, who)
    written_now = configurator().state().tenant
    keeper = key_keeper(here.database, here.sealer, here.settings)
    keeper.ensure(written_now.id, algorithms_of(written_now, here.settings), who.now)


def _seen(tenant: TenantRecord) -> dict[str, Any]:
    """What the form shows."""
    return {"name": tenant.name, "policy": _own(tenant.policy)}


def _looks(policy: Mapping[str, Any]) -> dict[str, Any]:
    """The branding, which has a page of its own."""
    return {name: value for name, value in policy.items() if name == BRANDING}


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


def _form(tenant: TenantRecord, name: str, text: str, refused: Refused | None = None) -> Response:
    fields = [*policy_fields(name, text), version_field(_seen(tenant), refused)]
    heading = gettext("Policy")
    return form_page(SECTION, heading, address(SECTION), fields, label=save(), refused=refused)
