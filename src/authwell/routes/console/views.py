"""All pages of the console; each module adds its own to the blueprint."""

from authwell.routes.console import (
    audit,
    branding,
    client_forms,
    clients,
    dashboard,
    grants,
    groups,
    integrations,
    invitations,
    keys,
    permissions,
    policy,
    resources,
    roles,
    scopes,
    search,
    sessions,
    simulator,
    tenants,
    user_actions,
    users,
    webhooks,
)
from authwell.routes.console.blueprint import blueprint

PAGES = (
    audit,
    branding,
    client_forms,
    clients,
    dashboard,
    grants,
    groups,
    integrations,
    invitations,
    keys,
    permissions,
    policy,
    resources,
    roles,
    scopes,
    search,
    sessions,
    simulator,
    tenants,
    user_actions,
    users,
    webhooks,
)

__all__ = ["PAGES", "blueprint"]
