"""Sample values for the pages of the console."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from authwell.middleware.console_pages import GROUPS
from authwell.protocol.simulation import Reason
from authwell.routes.console.dashboard import HEIGHT, WIDTH, Bar
from authwell.routes.console.parts import (
    Act,
    Cell,
    Field,
    Table,
    code,
    codes,
    fact,
    moment,
    state,
)

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    title: str
    tone: str
    bars: tuple[Bar, ...]
    total: int = 1234
    width: int = WIDTH
    height: int = HEIGHT


FRAME: Mapping[str, object] = {
    "display": "console",
    "console": "/console",
    "account_url": "/account",
    "logout_url": "/oauth/logout",
    "groups": GROUPS,
    "section": "users",
    "account_name": "Alice Example",
    "notice": None,
    "searched": "",
}
USERS = Table(
    "users",
    ("User name", "Email", "Full name", "Status", "Last login"),
    (
        (
            Cell("alice", href="/console/users/1"),
            Cell("alice@fernwood.example"),
            Cell("Alice Example"),
            state("active"),
            moment(NOW),
        ),
        (
            Cell("bartholomew-the-very-long-winded", href="/console/users/2"),
            Cell("bartholomew.the.very.long.winded@consultancy.fernwood.example"),
            Cell(""),
            state("disabled"),
            moment(None),
        ),
        (Cell("carol", href="/console/users/3"), Cell(""), Cell("Carol"), state("pending"), Cell()),
    ),
    more="/console/users?cursor=x",
)
EVENTS = Table(
    "events",
    ("When", "Event", "User", "Client", "Address"),
    (
        (moment(NOW), Cell("login.succeeded"), Cell("alice"), Cell("web"), code("192.0.2.7")),
        (moment(NOW), Cell("key.activated"), Cell(), Cell(), Cell()),
    ),
    "Activity",
)
KEYS = Table(
    "keys",
    ("alg", "kid", "Status", "Made"),
    (
        (Cell("RS256"), code("vP4TqS7Hq2aE9xKz0mB3nW6cR1yL5dJ8fG"), state("active"), moment(NOW)),
        (Cell("RS256"), code("a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7"), state("next"), moment(NOW)),
        (Cell("ES256"), code("z9Y8x7W6v5U4t3S2r1Q0p9O8n7M6l5K4j3"), state("retiring"), moment(NOW)),
    ),
    "Keys",
)
ROLES = Table(
    "roles",
    ("Name", "Description", "Inherits from", "Permissions"),
    (
        (
            Cell("moderator", href="/console/roles/1"),
            Cell("Looks after people and their sessions"),
            Cell(""),
            Cell("5"),
        ),
        (
            Cell("regional-front-desk-supervisor", href="/console/roles/2"),
            Cell(""),
            Cell("moderator, user"),
            Cell("0"),
        ),
    ),
    "Roles",
)
SCOPES = Table(
    "scopes",
    ("Name", "Description"),
    (
        (Cell("openid", href="/console/scope/openid"), Cell("")),
        (
            Cell("https://api.fernwood.example/loans.read", href="/console/scope/loans"),
            Cell("See what you have borrowed"),
        ),
    ),
    "Scopes",
)
RESOURCES = Table(
    "resources",
    ("Name", "identifier"),
    ((Cell("Loans", href="/console/resources"), code("https://api.fernwood.example/loans")),),
    "APIs",
)
PERMISSIONS = ("audit:read", "branding:update", "integration:manage", "user:read")
NO_GROUPS = Table("groups", ("Name", "Roles"), (), "Groups")
LIST: Mapping[str, object] = {
    **FRAME,
    "heading": "Users",
    "about": None,
    "filters": (
        Field("q", "Begins with", value="al"),
        Field("status", "Status", "choice", choices=(("", "All"), ("active", "active"))),
    ),
    "error": None,
    "field_errors": {},
    "action": "/console/users",
    "links": (Act("Add a user", "/console/users/new"),),
    "table": USERS,
}
SHOW: Mapping[str, object] = {
    **FRAME,
    "heading": "Alice Example",
    "about": "alice@fernwood.example",
    "known": (
        fact("User name", Cell("alice")),
        fact("Status", state("active")),
        fact("redirect_uris", *codes(("https://app.example/callback", "http://127.0.0.1/cb"))),
        fact("id", code("01932f6e-8a52-7c3e-9c41-5f0d7a6b2e11")),
        fact("Made", moment(NOW)),
    ),
    "links": (Act("Edit", "/sent"), Act("Delete", "/sent", is_grave=True)),
    "tables": (EVENTS, Table("applications", ("Client",), (), "Applications")),
    "secrets": (),
}
FORM: Mapping[str, object] = {
    **FRAME,
    "heading": "Add a client",
    "about": None,
    "fields": (
        Field("client_name", "Name", value="Fernwood Library", required=True),
        Field("redirect_uris", "redirect_uris", "lines", "https://app.example/cb"),
        Field(
            "grant_types",
            "grant_types",
            "check",
            choices=(("authorization_code", "authorization_code"), ("password", "password")),
            chosen=("authorization_code",),
        ),
        Field("consent", "consent", "choice", choices=(("required", "required"),)),
        Field("password", "Password", "password", help="Without one, one is made."),
    ),
    "label": "Save",
    "back": "/console/clients",
    "is_grave": False,
    "error": None,
    "field_errors": {},
}
BARS = tuple(
    Bar(
        date(2026, 11, 21) - timedelta(days=13 - place),
        17 * place,
        round(place * WIDTH / 14 + 2, 1),
        HEIGHT - 5 * place,
        WIDTH / 14 - 4,
        5 * place,
    )
    for place in range(14)
)
SIMULATOR: Mapping[str, object] = {
    **FRAME,
    "section": "clients",
    "heading": "Simulate tokens",
    "about": "Fernwood Library",
    "action": "/console/simulate/web",
    "back": "/console/client/web",
    "error": None,
    "fields": (
        Field("user", "User", value="alice", help="Without one, the client asks for itself."),
        Field("resource", "resource", "lines", "https://api.example"),
    ),
    "reasons": (
        Reason("challenge_method_is_s256", "Challenge method is s256."),
        Reason("scope", "Granted: openid profile."),
    ),
    "tokens": (
        ("access_token", '{\n  "iss": "https://id.fernwood.example",\n  "scope": "openid"\n}'),
        ("id_token", '{\n  "sub": "01932f6e-8a52-7c3e-9c41-5f0d7a6b2e11"\n}'),
    ),
}
CONFIRM: Mapping[str, object] = {
    **FRAME,
    "heading": "Confirm it is you",
    "about": "What you have typed is kept on this page for an hour.",
    "kept": "AQAAAAB4nA",
    "kept_name": "kept_form",
    "confirm": "/account/confirm?return_to=/console/confirmed",
}
BRANDING: Mapping[str, object] = {
    **FRAME,
    "section": "branding",
    "heading": "Branding",
    "version": Field("version", "version", "hidden", "q5HqbYhkZ0l7n3Jw8dKx2RvT"),
    "logo": Field("logo_uri", "logo_uri"),
    "schemes": (
        ("light", (Field("light.brand", "brand", value="#0b5d59", help="#0b5d59"),)),
        ("dark", (Field("dark.brand", "brand", help="#74d3c6"),)),
    ),
    "sheet": "/static/tokens.css",
    "preview_logo": None,
    "may_save": True,
    "confirm": None,
    "error": None,
}
CONSOLE_PAGES: tuple[tuple[str, str, Mapping[str, object]], ...] = (
    (
        "console",
        "console/dashboard.html",
        {
            **FRAME,
            "section": "overview",
            "issuer": "https://id.fernwood.example",
            "charts": (
                Chart("logins", "Logins", "good", BARS),
                Chart("tokens", "Tokens", "brand", BARS[::-1]),
                Chart("failures", "Failures", "bad", BARS),
            ),
        },
    ),
    ("console-list", "console/list.html", LIST),
    (
        "console-list-none",
        "console/list.html",
        {**LIST, "filters": (), "links": (), "table": Table("users", ("User name",), ())},
    ),
    ("console-show", "console/show.html", SHOW),
    (
        "console-show-secret",
        "console/show.html",
        {
            **SHOW,
            "notice": "Saved.",
            "secrets": (
                ("The API key", "ak_4kEwQx7VbN2hT9sLmR6yJ1dFgP8cZ3aUoI5eWqYtXvB"),
                ("The secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTw"),
            ),
        },
    ),
    (
        "console-domain",
        "console/show.html",
        {
            **SHOW,
            "section": "domains",
            "heading": "reading-room.fernwood-county-library.example",
            "about": "Put it into a TXT record of "
            "_authwell-challenge.reading-room.fernwood-county-library.example, or into a file at "
            "https://reading-room.fernwood-county-library.example/.well-known/authwell-domain.",
            "known": (
                fact("Kind", Cell("Addresses of people")),
                fact("Status", state("pending")),
                fact(
                    "Line of the file", code("domain_Vd2jyMh6NhMa7MiPjfBdMv9PGie3VJ180xfGv8-oo0Y")
                ),
            ),
            "links": (Act("Verify", "/sent"), Act("Delete", "/sent", is_grave=True)),
            "tables": (),
        },
    ),
    (
        "console-scopes",
        "console/tables.html",
        {
            **FRAME,
            "section": "scopes",
            "heading": "Scopes",
            "about": None,
            "links": (Act("Add a scope", "/sent"), Act("Add an API", "/sent")),
            "tables": (SCOPES, RESOURCES),
        },
    ),
    (
        "console-audit",
        "console/list.html",
        {
            **LIST,
            "section": "audit",
            "heading": "Audit",
            "filters": (
                Field("which", "Kind", "choice", choices=(("", "All"), ("security", "Security"))),
                Field("type", "Event", "choice", choices=(("", "All"), ("x", "key.activated"))),
                Field("account_id", "User"),
                Field("client_id", "Client"),
                Field("session_id", "session_id"),
                Field("request_id", "request_id"),
            ),
            "links": (Act("Export (csv)", "/sent"), Act("Export (jsonl)", "/sent")),
            "table": replace(EVENTS, title=None),
        },
    ),
    (
        "console-event",
        "console/show.html",
        {
            **SHOW,
            "section": "audit",
            "heading": "integration.secret_regenerated",
            "about": None,
            "known": (
                fact("When", moment(NOW)),
                fact("actor", code("01932f6e-8a52-7c3e-9c41-5f0d7a6b2e11")),
                fact(
                    "data", code('{\n  "integration_id": "01932f6e-8a52-7c3e-9c41-5f0d7a6b2e12"\n}')
                ),
            ),
            "links": (),
            "tables": (),
        },
    ),
    ("console-form", "console/form.html", FORM),
    (
        "console-form-refused",
        "console/form.html",
        {
            **FORM,
            "error": "The configuration has changed.",
            "field_errors": {
                "client_name": "Give it a name.",
                "redirect_uris": "One is not an https address.",
                "grant_types": "Choose one.",
                "consent": "Choose one.",
            },
        },
    ),
    (
        "console-sure",
        "console/form.html",
        {**FORM, "heading": "Delete this client?", "fields": (), "is_grave": True},
    ),
    (
        "console-tables",
        "console/tables.html",
        {
            **FRAME,
            "section": "keys",
            "heading": "Keys",
            "about": None,
            "links": (Act("Rotate RS256", "/sent"),),
            "tables": (KEYS,),
        },
    ),
    (
        "console-roles",
        "console/tables.html",
        {
            **FRAME,
            "section": "roles",
            "heading": "Roles",
            "about": None,
            "links": (
                Act("Add a role", "/console/roles/new"),
                Act("Add a group", "/console/groups/new"),
            ),
            "tables": (ROLES, NO_GROUPS),
        },
    ),
    (
        "console-role-form",
        "console/form.html",
        {
            **FORM,
            "section": "roles",
            "heading": "Add a role",
            "fields": (
                Field("name", "Name", required=True),
                Field("description", "Description"),
                Field(
                    "permissions",
                    "Permissions",
                    "check",
                    choices=[(name, name) for name in PERMISSIONS],
                    chosen=PERMISSIONS[:2],
                ),
            ),
            "back": "/console/roles",
        },
    ),
    ("console-simulator", "console/simulator.html", SIMULATOR),
    (
        "console-simulator-refused",
        "console/simulator.html",
        {
            **SIMULATOR,
            "error": "There is no such user.",
            "reasons": (Reason("scope_not_registered", "It is not registered.", is_refusal=True),),
            "tokens": (),
        },
    ),
    ("console-confirm", "console/confirm.html", CONFIRM),
    (
        "console-confirmed",
        "console/confirm.html",
        {
            **FRAME,
            "section": "overview",
            "heading": "You have confirmed that it is you",
            "about": "Close this tab. Your form waits in the tab before: continue there.",
            "kept": None,
        },
    ),
    ("console-branding", "console/branding.html", BRANDING),
    (
        "console-branding-refused",
        "console/branding.html",
        {**BRANDING, "error": "text on page has a contrast of 1.20; at least 4.5 is needed"},
    ),
)
