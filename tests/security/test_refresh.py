"""Refresh tokens (RFC 6749 section 6, RFC 9700 section 4.14): one live chain, then nothing."""

import hashlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime

import pytest

from tests.support.administration import Administration
from tests.support.checks import refused
from tests.support.configuration import PASSWORD, account
from tests.support.jose import claims_of
from tests.support.site import Site

LONG_AGO = "2020-01-01 00:00:00.000000"
NOT_OFFLINE = "openid profile email"


def digest(secret: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(secret.encode()).digest()


@pytest.mark.req("B5", "1.5")
def test_a_refresh_gives_new_tokens_and_ends_the_old_one(site: Site) -> None:
    first = site.tokens("strict")

    second = site.refresh(first["refresh_token"], "strict").json()

    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert refused(site.refresh(first["refresh_token"], "strict"), "invalid_grant")


@pytest.mark.req("RT-01", "1.5")
def test_a_replay_ends_the_whole_family_and_is_audited(any_site: Site) -> None:
    site = any_site
    first = site.tokens("strict")
    second = site.refresh(first["refresh_token"], "strict").json()
    third = site.refresh(second["refresh_token"], "strict").json()

    replay = site.refresh(first["refresh_token"], "strict")

    assert refused(replay, "invalid_grant")
    assert refused(site.refresh(third["refresh_token"], "strict"), "invalid_grant")
    assert not site.is_active(third["access_token"])
    events = site.sql("SELECT type FROM audit_events WHERE client_id = 'strict'")
    assert any("re" in str(row["type"]) and "us" in str(row["type"]) for row in events) or any(
        "replay" in str(row["type"]) for row in events
    )


@pytest.mark.req("RT-01", "1.5")
def test_a_replay_after_the_retry_window_ends_the_family(site: Site) -> None:
    first = site.tokens()
    second = site.refresh(first["refresh_token"]).json()
    site.sql(
        "UPDATE refresh_tokens SET used_at = :then WHERE digest = :digest",
        then=LONG_AGO,
        digest=digest(first["refresh_token"]),
    )

    replay = site.refresh(first["refresh_token"])

    assert refused(replay, "invalid_grant")
    assert refused(site.refresh(second["refresh_token"]), "invalid_grant")


@pytest.mark.req("RT-02", "RT-09", "1.5")
def test_a_retry_within_the_window_gets_the_same_successor(any_site: Site) -> None:
    first = any_site.tokens()
    lost = any_site.refresh(first["refresh_token"]).json()

    retried = any_site.refresh(first["refresh_token"]).json()

    assert retried["refresh_token"] == lost["refresh_token"]
    assert any_site.refresh(retried["refresh_token"]).status_code == 200


@pytest.mark.req("RT-02", "1.5")
def test_a_retry_after_the_successor_was_used_ends_the_family(site: Site) -> None:
    first = site.tokens()
    second = site.refresh(first["refresh_token"]).json()
    third = site.refresh(second["refresh_token"]).json()

    assert refused(site.refresh(first["refresh_token"]), "invalid_grant")
    assert refused(site.refresh(third["refresh_token"]), "invalid_grant")


@pytest.mark.req("RT-02", "ST-11", "1.5")
@pytest.mark.parametrize("client_id", ["web", "strict"])
def test_refreshes_at_once_leave_at_most_one_live_chain(any_site: Site, client_id: str) -> None:
    token = any_site.tokens(client_id)["refresh_token"]

    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(lambda _: any_site.refresh(token, client_id), range(20)))

    assert {response.status_code for response in responses} <= {200, 400}
    successors = {r.json()["refresh_token"] for r in responses if r.status_code == 200}
    assert len(successors) == 1


@pytest.mark.req("RT-03", "oidcc-refresh-token")
@pytest.mark.parametrize("thief", ["code-only", "web-post", "spa"])
def test_a_refresh_token_of_another_client_is_unknown(site: Site, thief: str) -> None:
    tokens = site.tokens()

    stolen = site.refresh(tokens["refresh_token"], thief)

    assert refused(stolen, "invalid_grant", "unauthorized_client")
    assert site.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.req("RT-04")
@pytest.mark.parametrize("wider", ["openid email read", "openid admin", "nonsense", "read"])
def test_a_wider_scope_is_invalid_scope(site: Site, wider: str) -> None:
    tokens = site.tokens(scope="openid email offline_access")

    assert refused(site.refresh(tokens["refresh_token"], scope=wider), "invalid_scope")


@pytest.mark.req("RT-04", "oidcc-refresh-token")
def test_a_narrower_scope_is_kept_for_this_token_only(site: Site) -> None:
    tokens = site.tokens(scope="openid email offline_access")

    narrow = site.refresh(tokens["refresh_token"], scope="openid").json()
    whole = site.refresh(narrow["refresh_token"]).json()

    assert set(narrow.get("scope", "openid").split()) == {"openid"}
    assert set(whole["scope"].split()) == {"openid", "email", "offline_access"}


