"""Links by mail that log in: for whom, where, how often, and until when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from authwell.identity.login.magic_links import Asked, MagicLinkRefused, MagicLinks
from authwell.identity.mail.letters import MAIL, Letters
from authwell.protocol.model import Account
from authwell.storage.work.outbox import Outbox
from authwell.utils.sealing import Sealer
from tests.identity.conftest import NOW, People

BROWSER = "browser-1"
ELSEWHERE = "browser-2"
SEALER = Sealer(bytes(range(32)))
LETTERS = Letters(SEALER)


@dataclass
class Mailbox:
    """Alice, who reads her mail."""

    people: People
    alice: Account

    @property
    def links(self) -> MagicLinks:
        return MagicLinks(self.people.database, SEALER, LETTERS, self.people.settings)

    def ask(
        self, email: str | None = None, browser: str | None = BROWSER, *, allowed: bool = True
    ) -> tuple[str, str | None]:
        """What names the asking, and the token of the mail, if one came."""
        asked = Asked(email or self.alice.email or "", browser, {"return_to": "/account"}, allowed)
        request = self.links.send(self.people.server, asked)
        return request, self.token()

    def token(self) -> str | None:
        """The token of the only mail."""
        found = Outbox(self.people.database).claim(MAIL, NOW + timedelta(minutes=1), 10)
        letters = [LETTERS.open(entry) for entry in found]
        assert len(letters) <= 1
        if not letters:
            return None
        assert letters[0].to == self.alice.email
        query = dict(parse_qsl(urlsplit(letters[0].values["link"]).query))
        assert query["return_to"] == "/account"
        return query["token"]

    def use(self, token: str | None, browser: str | None = BROWSER, after: int = 0) -> str:
        """Whom the link logs in."""
        server = self.people.at(timedelta(minutes=after))
        return self.links.use(server, token or "", browser).id

    def confirm(self, request: str, code: str, browser: str | None = BROWSER) -> Account:
        """Whom the code logs in."""
        return self.links.confirm(self.people.server, request, code, browser)


@pytest.fixture
def mailbox(people: People, request: pytest.FixtureRequest) -> Mailbox:
    name = f"alice-{abs(hash(request.node.name))}"
    return Mailbox(people, people.add(name, email_verified=True))


def refusal(call: Callable[[], object]) -> str:
    """The rule by which the call is refused."""
    with pytest.raises(MagicLinkRefused) as refused:
        call()
    return refused.value.rule


@pytest.mark.req("2.7", "E8", "E9")
def test_a_link_logs_in_once_where_it_was_asked_for(mailbox: Mailbox) -> None:
    _, token = mailbox.ask()

    assert mailbox.use(token) == mailbox.alice.id
    assert refusal(lambda: mailbox.use(token)) == "magic_link_unknown"
    assert ("magic_link.requested", {}) in mailbox.people.events(mailbox.alice)


@pytest.mark.req("E10", "Q-MAGIC_LINK_EXPIRE_MINUTES")
def test_a_link_lives_for_a_quarter_of_an_hour(mailbox: Mailbox) -> None:
    _, token = mailbox.ask()

    assert refusal(lambda: mailbox.use(token, after=15)) == "magic_link_unknown"
    assert mailbox.use(token, after=14) == mailbox.alice.id


@pytest.mark.req("RC-12")
@pytest.mark.parametrize("browser", [ELSEWHERE, None])
def test_elsewhere_a_link_logs_nobody_in_and_stays(mailbox: Mailbox, browser: str | None) -> None:
    _, token = mailbox.ask()

    assert refusal(lambda: mailbox.use(token, browser)) == "magic_link_elsewhere"
    assert mailbox.use(token) == mailbox.alice.id


@pytest.mark.req("RC-12")
@pytest.mark.parametrize("browser", [BROWSER, None])
def test_the_code_of_a_link_opened_elsewhere_logs_in_where_it_was_asked_for(
    mailbox: Mailbox, browser: str | None
) -> None:
    request, token = mailbox.ask(browser=browser)

    code = mailbox.links.show_code(mailbox.people.server, token or "")

    assert refusal(lambda: mailbox.use(token, browser)) == "magic_link_unknown"
    assert refusal(lambda: mailbox.confirm(request, code, ELSEWHERE)) == "magic_link_unknown"
    assert mailbox.confirm(request, f" {code} ", browser) == mailbox.alice
    assert refusal(lambda: mailbox.confirm(request, code, browser)) == "magic_link_unknown"


@pytest.mark.req("RC-12", "AU-03")
def test_the_fifth_wrong_code_ends_it(mailbox: Mailbox) -> None:
    request, token = mailbox.ask()
    code = mailbox.links.show_code(mailbox.people.server, token or "")

    wrong = [refusal(lambda: mailbox.confirm(request, "x" + code)) for _ in range(5)]

    assert wrong == ["magic_link_code"] * 5
    assert refusal(lambda: mailbox.confirm(request, code)) == "magic_link_unknown"


@pytest.mark.req("RC-12")
def test_before_the_link_was_opened_no_code_is_right(mailbox: Mailbox) -> None:
    request, _ = mailbox.ask()

    assert refusal(lambda: mailbox.confirm(request, "")) == "magic_link_code"
    assert refusal(lambda: mailbox.confirm(request, "000000")) == "magic_link_code"


@pytest.mark.req("AU-01", "AU-17", "G16")
@pytest.mark.parametrize(
    "members",
    [
        {"status": "disabled", "email_verified": True},
        {"status": "pending", "email_verified": True},
        {"status": "deleted", "email_verified": True},
        {"email_verified": False},
    ],
)
def test_whoever_may_not_log_in_gets_no_mail_and_the_same_answer(
    mailbox: Mailbox, members: dict[str, Any]
) -> None:
    other = mailbox.people.add(f"other-{mailbox.alice.username}", **members)

    answers = [mailbox.ask(other.email), mailbox.ask("nobody@people.example")]

    for request, token in answers:
        assert token is None
        assert len(request) == len(mailbox.ask(allowed=False)[0])
        assert refusal(partial(mailbox.confirm, request, "000000")) == "magic_link_code"


def test_a_user_name_is_no_address(mailbox: Mailbox) -> None:
    assert mailbox.ask(mailbox.alice.username)[1] is None


@pytest.mark.req("RC-07")
def test_over_the_limit_no_mail_is_sent(mailbox: Mailbox) -> None:
    assert mailbox.ask(allowed=False)[1] is None


@pytest.mark.req("RC-02")
@pytest.mark.parametrize(
    "change", [{"status": "disabled"}, {"email_canonical": "new@people.example"}]
)
def test_a_link_ends_with_its_address_and_its_account(
    mailbox: Mailbox, change: dict[str, str]
) -> None:
    _, token = mailbox.ask()
    mailbox.people.change(mailbox.alice, **change)

    assert refusal(lambda: mailbox.use(token)) == "magic_link_account"


def test_a_login_ends_the_other_links(mailbox: Mailbox) -> None:
    _, first = mailbox.ask()
    _, second = mailbox.ask()

    mailbox.use(second)

    assert refusal(lambda: mailbox.use(first)) == "magic_link_unknown"
