"""Logging in by a link in a mail, by JSON."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from authwell.identity.mail.letters import MAIL
from authwell.models.accounts import accounts
from authwell.protocol.server import Caller
from authwell.storage.statements import Statement
from authwell.storage.work.outbox import Outbox
from tests.routes.api.talking import Talker, an_application

ALICE = "alice@people.example"


@pytest.fixture(autouse=True)
def _alice_has_an_address(api: Talker) -> None:
    values = {"email": ALICE, "email_canonical": ALICE, "email_verified": True}
    api.application.site.database.write(Statement(update(accounts).values(values)), {})


def ask(api: Talker, email: str = ALICE) -> str:
    answer = api.call("POST", "/auth/passwordless/send", json={"email": email})
    assert answer.status_code == 200
    assert answer.json["message"].startswith("If the address")
    return str(answer.json["request"])


def tokens_of_mails(api: Talker) -> list[str]:
    site = api.application.site
    found = Outbox(site.database).claim(MAIL, datetime.now(UTC) + timedelta(seconds=1))
    return [site.letters.open(one).values["link"].partition("token=")[2] for one in found]


@pytest.mark.req("E8", "E9", "MF-09")
def test_the_token_of_a_link_logs_in_once(api: Talker) -> None:
    ask(api)
    (token,) = tokens_of_mails(api)

    answers = [
        api.call("POST", "/auth/passwordless/verify", json={"token": token}) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 401]
    assert answers[0].json["user"]["username"] == "alice"
    assert answers[1].json["code"] == "invalid_token"


@pytest.mark.req("RC-12")
def test_the_code_that_the_page_shows_logs_in_the_program_that_asked(api: Talker) -> None:
    request = ask(api)
    (token,) = tokens_of_mails(api)
    site = api.application.site
    server = site.server(datetime.now(UTC), Caller())
    code = site.magic_links.show_code(server, token)

    def verify(given: str) -> int:
        body = {"request": request, "code": given}
        return api.call("POST", "/auth/passwordless/verify", json=body).status_code

    assert [verify("x"), verify(code), verify(code)] == [401, 200, 401]


@pytest.mark.req("AU-01")
def test_nobody_is_written_to_and_the_answer_is_the_same(api: Talker) -> None:
    assert len(ask(api, "nobody@people.example")) == len(ask(api))
    assert len(tokens_of_mails(api)) == 1


@pytest.mark.req("AU-15")
@pytest.mark.parametrize(
    "body", [{}, {"token": "a", "code": "b"}, {"request": "a"}, {"token": 1}, {"token": ""}]
)
def test_half_a_body_is_refused(api: Talker, body: dict[str, object]) -> None:
    answer = api.call("POST", "/auth/passwordless/verify", json=body)

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")


@pytest.mark.req("2.7")
def test_switched_off_there_is_nothing() -> None:
    with an_application(MAGIC_LINKS_ENABLED="false") as api:
        for path, body in (("send", {"email": ALICE}), ("verify", {"token": "x"})):
            answer = api.call("POST", f"/auth/passwordless/{path}", json=body)
            assert answer.status_code == 404
