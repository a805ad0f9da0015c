"""Sample values for the pages of an account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    path: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Access:
    since: datetime
    until: datetime
    offline: bool


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    device: str
    location: str | None
    address: str | None
    last_seen_at: datetime
    created_at: datetime
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    id: str
    name: str
    last_seen_at: datetime
    created_at: datetime
    trusted_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Key:
    id: str
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Passkey:
    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None = None
    is_backed_up: bool = False


@dataclass(frozen=True, slots=True)
class Forms:
    action: str = "/sent"
    options: str = "/sent"


@dataclass(frozen=True, slots=True)
class NewKey:
    value: str


SECTIONS = (
    Section("profile", "/account/profile", "Profile", "Your name, user name and picture."),
    Section("security", "/account/security", "Security", "Your password and second factors."),
    Section("sessions", "/account/sessions", "Sessions and devices", "Where you are logged in."),
    Section("api-keys", "/account/api-keys", "API keys", "Keys for your own programs."),
    Section("applications", "/account/applications", "Applications", "Who has access."),
    Section("activity", "/account/activity", "Activity", "What happened, and when."),
)
FRAME: Mapping[str, object] = {
    "display": "account",
    "sections": SECTIONS,
    "account_name": "Alice Example",
    "notice": None,
}
PROFILE: Mapping[str, object] = {
    **FRAME,
    "section": "profile",
    "values": {
        "username": "alice",
        "full_name": "Alice Example",
        "given_name": "Alice",
        "family_name": "Example",
        "locale": "de",
        "picture": "https://alice.example/me.png",
    },
    "field_errors": {},
    "languages": [("en", "English"), ("de", "Deutsch"), ("fr", "français")],
    "email": "alice@fernwood.example",
    "email_verified": True,
}
APPLICATIONS = (
    {
        "client_id": "library",
        "name": "Fernwood Library",
        "since": NOW - timedelta(days=400),
        "allows": ["See your name and profile", "Borrow and return books in your name"],
        "access": [Access(NOW - timedelta(days=3), NOW + timedelta(days=4), True)] * 2,
        "offline": True,
    },
    {
        "client_id": "bakery",
        "name": "Bäckerei Sonnenschein Vorbestellungsverwaltungssystem",
        "since": NOW,
        "allows": [],
        "access": [],
        "offline": False,
    },
)
EVENTS = (
    {
        "sentence": "You let an application have access",
        "code": None,
        "at": NOW,
        "client": "Fernwood Library",
        "device": "Firefox on Linux",
        "address": "2001:db8:85a3::8a2e:370:7334",
        "actor": None,
    },
    {
        "sentence": "Something of your account was changed",
        "code": "account.disabled",
        "at": NOW - timedelta(hours=3),
        "client": None,
        "device": None,
        "address": None,
        "actor": "ops",
    },
)
SESSIONS: Mapping[str, object] = {
    **FRAME,
    "section": "sessions",
    "now": NOW,
    "own_device": "d1",
    "sessions": (
        Session("s1", "Firefox on Linux", "Delft, Netherlands", "192.0.2.17", NOW, NOW, True),
        Session("s2", "Mobile Safari on iOS", None, "2001:db8:85a3::8a2e:370:7334", NOW, NOW),
    ),
    "devices": (
        Device("d1", "Firefox on Linux", NOW, NOW - timedelta(days=90)),
        Device("d2", "Mobile Safari on iOS", NOW, NOW, NOW + timedelta(days=30)),
    ),
}
API_KEYS: Mapping[str, object] = {
    **FRAME,
    "section": "api-keys",
    "now": NOW,
    "keys": (
        Key("k1", "Nightly backup", "ask_4kEw", ("read:audit", "read:user"), NOW, NOW, NOW),
        Key("k2", "Alt", "ask_9xQz", ("write:user",), NOW, NOW + timedelta(days=90)),
    ),
    "scopes": (
        ("read:user", "See your account and profile", True),
        ("write:user", "Change your profile", False),
    ),
    "days": (30, 90),
    "name": "",
    "error": None,
    "field_errors": {},
    "made": None,
    "confirm": None,
}
CONFIRM: Mapping[str, object] = {
    **FRAME,
    "username": "alice",
    "section": "overview",
    "action": "/sent",
    "passkey": None,
    "error": None,
}
PASSKEYS: Mapping[str, object] = {
    **FRAME,
    "section": "security",
    "passkeys": (
        Passkey("1", "Phone", NOW - timedelta(days=40), NOW, is_backed_up=True),
        Passkey("2", "Security key", NOW - timedelta(days=4)),
    ),
    "is_confirmed": True,
    "confirm": "/sent",
    "passkey": None,
    "backup_codes": (),
    "error": None,
}


@dataclass(frozen=True, slots=True)
class Enrolled:
    totp: bool
    passkeys: int
    backup_codes: int

    @property
    def any(self) -> bool:
        return self.totp or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Setup:
    secret: str
    qr_code: str


KEYS = (Passkey("p1", "Phone", NOW, NOW), Passkey("p2", "Grey key on the key ring", NOW))
SECURITY: Mapping[str, object] = {
    **FRAME,
    "section": "security",
    "has_password": True,
    "enrolled": Enrolled(totp=True, passkeys=2, backup_codes=9),
    "passkeys": KEYS,
}
IN_SECURITY: Mapping[str, object] = {**FRAME, "section": "security", "field_errors": {}}
PASSWORD: Mapping[str, object] = {
    "about": "You stay logged in here. All other sessions end.",
    "may_leave": True,
    **IN_SECURITY,
    "username": "alice",
    "asks_for_present": True,
    "least": 8,
}
DELETE: Mapping[str, object] = {**IN_SECURITY, "section": "data", "kept_days": 30}
SECURITY_PAGES: tuple[tuple[str, str, Mapping[str, object]], ...] = (
    ("account-security", "account/security.html", SECURITY),
    (
        "account-security-bare",
        "account/security.html",
        {**SECURITY, "has_password": False, "enrolled": Enrolled(False, 0, 0), "passkeys": ()},
    ),
    ("account-password", "account/password.html", PASSWORD),
    (
        "account-password-refused",
        "account/password.html",
        {**PASSWORD, "field_errors": {"new_password": "Use a digit.", "present_password": "No."}},
    ),
    (
        "account-password-first",
        "account/password.html",
        {
            **PASSWORD,
            "sections": (),
            "about": "This password is from the settings, and others may know it. When you have "
            "changed it, you are the administrator.",
            "may_leave": False,
        },
    ),
    (
        "account-email",
        "account/email.html",
        {**IN_SECURITY, "section": "profile", "present": "alice@fernwood.example", "email": ""},
    ),
    (
        "account-app",
        "account/app.html",
        {
            **IN_SECURITY,
            "setup": Setup("JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP", "/static/mark.svg"),
            "field_errors": {"code": "This is not a code of the app. Try the next one."},
        },
    ),
    (
        "account-backup-codes",
        "account/backup_codes.html",
        {**IN_SECURITY, "codes": tuple(f"4kex-9q{digit}t-vm2h-7wcd" for digit in range(10))},
    ),
    (
        "account-sure",
        "account/sure.html",
        {
            **IN_SECURITY,
            "heading": "Remove the authenticator app?",
            "about": "Its codes are not asked for any more.",
            "label": "Remove",
        },
    ),
    ("account-export", "account/export.html", {**FRAME, "section": "data"}),
    ("account-delete", "account/delete.html", DELETE),
    (
        "account-delete-unsure",
        "account/delete.html",
        {**DELETE, "field_errors": {"sure": "Tick the box if you are sure."}},
    ),
    ("account-deleted", "account/deleted.html", {"erased_at": NOW}),
)
ACCOUNT_PAGES: tuple[tuple[str, str, Mapping[str, object]], ...] = (
    (
        "account",
        "account/overview.html",
        {
            **FRAME,
            "section": "overview",
            "username": "alice",
            "email": "alice@fernwood.example",
            "email_verified": False,
        },
    ),
    ("account-profile", "account/profile.html", PROFILE),
    (
        "account-profile-saved",
        "account/profile.html",
        {**PROFILE, "notice": "Your profile was saved.", "email": None},
    ),
    (
        "account-profile-refused",
        "account/profile.html",
        {
            **PROFILE,
            "field_errors": {
                "username": "This user name is taken. Choose another.",
                "picture": "This is not an https address.",
            },
        },
    ),
    (
        "account-applications",
        "account/applications.html",
        {**FRAME, "section": "applications", "applications": APPLICATIONS},
    ),
    (
        "account-applications-none",
        "account/applications.html",
        {**FRAME, "section": "applications", "applications": ()},
    ),
    ("account-passkeys", "account/passkeys.html", {**PASSKEYS, "passkey": Forms()}),
    (
        "account-passkeys-unconfirmed",
        "account/passkeys.html",
        {**PASSKEYS, "is_confirmed": False, "passkey": Forms(), "error": "It was not added."},
    ),
    (
        "account-passkeys-first",
        "account/passkeys.html",
        {**PASSKEYS, "passkeys": (), "backup_codes": ("1234-5678-9012", "2345-6789-0123")},
    ),
    ("account-confirm", "account/confirm.html", CONFIRM),
    ("account-confirm-wrong", "account/confirm.html", {**CONFIRM, "error": "It is another."}),
    *SECURITY_PAGES,
    ("account-api-keys-later", "account/api_keys.html", {**API_KEYS, "confirm": "/login"}),
    ("account-sessions", "account/sessions.html", SESSIONS),
    ("account-api-keys", "account/api_keys.html", API_KEYS),
    (
        "account-api-keys-made",
        "account/api_keys.html",
        {**API_KEYS, "made": NewKey("ask_4kEwQx7VbN2hT9sLmR6yJ1dFgP8cZ3aUoI5eWqYtXvB"), "keys": ()},
    ),
    (
        "account-api-keys-refused",
        "account/api_keys.html",
        {
            **API_KEYS,
            "field_errors": {
                "name": "Give the key a name.",
                "scope-1": "Choose what the key may do.",
            },
        },
    ),
    (
        "account-activity",
        "account/activity.html",
        {
            **FRAME,
            "section": "activity",
            "events": EVENTS,
            "earlier": "1-2",
            "is_first": False,
        },
    ),
    (
        "account-activity-none",
        "account/activity.html",
        {**FRAME, "section": "activity", "events": (), "earlier": None, "is_first": True},
    ),
)
