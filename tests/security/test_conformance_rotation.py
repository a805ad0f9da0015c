"""The module oidcc-server-rotate-keys of the OpenID Foundation's Dynamic OP plan."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import jose
from tests.support.browser import has_form
from tests.support.configuration import CALLBACK, PASSWORD, document
from tests.support.running import running_site
from tests.support.site import VERIFIER, Site, basic

PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}


@pytest.fixture
def site() -> Iterator[Site]:
    """A site where clients register themselves."""
    tenant = {"slug": "default", "policy": {"registration": "open"}}
    with running_site(entries=document(tenants=[tenant])) as running:
        yield running


def register(site: Site) -> dict[str, Any]:
    response = site.http.post(site.endpoint("register"), json={"redirect_uris": [CALLBACK]})
    assert response.status_code == 201
    return dict(response.json())


def id_token(site: Site, registered: dict[str, Any]) -> str:
    """An ID token for somebody who logs in at that client."""
    browser = site.browser()
    page = site.authorize(browser, registered["client_id"], scope="openid", prompt="consent")
    page = browser.log_in(page, "alice", PASSWORD)
    assert has_form(page, "decision")
    location = browser.allow(page).headers["location"]
    code = location.partition("code=")[2].partition("&")[0]
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    secret = basic(registered["client_id"], registered["client_secret"])
    return str(site.post("token", fields, secret).json()["id_token"])


def by_kid(jwks: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The public material of each RSA, EC or OKP key."""
    return {
        key["kid"]: tuple(key[name] for name in PUBLIC[key["kty"]])
        for key in jwks["keys"]
        if key["kty"] in PUBLIC
    }


@pytest.mark.req("oidcc-server-rotate-keys", "DC-04")
def test_a_rotation_at_once_brings_a_new_key_and_keeps_the_old_one(site: Site) -> None:
    first = register(site)
    before, old_token = by_kid(site.jwks()), id_token(site, first)

    site.run("keys", "rotate", "--now")
    second = register(site)
    new_token = _of_another_key(site, second, old_token)
    jwks = site.jwks()

    after = by_kid(jwks)
    new = after.keys() - before.keys()
    assert before.keys() <= after.keys()
    assert new
    assert all(after[kid] not in before.values() for kid in new)
    assert jose.verified(old_token, jwks)["aud"] == first["client_id"]
    assert jose.verified(new_token, jwks)["aud"] == second["client_id"]


def _of_another_key(site: Site, registered: dict[str, Any], old: str) -> str:
    """Each process signs by the new key within a second."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        token = id_token(site, registered)
        if jose.header_of(token)["kid"] != jose.header_of(old)["kid"]:
            return token
    raise AssertionError("the old key signs on")
