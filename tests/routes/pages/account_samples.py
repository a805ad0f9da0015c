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


SECTIONS = (
    Section("profile", "/account/profile", "Profile", "Your name, user name and picture."),
    Section("security", "/account/security", "Security", "Your password and second factors."),
    Section("sessions", "/account/sessions", "Sessions and devices", "Where you are logged in."),
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
