"""`/auth/mfa`: second factors by JSON."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from authwell.models.grants import grants
from authwell.models.sessions import sessions
from authwell.storage.database import Database
from authwell.storage.login.devices import Device, Devices, add_device
from authwell.storage.statements import Statement
from authwell.utils.randomness import digest, new_id
from tests.routes.api.administrators import administrator_token
from tests.routes.api.people import demand_a_factor
from tests.routes.api.talking import Answer, Talker, an_application
from tests.support.application import PASSWORD
from tests.support.apps import STEP, app_of

AT = "/auth/mfa"


def post(api: Talker, path: str, token: str | None = None, **body: Any) -> Answer:
    """A call below `/auth/mfa`."""
    return api.call("POST", f"{AT}/{path}", token=token, json=body)


def enrolled(api: Talker, token: str) -> tuple[Any, list[str]]:
    """An app, of which a code of half a minute ago was used, and the backup codes."""
    setup = post(api, "setup", token).json
    otp = app_of(setup["secret"])
    early = otp.at(datetime.now(UTC) - STEP)
    done = post(api, "enable", token, code=early)
    assert done.status_code == 200, done.text
    return otp, done.json["backup_codes"]


def waiting(api: Talker) -> str:
    """The token of a login that waits for its second factor."""
    refused = api.call("POST", "/auth/login", json={"username": "alice", "password": PASSWORD})
    assert (refused.status_code, refused.json["code"]) == (403, "mfa_required")
    assert "access_token" not in refused.json
    return str(refused.json["mfa_token"])


def old(api: Talker) -> None:
    """Let all logins be of an hour ago."""
    then = datetime.now(UTC) - timedelta(hours=1)
    api.application.site.database.write(Statement(update(grants).values(auth_time=then)), {})


@pytest.mark.req("E1", "E2", "E4", "2.6")
def test_an_app_is_set_up_and_enabled(api: Talker) -> None:
    token = api.token()

    setup = post(api, "setup", token).json
    before = api.call("GET", f"{AT}/status", token=token).json
    _, codes = enrolled(api, token)
    after = api.call("GET", f"{AT}/status", token=token).json

    assert setup["otpauth_uri"].startswith("otpauth://totp/")
    assert setup["qr_code"].startswith("data:image/svg+xml")
    assert not before["enabled"]
    assert len(codes) == 10
    assert after == {
        "enabled": True,
        "required": False,
        "methods": ["totp"],
        "passkeys": 0,
        "backup_codes_left": 10,
    }


@pytest.mark.req("MF-06")
def test_nothing_shows_the_secret_again(api: Talker) -> None:
    token = api.token()
    _, (code, *_) = enrolled(api, token)

    refused = post(api, "setup", token, code=code)

    assert (refused.status_code, refused.json["code"]) == (409, "already_enrolled")


@pytest.mark.req("MF-04", "E2", "AU-07")
def test_a_login_is_finished_by_a_code(api: Talker) -> None:
    otp, _ = enrolled(api, api.token())
    waits = waiting(api)

    wrong = post(api, "verify", mfa_token=waits, code="000000")
    done = post(api, "verify", mfa_token=waits, code=otp.at(datetime.now(UTC)))
    again = post(api, "verify", mfa_token=waits, code=otp.at(datetime.now(UTC) + STEP))

    assert (wrong.status_code, wrong.json["code"]) == (401, "wrong_code")
    assert done.status_code == 200
    assert done.json["user"]["username"] == "alice"
    assert (again.status_code, again.json["code"]) == (401, "invalid_mfa_token")


@pytest.mark.req("E6", "MF-07")
def test_a_backup_code_finishes_one_login(api: Talker) -> None:
    _, (code, *_) = enrolled(api, api.token())

    first = post(api, "verify", mfa_token=waiting(api), code=code)
    second = post(api, "verify", mfa_token=waiting(api), code=code)

    assert first.status_code == 200
    assert second.status_code == 401


@pytest.mark.req("MF-04", "BR-11")
def test_the_token_of_a_waiting_login_opens_nothing(api: Talker) -> None:
    enrolled(api, api.token())
    waits = waiting(api)

    assert api.call("GET", "/users/me", token=waits).status_code == 401
    assert api.call("POST", "/auth/refresh", json={"refresh_token": waits}).status_code == 401
    assert post(api, "enrolment/begin", mfa_token=waits).status_code == 401


@pytest.mark.req("MF-03")
def test_guesses_end_whatever_login_they_come_by(api: Talker) -> None:
    otp, _ = enrolled(api, api.token())
    for _ in range(api.application.site.settings.account_lockout_attempts):
        post(api, "verify", mfa_token=waiting(api), code="000000")

    late = post(api, "verify", mfa_token=waiting(api), code=otp.at(datetime.now(UTC)))

    assert (late.status_code, late.json["code"]) == (429, "account_locked")


@pytest.mark.req("MF-05", "E3", "E5")
def test_an_old_login_changes_nothing_without_a_factor(api: Talker) -> None:
    token = api.token()
    otp, codes = enrolled(api, token)
    old(api)

    bare = post(api, "disable", token)
    by_password = post(api, "disable", token, password=PASSWORD)
    renewed = post(api, "backup-codes/regenerate", token, code=codes[0])
    removed = post(api, "disable", token, code=otp.at(datetime.now(UTC)))

    assert (bare.status_code, bare.json["code"]) == (403, "recent_login_required")
    assert by_password.status_code == 403
    assert len(renewed.json["backup_codes"]) == 10
    assert removed.status_code == 204
    assert not api.call("GET", f"{AT}/status", token=token).json["enabled"]
    assert api.log_in()["access_token"]


@pytest.mark.req("MF-05")
def test_the_first_factor_needs_the_password_or_a_recent_login(api: Talker) -> None:
    token = api.token()
    old(api)

    assert post(api, "setup", token).status_code == 403
    assert post(api, "setup", token, password="wrong").status_code == 403
    assert post(api, "setup", token, password=PASSWORD).status_code == 200


@pytest.mark.req("E5")
def test_codes_need_a_factor(api: Talker) -> None:
    refused = post(api, "backup-codes/regenerate", api.token())

    assert (refused.status_code, refused.json["code"]) == (409, "not_enrolled")


@pytest.fixture(name="strict")
def demanding() -> Iterator[Talker]:
    """A server on which everybody needs a second factor."""
    with an_application(ENABLE_2FA="true") as talker:
        yield talker


@pytest.mark.req("E7", "K13", "Q-ENABLE_2FA")
def test_who_needs_a_factor_sets_one_up_before_the_first_token(strict: Talker) -> None:
    credentials = {"username": "alice", "password": PASSWORD}
    refused = strict.call("POST", "/auth/login", json=credentials)
    waits = refused.json["mfa_token"]

    verified = post(strict, "verify", mfa_token=waits, code="000000")
    otp = app_of(post(strict, "enrolment/begin", mfa_token=waits).json["secret"])
    code = otp.at(datetime.now(UTC))
    done = post(strict, "enrolment/complete", mfa_token=waits, code=code)

    assert (refused.status_code, refused.json["code"]) == (403, "mfa_enrolment_required")
    assert verified.status_code == 401
    assert len(done.json["backup_codes"]) == 10
    token = done.json["access_token"]
    assert strict.call("GET", f"{AT}/status", token=token).json["required"]
    assert post(strict, "disable", token).json["code"] == "mfa_required"


@pytest.mark.req("K13", "MF-04", "SE-08")
def test_a_token_of_one_factor_opens_nothing_once_two_are_wanted() -> None:
    with an_application() as api:
        own, administrators = api.token(), administrator_token(api)
        before = api.call("GET", "/users", token=administrators)
        demand_a_factor(api)

        refused = [
            api.call("GET", path, token=token)
            for path, token in (("/auth/me", own), ("/users", administrators))
        ]
        left = api.call("POST", "/auth/logout", token=own)
        again = api.call("POST", "/auth/login", json={"username": "alice", "password": PASSWORD})

    assert before.status_code == 200
    assert [answer.status_code for answer in refused] == [401, 401]
    assert {answer.json["code"] for answer in refused} == {"insufficient_user_authentication"}
    assert left.status_code == 204
    assert (again.status_code, again.json["code"]) == (403, "mfa_enrolment_required")


@pytest.mark.req("K13", "MF-10")
def test_tokens_of_a_trusted_device_are_spared_until_its_time_is_over() -> None:
    with an_application() as api:
        token, database = api.token(), api.application.site.database
        demand_a_factor(api)
        now, found = datetime.now(UTC), []
        for until in (now + timedelta(days=1), now - timedelta(days=1)):
            add_trusted_device(database, until)
            found.append(api.call("GET", "/auth/me", token=token).status_code)

    assert found == [200, 401]


def add_trusted_device(database: Database, until: datetime) -> None:
    """Let all sessions be of one device, each of their person's."""
    (session,) = database.all(Statement(select(sessions.c.tenant_id, sessions.c.account_id)), {})
    device = Device(new_id(), "Firefox on Linux", until, until, None)
    with database.transaction() as transaction:
        made = add_device(
            transaction, session.tenant_id, session.account_id, digest(device.id), device
        )
        assert made is not None
    Devices(database).trust(session.tenant_id, session.account_id, made.id, until)
    database.write(Statement(update(sessions).values(device_id=made.id)), {})
