"""`/users`: administrators see, make, change, shut out and delete accounts (G1 to G7, G14)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from authwell.identity.administration.administrators import Administrator, NotAllowed
from authwell.protocol.access import Held
from authwell.protocol.server import Caller as WebCaller
from authwell.storage.access.held import read_held_by_role
from authwell.storage.audit.events import AuditLog
from authwell.utils.clock import utc_now
from authwell.utils.randomness import new_id
from tests.routes.api.administrators import administrator_token
from tests.routes.api.people import add_account, change_account, record_of
from tests.routes.api.talking import Answer, Talker, an_application
from tests.support.application import PASSWORD
from tests.support.letters import take_letters, token_of

STRONG = "Correct-Horse-7-Battery"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a token."""

    talker: Talker
    token: str

    def __call__(self, method: str, path: str = "", **sent: Any) -> Answer:
        """A request below `/users`."""
        return self.talker.call(method, f"/users{path}", token=self.token, **sent)

    def events(self, account_id: str) -> list[str]:
        """What the audit log says of an account, the earliest first."""
        site = self.talker.application.site
        tenant_id = site.snapshots.known().id
        found = AuditLog(site.database).list_of_account(tenant_id, account_id, before=utc_now())
        return [event.type for event in found][::-1]

    def actors(self, account_id: str) -> set[str | None]:
        """Who did it."""
        site = self.talker.application.site
        tenant_id = site.snapshots.known().id
        found = AuditLog(site.database).list_of_account(tenant_id, account_id, before=utc_now())
        return {event.actor for event in found}


@pytest.fixture(scope="module")
def ada() -> Iterator[Caller]:
    """A superuser."""
    with an_application() as talker:
        yield Caller(talker, administrator_token(talker))


@pytest.fixture
def own_ada(api: Talker) -> Caller:
    """The same in an application of the test's own."""
    return Caller(api, administrator_token(api))


def somebody(caller: Caller, **values: Any) -> str:
    """A new account with the usual password; its id."""
    return add_account(caller.talker, f"p{new_id()[-12:]}", **values)


@pytest.mark.req("G2", "C12")
def test_a_new_user_with_a_password_can_log_in(ada: Caller) -> None:
    sent = {"username": "Bert", "password": STRONG, "full_name": "Bert Bo", "locale": "nl"}

    made = ada("POST", json=sent)

    assert made.status_code == 201, made.text
    assert made.json["status"] == "active"
    assert made.json["full_name"] == made.json["name"] == "Bert Bo"
    assert not made.json["is_superuser"]
    assert ada.talker.log_in("bert", STRONG)
    shown = ada("GET", f"/{made.json['id']}")
    assert shown.json["username"] == "Bert"
    assert shown.json["last_login"] is not None
    assert ada.events(made.json["id"])[0] == "account.created"
    assert record_of(ada.talker, "ada").id in ada.actors(made.json["id"])


@pytest.mark.req("G2", "C12")
@pytest.mark.parametrize(
    ("verified", "template", "status"),
    [(True, "reset_password", "active"), (False, "verify_email", "pending")],
)
def test_a_new_user_without_a_password_gets_a_link_that_asks_for_one(
    ada: Caller, verified: bool, template: str, status: str
) -> None:
    email = f"new.{verified}@people.example"
    take_letters(ada.talker.application.site)

    made = ada("POST", json={"email": email, "is_verified": verified})

    (letter,) = take_letters(ada.talker.application.site)
    assert (made.json["status"], made.json["username"]) == (status, email)
    assert (letter.template, letter.to) == (template, email)
    path = "/auth/password-reset" if verified else "/auth/email/verify"
    body = {"token": token_of(letter), "password": STRONG}
    assert ada.talker.call("POST", path, json=body).status_code == 200
    if verified:
        assert ada.talker.log_in(email, STRONG)


