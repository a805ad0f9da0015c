"""Users: found, shown with all that belongs to them, made and changed."""

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any

from flask import Response, request
from flask_babel import gettext
from marshmallow import fields, validate

from authwell.identity.administration.entries import Entry, NewUser
from authwell.identity.clients.applications import Applications
from authwell.identity.configuration.problems import Refused
from authwell.identity.people.names import canonical_username
from authwell.identity.people.profiles import Changes
from authwell.middleware.api.fields import text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.middleware.console_pages import acting, address, go, may, needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.finding import find_user, find_user_to_change
from authwell.routes.console.grants import grant_rows
from authwell.routes.console.groups import groups_of
from authwell.routes.console.pages import answered, form_page, list_page, save, show_page
from authwell.routes.console.paging import listed
from authwell.routes.console.parts import (
    Act,
    Cell,
    Fact,
    Field,
    Table,
    code,
    codes,
    fact,
    moment,
    state,
)
from authwell.routes.console.people_refused import telling_of_people
from authwell.routes.console.roles_given import require_may_give, roles_to_give
from authwell.routes.console.rows import event_rows, session_rows
from authwell.routes.console.user_actions import actions_on
from authwell.routes.console.words import WORDS, words
from authwell.storage.audit.events import AuditLog
from authwell.storage.pages import Found, Wanted
from authwell.storage.people.account_reports import AccountReport, AccountReports
from authwell.storage.people.accounts import AccountRecord

SECTION = "users"
STATUSES = ("active", "pending", "disabled", "deleted")
SHOWN = 10
"""Of sessions and events on the page of a user."""


class QuerySchema(PageSchema):
    """Which page of users."""

    sort = sorted_by("created_at", "username", default="username")
    q = text(255)
    status = fields.String(validate=validate.OneOf(STATUSES))


