"""The application factory: settings, stores, middleware, blueprints, commands; no logic."""

import os

from flask import Flask

from authwell.config.settings import Settings, read_settings
from authwell.middleware import (
    cors,
    csrf,
    errors,
    headers,
    metrics,
    pages,
    tenancy,
)
from authwell.middleware.api import errors as api_errors
from authwell.middleware.application import Application
from authwell.middleware.context import EXTENSION, Site
from authwell.middleware.documents import documents_of
from authwell.middleware.limits import counting as limits
from authwell.middleware.prebuilt import PrebuiltDocuments
from authwell.middleware.proxy import ProxyGuard
from authwell.middleware.reporting import report_errors
from authwell.middleware.site import make_site
from authwell.middleware.tenancy import Tenancy
from authwell.routes import health, theme
from authwell.routes.access import evaluation, grants, groups, permissions, roles
from authwell.routes.access import resources as resource_types
from authwell.routes.account import views as account
from authwell.routes.audit import views as audit
from authwell.routes.auth import views as auth
from authwell.routes.blocks import views as blocks
from authwell.routes.clients import views as clients
from authwell.routes.companies import views as companies
from authwell.routes.configuration import resources, scopes
from authwell.routes.console import views as console
from authwell.routes.domains import views as domains
from authwell.routes.integrations import views as integrations
from authwell.routes.invitations import views as invitations
from authwell.routes.keys import views as keys
from authwell.routes.login import views as login
from authwell.routes.oauth import (
    authorize,
    check_session,
    end_session,
    register,
    token,
    userinfo,
    webfinger,
    well_known,
)
from authwell.routes.oauth.machine import MachineEndpoints
from authwell.routes.openapi import add_documents
from authwell.routes.people import views as people
from authwell.routes.sessions import views as sessions
from authwell.routes.users import views as users
from authwell.routes.webhooks import views as webhooks
from authwell.storage.database import db
from authwell.utils.clock import Clock, utc_now
from authwell.utils.logs import configure_logs

BLUEPRINTS = (
    authorize.blueprint,
    token.blueprint,
    userinfo.blueprint,
    end_session.blueprint,
    check_session.blueprint,
    register.blueprint,
    well_known.blueprint,
    webfinger.blueprint,
    login.blueprint,
    people.blueprint,
    account.blueprint,
    console.blueprint,
    health.blueprint,
    theme.blueprint,
)

FIRST_PARTY = (
    auth.api,
    users.at_users,
    users.at_auth,
    sessions.api,
    clients.api,
    blocks.api,
    invitations.api,
    domains.api,
    keys.api,
    scopes.api,
    resources.api,
    webhooks.api,
    audit.api,
    *integrations.apis,
    companies.api,
    roles.api,
    permissions.api,
    resource_types.api,
    groups.api,
    grants.api,
    evaluation.api,
    evaluation.well_known,
)
"""The JSON API; each part knows the prefixes that it is found under as well (K1)."""


def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
    """The WSGI application.

    Args:
        settings: read from the environment if None.
        clock: tells the time of each request.

    Raises:
        SettingsError: a setting is wrong; it names each and the remedy.
        CannotOpen: a stored key does not open under KEY_ENCRYPTION_KEY.
    """
    settings = settings or read_settings()
    configure_logs(settings.log_level, settings.log_file, for_people=settings.is_development)
    report_errors(settings)
    app = Application("authwell")
    app.config.update(
        MAX_CONTENT_LENGTH=64 * 1024,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
    )
    site = make_site(settings, clock)
    app.extensions[EXTENSION] = site
    _init_database(app)
    for part in (errors, api_errors, headers, tenancy, csrf, cors, limits, metrics, pages):
        part.init_app(app, settings)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for api in FIRST_PARTY:
        api.mount(app)
    add_documents(app, FIRST_PARTY, settings)
    _wrap(app, site)
    return app


def _init_database(app: Flask) -> None:
    """`flask db` works; the requests use `storage.database.Database`."""
    db.init_app(app)
    if os.environ.get("FLASK_RUN_FROM_CLI") != "true":
        return
    from flask_migrate import Migrate  # noqa: PLC0415 - Alembic is 8 MiB that serving need not spend

    from authwell.storage.migrations import migrations_folder  # noqa: PLC0415 - the same

    Migrate(app, db, directory=str(migrations_folder()), render_as_batch=True)


def _wrap(app: Flask, site: Site) -> None:
    """The layers below Flask, the outermost last."""
    machine = MachineEndpoints(app.wsgi_app, site, app.extensions[limits.EXTENSION])
    inner = PrebuiltDocuments(machine, lambda environ: documents_of(site, environ))
    layer = Tenancy(inner, app.wsgi_app, site.tenants, site.settings.issuer)
    app.wsgi_app = ProxyGuard(  # type: ignore[method-assign]
        layer, site.settings, site.tenants.of_issuer
    )
