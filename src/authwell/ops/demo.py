"""The demo: one person, a relying party, a service, and a resource server with its API."""

from typing import Any, Final

from authwell.ops.instance import DemoSecrets

USERNAME: Final = "demo"
WEB: Final = "demo-web"
SERVICE: Final = "demo-service"
API: Final = "demo-api"
RESOURCE: Final = "https://orders.example"

Document = dict[str, Any]

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


def relying_party(secrets: DemoSecrets, url: str) -> Document:
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


def _service(secrets: DemoSecrets) -> Document:
    return {
        "client_id": SERVICE,
        "client_secret": secrets.service,
        "client_name": "Demo service",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "orders:read orders:write",
    }


def _resource_server(secrets: DemoSecrets) -> Document:
    return {
        "client_id": API,
        "client_secret": secrets.api,
        "client_name": "Demo orders API",
        "grant_types": [],
        "response_types": [],
        "token_endpoint_auth_method": "client_secret_basic",
    }


def _person(secrets: DemoSecrets) -> Document:
    return {
        "username": USERNAME,
        "email": "dana.moreau@people.example",
        "email_verified": True,
        "password": secrets.password,
        "full_name": "Dana Elise Moreau",
        "claims": _CLAIMS,
    }