@blueprint.get("/users")
@needs("user:read")
def list_users() -> Response:
    """All of them by name, or those that are looked for."""
    server, reports = authorization_server(), AccountReports(site().database)

    def read(wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        given = dict(filters)
        if "q" in given:
            given["q"] = canonical_username(given["q"])
        return reports.page(server.tenant.id, wanted, given, server.now)

    page = listed(SECTION, QuerySchema(), read)
    heads = words("username", "email", "full_name", "status", "last_login_at")
    return list_page(
        SECTION,
        gettext("Users"),
        Table("users", heads, [_row(report) for report in page.rows], more=page.more),
        filters=[
            Field("q", gettext("Begins with"), value=page.query.get("q", "")),
            Field(
                "status",
                WORDS["status"],
                "choice",
                choices=[("", gettext("All")), *((each, each) for each in STATUSES)],
                chosen=[page.query.get("status", "")],
            ),
        ],
        links=[
            Act(gettext("Add a user"), address(SECTION, "new")) if may("user:create") else None,
            Act(gettext("Invitations"), address("invitations")),
        ],
    )


@blueprint.get("/users/<account_id>")
@needs("user:read")
def show_user(account_id: str) -> Response:
    """One user with sessions, applications and what happened last."""
    record = find_user(account_id)
    return show_page(
        SECTION,
        record.full_name or record.username,
        _facts(record),
        about=record.email,
        links=actions_on(record),
        tables=_belongings(record),
    )


@blueprint.get("/users/new")
@needs("user:create", recent=True)
def new_user() -> Response:
    """A form for another one."""
    return _new_form()


@blueprint.post("/users/new")
@needs("user:create", recent=True)
def create_user() -> Response:
    """Make the account; without a password one is made and shown once."""

    def create() -> Response:
        chosen = request.form.get("password", "")
        password = chosen or _new_password()
        entry = _entry()
        require_may_give(entry.roles or ())
        with telling_of_people():
            new = NewUser(entry, password)
            user_id = site().users.create(authorization_server(), acting(), new)["id"]
        if chosen:
            return notify(go(SECTION, user_id), "console_saved")
        made = find_user(user_id)
        return show_page(
            SECTION,
            made.username,
            _facts(made),
            links=actions_on(made),
            secrets=[(gettext("The password"), password)],
        )

    return answered(create, _new_form)


@blueprint.get("/users/<account_id>/edit")
@needs("user:update", recent=True)
def edit_user(account_id: str) -> Response:
    """A form with what may change."""
    return _edit_form(find_user_to_change(account_id))


@blueprint.post("/users/<account_id>/edit")
@needs("user:update", recent=True)
def update_user(account_id: str) -> Response:
    """Change it; who loses a role is logged out."""
    record = find_user_to_change(account_id)

    def change() -> Response:
        entry = _entry()
        require_may_give(set(record.roles) ^ (entry.roles or set()))
        with telling_of_people():
            site().users.change(authorization_server(), acting(), record.id, entry)
        return notify(go(SECTION, record.id), "console_saved")

    return answered(change, lambda refused: _edit_form(record, refused))


def _row(report: AccountReport) -> tuple[Cell, ...]:
    record = report.record
    return (
        Cell(record.username, href=address(SECTION, record.id)),
        Cell(record.email or ""),
        Cell(record.full_name or ""),
        state("locked" if report.locked_until else record.status),
        moment(record.last_login_at),
    )


def _facts(record: AccountRecord) -> list[Fact]:
    verified = state("active" if record.email_verified else "pending")
    return [
        fact(WORDS["username"], Cell(record.username)),
        fact(WORDS["email"], *((Cell(record.email), verified) if record.email else ())),
        fact(WORDS["status"], state(record.status)),
        Fact(WORDS["roles"], codes(sorted(record.roles))),
        Fact(WORDS["groups"], codes(sorted(groups_of(record)))),
        fact("id", code(record.id)),
        Fact("claims", codes(f"{name}: {value}" for name, value in sorted(record.claims.items()))),
        fact(WORDS["created_at"], moment(record.created_at)),
        fact(WORDS["last_login_at"], moment(record.last_login_at)),
    ]


def _belongings(record: AccountRecord) -> list[Table]:
    server, here = authorization_server(), site()
    tables = []
    if may("permission:read"):
        tables.append(grant_rows(record.id))
    if may("session:read"):
        tables.append(session_rows(record.id, SHOWN))
    applications = Applications(here.database).list(server, record.account)
    rows = [
        (Cell(found.name, href=address("client", found.client_id)), moment(found.since))
        for found in applications
    ]
    tables.append(Table("applications", words("client", "since"), rows, gettext("Applications")))
    if may("audit:read"):
        log = AuditLog(here.database)
        events = log.list_of_account(
            server.tenant.id, record.id, before=server.now, before_id="z", limit=SHOWN
        )
        more = address("audit") + f"?account_id={record.id}"
        tables.append(event_rows(events, gettext("Activity"), more))
    return tables


def _members() -> dict[str, Any]:
    """What the form says of a user."""
    form = request.form
    return {
        "username": form.get("username", "").strip(),
        "email": form.get("email", "").strip() or None,
        "email_verified": form.get("email_verified") == "yes",
        "full_name": form.get("full_name", "").strip() or None,
        "roles": sorted(set(form.getlist("roles"))),
    }


def _entry() -> Entry:
    """The same as what is to become of the account."""
    typed = _members()
    return Entry(
        profile=Changes(username=typed["username"], full_name=typed["full_name"] or ""),
        email=typed["email"] or "",
        email_verified=typed["email_verified"],
        roles=frozenset(typed["roles"]),
    )


def _new_password() -> str:
    """A random one, which has a character of each kind that a policy may ask for."""
    return f"{token_urlsafe(15)}-Aa1"


def _new_form(refused: Refused | None = None) -> Response:
    typed = _members() if refused else {}
    asked = (
        *_fields(typed),
        Field(
            "password",
            gettext("Password"),
            "password",
            help=gettext("Without one, one is made and shown once."),
        ),
    )
    heading = gettext("Add a user")
    return form_page(
        SECTION,
        heading,
        address(SECTION),
        asked,
        label=save(),
        refused=refused,
        names={"": "username"},
    )


def _edit_form(record: AccountRecord, refused: Refused | None = None) -> Response:
    present: dict[str, object] = {
        "username": record.username,
        "email": record.email,
        "email_verified": record.email_verified,
        "full_name": record.full_name,
        "roles": record.roles,
    }
    asked = _fields(_members() if refused else present)
    back = address(SECTION, record.id)
    return form_page(SECTION, record.username, back, asked, label=save(), refused=refused)


def _fields(values: dict[str, object]) -> tuple[Field, ...]:
    held = values.get("roles") or ()
    chosen = tuple(map(str, held)) if isinstance(held, list | tuple) else ()
    roles = sorted({*roles_to_give(), *chosen})
    return (
        Field(
            "username", WORDS["username"], value=str(values.get("username") or ""), required=True
        ),
        Field("email", WORDS["email"], value=str(values.get("email") or "")),
        Field(
            "email_verified",
            gettext("Verified"),
            "check",
            choices=[("yes", gettext("The address is theirs"))],
            chosen=["yes"] if values.get("email_verified") else [],
        ),
        Field("full_name", WORDS["full_name"], value=str(values.get("full_name") or "")),
        Field("roles", WORDS["roles"], "check", choices=[(r, r) for r in roles], chosen=chosen),
    )
