"""`authwell api-key`: an operator ends a key that has leaked."""

import json

import pytest

from tests.support.configuration import PASSWORD
from tests.support.running import running_site


@pytest.mark.req("J3", "2.10")
def test_an_operator_lists_and_revokes_keys() -> None:
    with running_site() as site:
        credentials = {"username": "alice", "password": PASSWORD}
        token = site.http.post(site.url("auth/login"), json=credentials).json()["access_token"]
        made = site.http.post(
            site.url("auth/api-keys"),
            json={"name": "script", "scopes": ["read:user"]},
            headers={"Authorization": f"Bearer {token}"},
        ).json()
        key = {"X-API-Key": made["api_key"]}
        before = site.http.get(site.url("auth/me"), headers=key).status_code

        listed = json.loads(site.run("api-key", "list", "--account", "alice", "--json").stdout)
        site.run("api-key", "revoke", "--account", "alice", made["id"])

        after = site.http.get(site.url("auth/me"), headers=key).status_code
        again = site.run("api-key", "revoke", "--account", "alice", made["id"], check=False)

    assert [each["id"] for each in listed] == [made["id"]]
    assert made["api_key"] not in json.dumps(listed)
    assert (before, after) == (200, 401)
    assert again.returncode == 1