@pytest.mark.req("G2")
def test_a_superuser_makes_another(ada: Caller) -> None:
    made = ada("POST", json={"username": "eve", "password": STRONG, "is_superuser": True})

    assert made.json["is_superuser"]
    assert made.json["roles"] == ["admin"]
    assert "admin" in ada.talker.log_in("eve", STRONG)["scope"].split()


@pytest.mark.req("G2", "G4", "AU-14", "AU-15", "K18")
@pytest.mark.parametrize(
    ("sent", "status", "what"),
    [
        ({}, 400, "email"),
        ({"username": "x1"}, 400, "email"),
        ({"password": STRONG}, 400, "username"),
        ({"username": "x1", "password": "short"}, 400, "password"),
        ({"username": "x1", "password": STRONG, "roles": ["no-such"]}, 400, "roles"),
        ({"username": "x1", "password": STRONG, "email": "no address"}, 400, "email"),
        ({"username": "x1@other.example", "password": STRONG}, 400, "username"),
        ({"username": "x1", "password": STRONG, "picture": "javascript:1"}, 400, "picture"),
        ({"username": "x1", "password": STRONG, "tenant_id": "t"}, 400, "tenant_id"),
        ({"username": "x1", "password": STRONG, "is_superuser": "yes"}, 400, "is_superuser"),
        (
            {"username": "x1", "password": STRONG, "roles": [], "is_superuser": True},
            400,
            "is_superuser",
        ),
        ({"username": "ALICE", "password": STRONG}, 409, "username_taken"),
        ({"email": "Ada@people.example"}, 409, "email_taken"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    ada: Caller, sent: dict[str, Any], status: int, what: str
) -> None:
    answer = ada("POST", json=sent)

    assert answer.status_code == status, answer.text
    assert what in answer.json["errors"] if status == 400 else what == answer.json["code"]
    assert not ada("GET", query_string={"username": "x1"}).json["users"]


@pytest.mark.req("G3", "TN-01")
@pytest.mark.parametrize("user_id", ["no-such", "%00", "x" * 300, "%F0%9F%98%80", "me2"])
def test_an_unknown_user_is_not_found(ada: Caller, user_id: str) -> None:
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/activate"),
        ("POST", "/deactivate"),
        ("POST", "/unlock"),
        ("POST", "/restore"),
        ("POST", "/password-reset"),
        ("DELETE", "/sessions"),
        ("DELETE", "/mfa"),
    ):
        answer = ada(method, f"/{user_id}{path}")
        assert (answer.status_code, answer.json["code"]) == (404, "not_found"), path
    assert ada("PUT", f"/{user_id}", json={"full_name": "x"}).status_code == 404


@pytest.mark.req("G4")
def test_what_is_sent_is_changed_and_all_else_stays(ada: Caller) -> None:
    user_id = somebody(ada, email=f"{new_id()}@people.example", email_verified=True, locale="de")
    sent = {"full_name": "Zoe", "nickname": "Z", "email": f"z.{user_id}@people.example"}

    changed = ada("PUT", f"/{user_id}", json=sent)
    again = ada("PUT", f"/{user_id}", json=sent)
    vouched = ada("PUT", f"/{user_id}", json={"is_verified": True, "full_name": None})

    assert changed.status_code == 200, changed.text
    assert changed.json["claims"] == {"nickname": "Z"}
    assert (changed.json["locale"], changed.json["is_verified"]) == ("de", False)
    assert again.json == changed.json
    assert (vouched.json["full_name"], vouched.json["is_verified"]) == (None, True)
    assert ada.events(user_id).count("account.updated") == 2


@pytest.mark.req("G4", "I11", "L4")
def test_other_roles_are_an_event_of_their_own(ada: Caller) -> None:
    user_id = somebody(ada)

    changed = ada("PUT", f"/{user_id}", json={"roles": ["moderator"], "full_name": "Mo"})
    same = ada("PUT", f"/{user_id}", json={"roles": ["moderator"]})

    query = {"account_id": user_id, "type": "account.roles_changed"}
    (event,) = ada.talker.call(
        "GET", "/admin/audit/security", token=ada.token, query_string=query
    ).json["events"]
    assert (changed.json["roles"], same.json["roles"]) == (["moderator"], ["moderator"])
    assert event["data"] == {
        "members": ["full_name", "roles"],
        "roles": ["moderator"],
        "before": [],
    }
    assert "account.updated" not in ada.events(user_id)


@pytest.mark.req("G4", "G5")
def test_a_version_that_is_not_the_present_one_changes_nothing(ada: Caller) -> None:
    user_id = somebody(ada)
    seen = ada("GET", f"/{user_id}").headers["ETag"]
    ada("PUT", f"/{user_id}", json={"full_name": "first"})

    def conditional(method: str, tag: str, **sent: Any) -> int:
        return ada(method, f"/{user_id}", headers={"If-Match": tag}, **sent).status_code

    assert conditional("PUT", seen, json={"full_name": "second"}) == 412
    assert conditional("PUT", f"W/{seen}", json={"full_name": "second"}) == 412
    assert conditional("DELETE", seen) == 412
    now = ada("GET", f"/{user_id}")
    assert now.json["full_name"] == "first"
    assert conditional("PUT", f'"x", {now.headers["ETag"]}', json={"full_name": "second"}) == 200
    assert conditional("PUT", "*", json={"full_name": "third"}) == 200
    assert conditional("DELETE", ada("GET", f"/{user_id}").headers["ETag"]) == 204


@pytest.mark.req("G6", "G7", "G16", "SE-08")
def test_who_is_deactivated_is_out_at_once_and_comes_back(ada: Caller) -> None:
    user_id = somebody(ada)
    name = ada("GET", f"/{user_id}").json["username"]
    token = ada.talker.log_in(name)["access_token"]

    off = [ada("POST", f"/{user_id}/deactivate") for _ in range(2)]
    login = {"username": name, "password": PASSWORD}
    refused = ada.talker.call("POST", "/auth/login", json=login)
    on = [ada("POST", f"/{user_id}/activate") for _ in range(2)]

    assert [answer.json["status"] for answer in (*off, *on)] == ["disabled"] * 2 + ["active"] * 2
    assert refused.status_code == 401
    assert ada.talker.call("GET", "/users/me", token=token).status_code == 401
    assert ada.talker.log_in(name)
    events = ada.events(user_id)
    assert (events.count("account.deactivated"), events.count("account.activated")) == (1, 1)


@pytest.mark.req("G5", "G16")
def test_a_deleted_user_is_gone_and_can_be_restored(ada: Caller) -> None:
    user_id = somebody(ada)
    name = ada("GET", f"/{user_id}").json["username"]

    gone = [ada("DELETE", f"/{user_id}").status_code for _ in range(2)]
    shown = ada("GET", f"/{user_id}").json
    usual = ada("GET", query_string={"username": name}).json["users"]
    deleted = ada("GET", query_string={"username": name, "status": "deleted"}).json["users"]
    refused = ada("POST", f"/{user_id}/activate")
    back = [ada("POST", f"/{user_id}/restore").status_code for _ in range(2)]

    assert (gone, shown["status"], usual) == ([204, 204], "deleted", [])
    assert [user["id"] for user in deleted] == [user_id]
    assert (refused.status_code, refused.json["code"]) == (409, "wrong_status")
    assert back == [200, 409]
    assert ada.talker.log_in(name)
    events = ada.events(user_id)
    assert (events.count("account.deleted"), events.count("account.restored")) == (1, 1)


@pytest.mark.req("G4", "G15")
def test_a_locked_account_is_shown_as_such_and_opened(ada: Caller) -> None:
    user_id = somebody(ada)
    name = ada("GET", f"/{user_id}").json["username"]
    for _ in range(5):
        ada.talker.call("POST", "/auth/login", json={"username": name, "password": "wrong"})

    locked = ada("GET", f"/{user_id}").json
    listed = ada("GET", query_string={"username": name}).json["users"][0]
    opened = ada("POST", f"/{user_id}/unlock").json

    assert locked["is_locked"]
    assert locked["locked_until"] == listed["locked_until"] is not None
    assert (opened["is_locked"], opened["locked_until"]) == (False, None)
    assert ada.talker.log_in(name)
    assert ada.events(user_id).count("account.unlocked") == 1


@pytest.mark.req("G4", "MF-05")
def test_what_an_administrator_does_for_somebody_is_written_to_them(ada: Caller) -> None:
    user_id = somebody(ada, email=f"{new_id()}@people.example", email_verified=True)
    name = ada("GET", f"/{user_id}").json["username"]
    ada.talker.log_in(name)
    take_letters(ada.talker.application.site)

    sent = ada("POST", f"/{user_id}/password-reset").status_code
    ended = [ada("DELETE", f"/{user_id}/sessions").json["ended"] for _ in range(2)]
    taken = ada("DELETE", f"/{user_id}/mfa").json

    letters = take_letters(ada.talker.application.site)
    assert (sent, ended) == (204, [1, 0])
    assert taken == {"passkeys": 0, "authenticator_apps": 0}
    assert [letter.template for letter in letters] == ["reset_password"]
    events = ada.events(user_id)[-3:]
    assert events == ["password.reset_requested", "sessions.ended", "factors.reset"]


@pytest.mark.req("G7")
def test_who_has_no_address_gets_no_link(ada: Caller) -> None:
    answer = ada("POST", f"/{somebody(ada)}/password-reset")

    assert (answer.status_code, answer.json["code"]) == (409, "wrong_status")


@pytest.mark.req("G14", "TN-14")
def test_nobody_shuts_themselves_out(ada: Caller) -> None:
    own = record_of(ada.talker, "ada").id

    answers = [
        ada("POST", f"/{own}/deactivate"),
        ada("DELETE", f"/{own}"),
        ada("DELETE", f"/{own}/mfa"),
        ada("PUT", f"/{own}", json={"roles": []}),
        ada("PUT", f"/{own}", json={"is_superuser": False}),
    ]

    assert {(a.status_code, a.json["code"]) for a in answers} == {(409, "own_account")}
    assert ada("PUT", f"/{own}", json={"full_name": "Ada"}).status_code == 200


@pytest.mark.req("G14", "TN-14")
def test_the_last_superuser_stays(own_ada: Caller) -> None:
    ada, own = own_ada, record_of(own_ada.talker, "ada").id
    token = administrator_token(ada.talker, "eve")
    eve = Caller(ada.talker, token)
    assert ada("POST", f"/{record_of(ada.talker, 'eve').id}/deactivate").status_code == 200
    change_account(ada.talker, "eve", status="active", roles=[])
    sent = {"password": PASSWORD}

    deleted = ada.talker.call("DELETE", "/users/me", token=ada.token, json=sent)

    assert (deleted.status_code, deleted.json["code"]) == (409, "last_superuser")
    assert ada("GET", f"/{own}").json["status"] == "active"
    assert eve("GET").status_code == 401


@pytest.mark.req("G14", "TN-05")
def test_a_lesser_administrator_does_nothing_to_a_superuser_and_gives_no_more_than_they_have(
    ada: Caller,
) -> None:
    super_user = record_of(ada.talker, "ada")
    database = ada.talker.application.site.database
    server = ada.talker.application.site.server(utc_now(), WebCaller())
    moderator = read_held_by_role(database, server.tenant.id, "moderator")
    lesser = Administrator("somebody", replace(moderator, roles=frozenset()))
    reader = Administrator("reader", Held(permissions=frozenset({"user:read"})))

    lesser.require_over(server, record_of(ada.talker, "alice"))
    lesser.require_may_set(database, server.tenant.id, ["moderator", "user"], ["user"])
    with pytest.raises(NotAllowed):
        lesser.require_over(server, super_user)
    for who, before, after in (
        (lesser, [], ["admin"]),
        (lesser, ["admin"], []),
        (reader, ["user"], ["moderator"]),
    ):
        with pytest.raises(NotAllowed):
            who.require_may_set(database, server.tenant.id, before, after)


@pytest.mark.req("TN-05")
def test_a_lesser_administrator_does_not_take_over_who_holds_more(ada: Caller) -> None:
    talker = ada.talker
    for name, held in (("of-users", "user:update"), ("of-keys", "key:manage")):
        body = {"name": name, "permissions": [held]}
        assert talker.call("POST", "/roles", token=ada.token, json=body).status_code == 201
    lesser = Caller(talker, administrator_token(talker, "lessa", "of-users"))
    keeper, plain = somebody(ada, roles=["of-keys"]), somebody(ada)

    email = lesser("PUT", f"/{keeper}", json={"email": "mine@people.example"})
    reset = lesser("DELETE", f"/{keeper}/mfa")
    other = lesser("PUT", f"/{plain}", json={"full_name": "Pat"})

    assert (email.status_code, reset.status_code, other.status_code) == (403, 403, 200)


@pytest.mark.req("F8", "G14", "TN-05")
def test_a_lesser_administrator_ends_no_session_of_who_holds_more(ada: Caller) -> None:
    talker = ada.talker
    body = {"name": "of-sessions", "permissions": ["session:manage"]}
    assert talker.call("POST", "/roles", token=ada.token, json=body).status_code == 201
    lesser = administrator_token(talker, "lester", "of-sessions")
    superuser, plain = record_of(talker, "ada").id, record_of(talker, "alice").id
    talker.token()

    def ended(account_id: str) -> tuple[int, int]:
        query = {"account_id": account_id, "limit": "1"}
        found = talker.call("GET", "/sessions", token=lesser, query_string=query).json
        path = f"/sessions/{found['sessions'][0]['id']}"
        one = talker.call("DELETE", path, token=lesser).status_code
        return one, talker.call("DELETE", f"/users/{account_id}/sessions", token=lesser).status_code

    assert ended(superuser) == (403, 403)
    assert ended(plain) == (204, 200)
    assert ada("GET").status_code == 200


@pytest.mark.req("G1", "AU-21")
def test_a_list_is_narrowed_and_counts_nobody(ada: Caller) -> None:
    ids = {name: add_account(ada.talker, name) for name in ("nora", "norbert", "Nova")}
    ada("POST", f"/{ids['norbert']}/deactivate")

    def found(**query: str) -> list[str]:
        page = ada("GET", query_string={"sort": "username", **query}).json
        assert set(page) == {"users", "next_cursor"}
        return [user["username"] for user in page["users"]]

    assert found(q="NO") == ["nora", "norbert", "Nova"]
    assert found(q="nor", status="active") == ["nora"]
    assert found(status="disabled", q="no") == ["norbert"]
    assert "ada" in found(role="admin")
    assert "nora" not in found(role="admin")
    assert found(role="no-such") == []
    assert found(username="NOVA") == ["Nova"]
    assert found(email="ADA@people.example") == ["ada"]
    assert found(email="nothing") == []


@pytest.mark.req("G1", "AU-21")
def test_only_administrators_see_others(ada: Caller) -> None:
    alice = Caller(ada.talker, ada.talker.token())
    own = record_of(ada.talker, "alice").id

    answers = [alice("GET"), alice("GET", f"/{own}"), alice("POST", json={}), alice("DELETE", "/x")]
    nobody = ada.talker.call("GET", "/users")

    assert [answer.status_code for answer in answers] == [403] * 4
    assert nobody.status_code == 401
