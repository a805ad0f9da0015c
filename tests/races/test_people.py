"""Registrations and links of twenty people at once: one is first (THREATS.md AU-13, RC-02, RC-05)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from authwell.identity.administration.administrators import Administrator
from authwell.identity.administration.entries import Entry, NewUser
from authwell.identity.login.password import LoginFailed
from authwell.identity.passwords.hashing import TooBusy
from authwell.identity.people.desk import InvalidLink
from authwell.identity.people.enrolment import EmailTaken, UsernameTaken
from authwell.identity.people.profiles import Changes
from authwell.identity.people.verification import Opener, Origin
from authwell.protocol.access import Held
from authwell.storage.people.superusers import LastSuperuser
from tests.conftest import NewDatabase
from tests.support.house import BETTER, EMAIL, House, house_on

T = TypeVar("T")
THREADS = 20


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[House]:
    """A house where addresses are verified."""
    house = house_on(new_database(request.param))
    yield house
    house.site.database.close()


def at_once(act: Callable[[int], T]) -> list[T]:
    """What twenty threads got that began at the same time."""
    start = Barrier(THREADS)

    def run(number: int) -> T:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


@pytest.mark.req("AU-13")
def test_one_address_gets_one_account_and_everybody_the_same_answer(house: House) -> None:
    def register(number: int) -> str:
        while True:
            try:
                return str(house.register(f"ada{number}", EMAIL, origin=Origin()))
            except TooBusy:
                continue

    answers = at_once(register)

    assert len(set(answers)) == 1
    assert len(house.rows("SELECT id FROM accounts")) == 1
    templates = [template for template, _, _ in house.letters()]
    assert templates.count("verify_email") == 1
    assert set(templates) == {"verify_email", "already_registered"}


@pytest.mark.req("AU-13", "C1")
def test_one_name_gets_one_account(house: House) -> None:
    def register(number: int) -> bool:
        while True:
            try:
                house.register("ada", f"ada{number}@people.example", origin=Origin())
            except (UsernameTaken, EmailTaken):
                return False
            except TooBusy:
                continue
            return True

    assert at_once(register).count(True) == 1
    assert len(house.rows("SELECT id FROM accounts")) == 1


@pytest.mark.req("RC-02")
def test_a_reset_link_sets_one_password(house: House) -> None:
    house.verified()
    house.site.recovery.request(house.server, EMAIL, Origin())
    token = house.token()

    def confirm(number: int) -> str | None:
        password = f"{BETTER}{number}"
        try:
            house.site.recovery.confirm(house.server, token, password)
        except (InvalidLink, TooBusy):
            return None
        return password

    won = [password for password in at_once(confirm) if password is not None]

    assert len(won) == 1
    assert not isinstance(house.log_in(password=won[0]), LoginFailed)


@pytest.mark.req("D8", "RC-02")
def test_a_verification_link_works_once(house: House) -> None:
    house.register()
    token = house.token()

    def confirm(_: int) -> bool:
        try:
            house.site.verification.confirm(house.server, token, Opener(is_program=True))
        except InvalidLink:
            return False
        return True

    assert at_once(confirm).count(True) == 1
    assert house.account().email_verified is True


@pytest.mark.req("RC-05")
def test_of_many_changes_of_address_one_link_is_left(house: House) -> None:
    account_id = house.verified().id
    at_once(
        lambda n: house.site.email_change.request(house.server, account_id, f"a{n}@new.example")
    )
    links = [values["link"].partition("token=")[2] for _, _, values in house.letters()]

    def confirm(number: int) -> str | None:
        try:
            return house.site.email_change.confirm(house.server, links[number])
        except InvalidLink:
            return None

    won = [email for email in at_once(confirm) if email is not None]

    assert len(links) == THREADS
    assert len(won) == 1
    assert house.account(won[0]).id == account_id


@pytest.mark.req("G14", "TN-14")
def test_superusers_who_shut_each_other_out_leave_one(house: House) -> None:
    server, users = house.server, house.site.users
    root = Administrator("root", Held(roles=frozenset({"admin"})))
    entries = [
        Entry(Changes(username=f"admin{n}"), roles=frozenset({"admin"})) for n in range(THREADS)
    ]
    ids = [users.create(server, root, NewUser(entry, BETTER))["id"] for entry in entries]

    def shut_out(number: int) -> bool:
        actor = Administrator(ids[number], root.held)
        try:
            users.deactivate(server, actor, ids[(number + 1) % THREADS])
        except LastSuperuser:
            return False
        return True

    assert at_once(shut_out).count(False) == 1
    assert len(house.rows("SELECT id FROM accounts WHERE status = 'active'")) == 1
