"""`authwell user passkeys`: an operator removes a passkey that was lost."""

import json

import pytest

from tests.support.authenticator import Authenticator
from tests.support.configuration import PASSWORD
from tests.support.running import running_site


@pytest.mark.req("E11", "MF-05")
def test_an_operator_lists_and_removes_passkeys() -> None:
    with running_site() as site:
        credentials = {"username": "alice", "password": PASSWORD}
        token = site.http.post(site.url("auth/login"), json=credentials).json()["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        at = site.url("auth/webauthn/register")
        begun = site.http.post(f"{at}/begin", json={}, headers=bearer).json()
        made = Authenticator(site.issuer).create(begun["publicKey"])
        body = {"ceremony": begun["ceremony"], "credential": made, "name": "Phone"}
        passkey = site.http.post(f"{at}/complete", json=body, headers=bearer).json()

        listed = json.loads(site.run("user", "passkeys", "list", "alice", "--json").stdout)
        removal = ("user", "passkeys", "remove", "alice", passkey["id"], "--yes")
        site.run(*removal)
        again = site.run(*removal, check=False)
        events = site.run("audit", "list", "--type", "factor.removed", "--json").stdout

    assert [(each["id"], each["name"]) for each in listed] == [(passkey["id"], "Phone")]
    assert again.returncode == 1
    assert [event["actor"][:4] for event in json.loads(events)] == ["cli:"]
