"""What the measured server is configured with."""

from tests.support.configuration import Entry, account, client, resource_server, service

PEOPLE_SCOPE = "openid profile email offline_access"
ES256 = {"id_token_signed_response_alg": "ES256", "access_token_signing_alg": "ES256"}

POLICY: Entry = {"profiles": ["oauth21", "oidc_classic"], "signing_algs": ["RS256", "ES256"]}
CLASSIC: Entry = {
    "profile": "oidc_classic",
    "grant_types": ["authorization_code", "implicit"],
    "response_types": ["code", "code id_token", "code id_token token"],
    "id_token_signed_response_alg": "RS256",
}


def document() -> Entry:
    """A service, a resource server, a trusted web client, one account; RS256 and ES256."""
    return {
        "tenants": [{"slug": "default", "policy": POLICY}],
        "scopes": [
            {"name": "read", "description": "Read"},
            {"name": "read-es", "description": "Read where tokens are signed by ES256"},
            {"name": "read-opaque", "description": "Read where tokens are opaque"},
        ],
        "resources": [
            _resource("https://api.example", "read"),
            _resource("https://es.example", "read-es", access_token_signing_alg="ES256"),
            _resource("https://opaque.example", "read-opaque", access_token_format="opaque"),
        ],
        "clients": [
            service("service", scope="read read-es read-opaque"),
            resource_server("rs"),
            client("web", scope=PEOPLE_SCOPE),
            client("classic", scope=PEOPLE_SCOPE, **CLASSIC),
            client("web-es", scope=PEOPLE_SCOPE, **ES256),
        ],
        "accounts": [account("alice")],
    }


def _resource(identifier: str, scope: str, **members: str) -> Entry:
    return {
        "identifier": identifier,
        "name": identifier,
        "scopes": [scope],
        "introspection_clients": ["rs"],
        **members,
    }
