"""The demo: one person, a relying party, a service, and a resource server with its API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from authwell.ops.context import Opened
from authwell.ops.instance import DemoSecrets
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.people.accounts import Accounts

USERNAME: Final = "demo"
WEB: Final = "demo-web"
SERVICE: Final = "demo-service"
API: Final = "demo-api"
RESOURCE: Final = "https://orders.example"

Entry = dict[str, Any]
Document = Mapping[str, list[Entry]]

_CLAIMS: Final = {
    "given_name": "Dana",
    "middle_name": "Elise",
    "family_name": "Moreau",
    "nickname": "Dee",
    "profile": "https://people.example/dana",
    "picture": "https://people.example/dana/portrait.jpg",
    "website": "https://dana.example",
    "gender": "female",
    "birthdate": "1987-04-23",
    "zoneinfo": "Europe/Brussels",
    "locale": "en-GB",
    "phone_number": "+32 2 555 01 23",
    "phone_number_verified": True,
    "address": {
        "formatted": "Rue du Port 12\n1000 Brussels\nBelgium",
        "street_address": "Rue du Port 12",
        "locality": "Brussels",
        "region": "Brussels-Capital",
        "postal_code": "1000",
        "country": "Belgium",
    },
}


def is_wanted(parts: Opened, tenant: TenantRecord) -> bool:
    """Whether the database is empty: demo data goes nowhere else."""
    clients = Configuration(parts.database).list_clients(tenant.id, limit=1)
    return not clients and Accounts(parts.database).count(tenant.id) == 0


def relying_party_port(parts: Opened, tenant: TenantRecord) -> int | None:
    """The port to which the demo relying party's people are sent; None if it is not registered."""
    client = Configuration(parts.database).find_client(tenant.id, WEB)
    uris = client.metadata.get("redirect_uris") if client is not None else None
    return urlsplit(uris[0]).port if uris else None


def apply(parts: Opened, document: Document, now: datetime) -> None:
    """Make it so, as `authwell apply` would."""
    # Needed at the first start only.
    from authwell.identity.configuration.authors import Author
    from authwell.identity.configuration.service import PLAIN, Configurator
    from authwell.identity.passwords.hashing import Passwords

    passwords = Passwords.of(parts.settings, parallel=1)
    configurator = Configurator.of(parts.database, parts.settings, passwords)
    configurator.apply(document, PLAIN, Author("cli:dev", now))


def document(secrets: DemoSecrets, relying_party_url: str) -> Document:
    """The demo in the format of `authwell apply`."""
    return {
        "resources": [
            {
                "identifier": RESOURCE,
                "name": "Demo orders",
                "scopes": ["orders:read", "orders:write"],
                "introspection_clients": [API],
            }
        ],
        "scopes": [
            {"name": "orders:read", "description": "See your orders"},
            {"name": "orders:write", "description": "Place and change orders"},
        ],
        "clients": [
            relying_party(secrets, relying_party_url),
            _service(secrets),
            _resource_server(secrets),
        ],
        "accounts": [_person(secrets)],
    }


def relying_party(secrets: DemoSecrets, url: str) -> Entry:
    """A web application that keeps a secret and asks people for their consent."""
    return {
        "client_id": WEB,
        "client_secret": secrets.web,
        "client_name": "Fieldbook (demo)",
        "client_uri": url,
        "redirect_uris": [f"{url}/callback"],
        "post_logout_redirect_uris": [f"{url}/signed-out"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "openid profile email address phone offline_access",
        "consent": "required",
    }


def _service(secrets: DemoSecrets) -> Entry:
    return {
        "client_id": SERVICE,
        "client_secret": secrets.service,
        "client_name": "Demo service",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "orders:read orders:write",
    }


def _resource_server(secrets: DemoSecrets) -> Entry:
    return {
        "client_id": API,
        "client_secret": secrets.api,
        "client_name": "Demo orders API",
        "grant_types": [],
        "response_types": [],
        "token_endpoint_auth_method": "client_secret_basic",
    }


def _person(secrets: DemoSecrets) -> Entry:
    return {
        "username": USERNAME,
        "email": "dana.moreau@people.example",
        "email_verified": True,
        "password": secrets.password,
        "full_name": "Dana Elise Moreau",
        "claims": _CLAIMS,
    }
