"""A service: it gets a token by client credentials (RFC 6749 section 4.4) and calls an API.

Settings: ISSUER, CLIENT_ID and CLIENT_SECRET. `python service.py URL` prints what the API says.
"""

import os
import sys

import httpx2
from authlib.integrations.httpx_client import OAuth2Client


def call(issuer: str, client_id: str, client_secret: str, url: str) -> str:
    """What the API answers to a token with the scope `orders:read`."""
    metadata = httpx2.get(f"{issuer}/.well-known/oauth-authorization-server")
    metadata.raise_for_status()
    endpoint = metadata.json()["token_endpoint"]
    with OAuth2Client(client_id, client_secret, scope="orders:read") as client:
        client.fetch_token(endpoint, grant_type="client_credentials")
        # The client sends the token as a bearer token (RFC 6750 section 2.1).
        answer = client.get(url)
    answer.raise_for_status()
    return str(answer.text)


if __name__ == "__main__":
    issuer, client_id, secret = (
        os.environ[name] for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")
    )
    sys.stdout.write(call(issuer, client_id, secret, sys.argv[1]))
