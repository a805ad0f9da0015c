"""Name and policy of a tenant, changed by administrators of the server as `/companies` does it."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request
from flask_babel import gettext

from authwell.identity.configuration.problems import Refused
from authwell.identity.tenants.applying import Several
from authwell.identity.tenants.life_cycle import TenantLife, shown
from authwell.middleware.configuring import configurator
from authwell.middleware.console_pages import address, author, go, needs
from authwell.middleware.context import site
from authwell.middleware.notices import notify
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, save
from authwell.routes.console.policy import policy_fields, read_policy, written
from authwell.routes.console.tenant_hosts import other_tenant
from authwell.routes.console.versions import expected, version_field
from authwell.storage.configuration.rows import TenantRecord

SECTION: Final = "tenants"


@blueprint.get("/tenants/<tenant_id>/edit")
@needs("tenant:manage", recent=True)
def edit_tenant(tenant_id: str) -> Response:
    """A form with its name and all of its policy."""
    record = other_tenant(tenant_id)
    return _form(record, record.name, written(record.policy))


@blueprint.post("/tenants/<tenant_id>/edit")
@needs("tenant:manage", recent=True)
def update_tenant(tenant_id: str) -> Response:
    """Change it; a member of the policy that the form leaves out is taken away."""
    record = other_tenant(tenant_id)
    name, text = request.form.get("name", "").strip(), request.form.get("policy", "")

    def change() -> Response:
        _change(record, name, read_policy(text))
        return notify(go(SECTION, record.id), "console_saved")

    return answered(change, lambda refused: _form(record, name, text, refused))


def _change(record: TenantRecord, name: str, policy: Mapping[str, Any]) -> None:
    here = site()
    members = {"name": name, "policy": {**dict.fromkeys(record.policy), **policy}}
    several = Several(configurator(), TenantLife(here.database, here.sealer, here.settings))
    several.set_members(record.slug, members, author(), expected())
    here.tenants.forget(record.slug)


def _form(record: TenantRecord, name: str, text: str, refused: Refused | None = None) -> Response:
    asked = [*policy_fields(name, text), version_field(shown(record), refused)]
    heading, back = gettext("Edit"), address(SECTION, record.id)
    return form_page(
        SECTION, heading, back, asked, about=record.slug, label=save(), refused=refused
    )
