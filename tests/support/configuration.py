"""What the attacked server is configured with, and builders for one more of each kind."""

from typing import Any

PASSWORD = "Correct-Horse-7-Battery"
SECRET = "0123456789abcdef0123456789abcdef-of-"

API = "https://api.example"
OTHER_API = "https://other-api.example"
CALLBACK = "https://app.example/cb"
BYE = "https://app.example/bye"
SPA_ORIGIN = "https://spa.example"

Entry = dict[str, Any]

EVERY_CLAIM: Entry = {
    "given_name": "Alice",
    "family_name": "Example",
    "middle_name": "Bea",
    "nickname": "Al",
    "profile": "https://alice.example/",
    "picture": "https://alice.example/me.png",
    "website": "https://alice.example/site",
    "gender": "female",
    "birthdate": "1990-02-03",
    "zoneinfo": "Europe/Amsterdam",
    "locale": "en-GB",
    "phone_number": "+31201234567",
    "phone_number_verified": True,
    "address": {"street_address": "Main Street 1", "locality": "Delft", "country": "NL"},
}


def secret_of(client_id: str) -> str:
    """The secret of a client made by `client`."""
    return SECRET + client_id


def client(client_id: str, **members: Any) -> Entry:
    """A trusted web client; the members that a test is about replace the usual ones."""
    entry: Entry = {
        "client_id": client_id,
        "client_secret": secret_of(client_id),
        "client_name": f"Client {client_id}",
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [BYE],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "openid profile email address phone offline_access read write",
        "consent": "implicit",
    }
    entry.update(members)
    return {name: value for name, value in entry.items() if value is not None}


def public_client(client_id: str, **members: Any) -> Entry:
    """A client without a secret."""
    return client(
        client_id,
        **{"client_secret": None, "token_endpoint_auth_method": "none"} | members,
    )


def service(client_id: str, **members: Any) -> Entry:
    """A client of its own without people."""
    usual: Entry = {
        "redirect_uris": None,
        "post_logout_redirect_uris": None,
        "response_types": None,
        "grant_types": ["client_credentials"],
        "scope": "read write",
        "consent": None,
    }
    return client(client_id, **usual | members)


def resource_server(client_id: str, **members: Any) -> Entry:
    """A client that only introspects."""
    return service(client_id, **{"grant_types": [], "scope": None} | members)


def account(username: str, **members: Any) -> Entry:
    """A person with a password."""
    entry: Entry = {
        "username": username,
        "email": f"{username}@people.example",
        "email_verified": True,
        "password": PASSWORD,
        "full_name": username.capitalize(),
    }
    entry.update(members)
    return entry


def document(**more: list[Entry]) -> Entry:
    """The configuration of the shared server, and whatever a test adds to it."""
    base: dict[str, list[Entry]] = {
        "resources": [
            {
                "identifier": API,
                "name": "Example API",
                "scopes": ["read", "write"],
                "introspection_clients": ["rs"],
            },
            {
                "identifier": OTHER_API,
                "name": "Other API",
                "scopes": ["other"],
                "introspection_clients": ["other-rs"],
            },
        ],
        "scopes": [
            {"name": "read", "description": "Read your data"},
            {"name": "write", "description": "Change your data"},
            {"name": "other", "description": "Use the other API"},
        ],
        "clients": [
            client("web"),
            client("web-post", token_endpoint_auth_method="client_secret_post"),
            client("other", redirect_uris=["https://other.example/cb"]),
            client("asks", consent="required"),
            client("code-only", grant_types=["authorization_code"]),
            client("opaque", access_token_format="opaque"),
            client("queried", redirect_uris=[f"{CALLBACK}?foo=bar"]),
            client("two-uris", redirect_uris=[CALLBACK, "https://app.example/second"]),
            client("signed-userinfo", userinfo_signed_response_alg="RS256"),
            client("strict", refresh_retry_seconds=0),
            client("only-openid", scope="openid"),
            client("plain-oauth", scope="read write offline_access"),
            public_client("spa", redirect_uris=[f"{SPA_ORIGIN}/cb"]),
            public_client(
                "native",
                application_type="native",
                redirect_uris=["http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb"],
            ),
            service("service"),
            service("reader", scope="read"),
            service("admin", scope="admin"),
            resource_server("rs"),
            resource_server("other-rs"),
            resource_server("monitor", introspection="tenant"),
        ],
        "accounts": [
            account("alice", claims=EVERY_CLAIM),
            account("bob"),
        ],
    }
    for name, entries in more.items():
        base[name] = base.get(name, []) + entries
    return dict(base)