@pytest.mark.req("RT-05", "RT-11")
def test_without_offline_access_logout_ends_the_refresh_token(site: Site) -> None:
    browser = site.browser()
    tokens = site.tokens(browser=browser, scope=NOT_OFFLINE)
    browser.open(site.endpoint("logout"), {"id_token_hint": tokens["id_token"]})

    assert refused(site.refresh(tokens["refresh_token"]), "invalid_grant")
    assert not site.is_active(tokens["access_token"])


@pytest.mark.req("RT-05", "RT-11")
def test_with_offline_access_the_refresh_token_outlives_the_session(site: Site) -> None:
    browser = site.browser()
    tokens = site.tokens(browser=browser)
    browser.open(site.endpoint("logout"), {"id_token_hint": tokens["id_token"]})

    assert site.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.req("RT-05")
@pytest.mark.parametrize("change", ["disabled", "new password", "deleted"])
def test_a_changed_account_ends_its_refresh_tokens(
    site: Site, administration: Administration, person: str, change: str
) -> None:
    tokens = site.tokens(username=person)

    if change == "disabled":
        administration.disable_account(person)
    elif change == "deleted":
        administration.delete_account(person)
    else:
        administration.set_password(person, PASSWORD + "2")

    assert refused(site.refresh(tokens["refresh_token"]), "invalid_grant")
    assert not site.is_active(tokens["access_token"])


@pytest.mark.req("RT-05")
def test_claims_come_from_live_data(site: Site, person: str) -> None:
    tokens = site.tokens(username=person)
    site.apply({"accounts": [account(person, email="moved@people.example")]})

    fresh = site.refresh(tokens["refresh_token"]).json()

    assert site.userinfo(fresh["access_token"]).json()["email"] == "moved@people.example"


@pytest.mark.req("RT-06")
def test_the_end_of_a_family_does_not_move(site: Site) -> None:
    first = site.tokens()
    second = site.refresh(first["refresh_token"]).json()

    ends = [
        datetime.fromisoformat(
            str(
                site.sql(
                    "SELECT expires_at FROM refresh_tokens WHERE digest = :digest",
                    digest=digest(tokens["refresh_token"]),
                )[0]["expires_at"]
            )
        )
        for tokens in (first, second)
    ]

    assert ends[0] == ends[1]


@pytest.mark.req("RT-06")
def test_an_expired_refresh_token_is_refused(site: Site) -> None:
    tokens = site.tokens()
    site.sql(
        "UPDATE refresh_tokens SET expires_at = :then WHERE digest = :digest",
        then=LONG_AGO,
        digest=digest(tokens["refresh_token"]),
    )

    assert refused(site.refresh(tokens["refresh_token"]), "invalid_grant")


@pytest.mark.req("RT-08")
def test_a_revocation_that_cannot_be_written_is_not_a_success(site: Site) -> None:
    tokens = site.tokens()
    database = site.environ["DATABASE_URL"].removeprefix("sqlite:///")

    with closing(sqlite3.connect(database, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        response = site.revoke(tokens["refresh_token"])
        blocker.execute("ROLLBACK")

    assert response.status_code == 503
    assert "retry-after" in response.headers
    assert site.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.req("RT-10", "CD-07", "1.5")
def test_only_digests_of_tokens_are_stored(site: Site) -> None:
    tokens = site.tokens("opaque")
    renewed = site.refresh(tokens["refresh_token"], "opaque").json()
    secrets = [
        value
        for issued in (tokens, renewed)
        for value in (issued["refresh_token"], issued["access_token"])
    ]

    for table in ("refresh_tokens", "access_tokens", "handles", "grants", "audit_events"):
        rows = str(site.sql(f"SELECT * FROM {table}"))  # noqa: S608 - a fixed name
        assert not any(secret in rows for secret in secrets)
    assert all(len(secret.partition("_")[2]) == 43 for secret in secrets)


@pytest.mark.req("RT-11")
def test_a_client_without_the_grant_type_gets_none(site: Site) -> None:
    assert "refresh_token" not in site.tokens("code-only")


@pytest.mark.req("oidcc-refresh-token", "1.10")
def test_a_refreshed_id_token_speaks_of_the_same_login(site: Site) -> None:
    first = site.tokens()
    before = claims_of(first["id_token"])

    after = claims_of(site.refresh(first["refresh_token"]).json()["id_token"])

    same = ("iss", "sub", "aud", "auth_time")
    assert [after.get(name) for name in same] == [before.get(name) for name in same]
